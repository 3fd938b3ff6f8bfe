"""Checks the arguments of commands, and converts failures to error responses."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from postil.engine.base import EngineError
from postil.service.models.stores import WrongUsage
from postil.service.personas.admin import PersonaTrouble
from postil.service.review.baseline import BaselineTrouble

# LSP 3.17's `RequestFailed`: a valid request that failed. Clients show the message.
REQUEST_FAILED = -32803


def string_args(command: str, arguments: Sequence[object], *names: str, optional: int = 0) -> list[str | None]:
    """One string per name; the last `optional` ones may be None. Handlers take `*arguments` because pygls treats a
    parameter with a default as required."""
    values = [*arguments, *[None] * len(names)][: len(names)]
    found: list[str | None] = []
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        if isinstance(value, str) and value.strip():
            found.append(value)
        elif value is None and place >= len(names) - optional:
            found.append(None)
        else:
            raise JsonRpcInvalidParams(f"{command} takes {', '.join(names)}: {name} is a text")
    return found


@contextmanager
def engine_errors_answered() -> Generator[None]:
    """Converts errors that the user can correct to an error response with the same message."""
    try:
        yield
    except (EngineError, WrongUsage, PersonaTrouble, BaselineTrouble) as error:
        raise JsonRpcException(str(error), REQUEST_FAILED) from error
