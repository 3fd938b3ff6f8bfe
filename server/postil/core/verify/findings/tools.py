"""The table of tools (data/tools.toml): how each is started, how its answer is read, and how others name it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal

import msgspec

from postil.core.data import Entry, load_data

Found = Literal["environment", "node", "path"]
Reads = Literal["ruff", "mypy", "pyright", "eslint", "tsc", "vet", "staticcheck", "cargo", "shellcheck"]
_Word = Annotated[str, msgspec.Meta(min_length=1)]


class Tool(Entry, frozen=True, kw_only=True):
    """A row of the table, whose head says what each key means."""

    program: _Word
    arguments: _Word
    found: Annotated[tuple[Found, ...], msgspec.Meta(min_length=1)]
    paths: Literal["given", "whole"]
    reads: Reads
    sources: Annotated[tuple[_Word, ...], msgspec.Meta(min_length=1)]
    drivers: Annotated[tuple[_Word, ...], msgspec.Meta(min_length=1)]
    languages: Annotated[tuple[_Word, ...], msgspec.Meta(min_length=1)]
    install: _Word
    whole: str = ""
    stderr: bool = False
    needs: str = ""


@cache
def tools() -> Mapping[str, Tool]:
    """The shipped table, by name."""
    return load_data("tools.toml", dict[str, Tool])


def tool_of_source(source: str) -> str | None:
    """The name of the tool whose diagnostics have this `source` in an editor."""
    wanted = source.strip().casefold()
    return next((name for name, tool in tools().items() if wanted in tool.sources), None)


def tool_of_driver(driver: str) -> str | None:
    """The name of the tool that a SARIF log calls so (`tool.driver.name`)."""
    wanted = driver.strip().casefold()
    return next((name for name, tool in tools().items() if wanted in tool.drivers), None)
