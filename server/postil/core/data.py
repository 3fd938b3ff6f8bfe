"""The tables in `data/`: each is read once and validated as a whole; an unknown key is an error."""

from __future__ import annotations

import pkgutil
import tomllib
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all rows of a table: frozen, and an unknown key is an error that names it.

    A pattern in a field's `Meta` ends with `\\Z`, because `$` also matches before a final line end."""


def read_data(name: str) -> str:
    """The text of a file in `data/`."""
    data = pkgutil.get_data("postil", f"data/{name}")
    if data is None:
        raise FileNotFoundError(f"data/{name}")
    return data.decode("utf-8")


def decode(text: str, kind: type[T]) -> T:
    """A table from TOML. ValueError says what is wrong and where."""
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not valid TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def load_data(name: str, kind: type[T]) -> T:
    """A table of the package, from its file in `data/`. ValueError names the file."""
    try:
        return decode(read_data(name), kind)
    except ValueError as error:
        raise ValueError(f"data/{name}: {error}") from None
