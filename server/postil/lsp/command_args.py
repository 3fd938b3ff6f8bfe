"""The arguments of a command, and its failures as answers to the request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from postil.engine.base import EngineError
from postil.service.models.stores import WrongUsage
from postil.service.personas.admin import PersonaTrouble
from postil.service.review.baseline import BaselineTrouble

# LSP 3.17's `RequestFailed`: the request was right, and it didn't work; clients show the message.
REQUEST_FAILED = -32803


def string_args(command: str, given: Sequence[object], *names: str, optional: int = 0) -> list[str | None]:
    """One text for each name, the last `optional` of them None where nothing is given. pygls counts a parameter with a
    default as one that must be given: handlers take `*given`."""
    values = [*given, *[None] * len(names)][: len(names)]
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
def engine_errors_answered() -> Iterator[None]:
    """Errors that the user can do something about, as an answer with their sentence."""
    try:
        yield
    except (EngineError, WrongUsage, PersonaTrouble, BaselineTrouble) as error:
        raise JsonRpcException(str(error), REQUEST_FAILED) from error
