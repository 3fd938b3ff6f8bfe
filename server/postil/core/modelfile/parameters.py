"""The parameters of a Modelfile (data/parameters.toml), and checks of their values.

The table follows `Options` and `FormatParams` in `api/types.go` of Ollama 0.24.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import msgspec

from postil.core.data import Entry, load_data
from postil.core.review.finding import Severity

Kind = Literal["int", "float", "bool", "string"]
Value = int | float | bool | str

# As Go's strconv.ParseBool.
_BOOLS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}
_INT = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
# As golang.org/x/mod/semver, which accepts v1 and v1.2 too; the "v" is optional in a Modelfile.
_NUMBER = r"(?:0|[1-9][0-9]*)"
_BEFORE = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    rf"v?{_NUMBER}(\.{_NUMBER}(\.{_NUMBER}(-{_BEFORE}(\.{_BEFORE})*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)?)?"
)


class Parameter(Entry, frozen=True, kw_only=True):
    """A parameter. `load_time`: Ollama reloads the model for another value. `default` is Ollama's own; None: the model
    or the server decides. `repeated`: it may be given several times. `minimum` and `maximum` are inclusive."""

    name: str
    kind: Kind
    meaning: str
    load_time: bool = False
    default: Value | None = None
    minimum: float | None = None
    maximum: float | None = None
    repeated: bool = False
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class ValueProblem:
    """What is wrong with a command, and whether its name or its value is the reason."""

    message: str
    about: Literal["name", "value"]
    severity: Severity = Severity.ERROR


@cache
def parameters() -> Mapping[str, Parameter]:
    """All parameters by name, in the file's order."""
    rows = load_data("parameters.toml", dict[str, dict[str, object]])
    return {name: msgspec.convert({**row, "name": name}, Parameter) for name, row in rows.items()}


def read_value(name: str, text: str) -> Value:
    """The value of a parameter in its type. Raises KeyError for an unknown name, and ValueError, with a sentence, for a
    value that Ollama would refuse."""
    parameter = parameters()[name]
    value: Value
    if parameter.kind == "string":
        return text
    if parameter.kind == "bool":
        if text not in _BOOLS:
            raise ValueError(f"{name} is true or false, not {text!r}")
        return _BOOLS[text]
    if parameter.kind == "int":
        digits = text.lstrip("+-").lstrip("0") or "0"
        # int() is slow for very long numbers; an int64 has at most 19 digits.
        if not _INT.fullmatch(text) or len(digits) > 19:
            raise ValueError(f"{name} is a whole number, not {text!r}")
        value = -int(digits) if text.startswith("-") else int(digits)
        if not -(2**63) <= value < 2**63:
            raise ValueError(f"{name} is a whole number of 64 bits, which {text} isn't")
    else:
        if not _FLOAT.fullmatch(text) or abs(float(text)) > 3.4e38:
            raise ValueError(f"{name} is a number, not {text!r}")
        value = float(text)
    if parameter.minimum is not None and value < parameter.minimum:
        raise ValueError(f"{name} is at least {parameter.minimum:g}, not {text}")
    if parameter.maximum is not None and value > parameter.maximum:
        raise ValueError(f"{name} is at most {parameter.maximum:g}, not {text}")
    return value


def check_value(name: str, text: str) -> ValueProblem | None:
    """What is wrong with `PARAMETER name text`, if anything."""
    known = parameters()
    if name not in known:
        near = next((other for other in known if other == name.lower()), None)
        hint = f"write {near}" if near else f"known are {', '.join(n for n, p in known.items() if not p.deprecated)}"
        return ValueProblem(f"unknown parameter {name!r}: {hint}", "name")
    if known[name].deprecated:
        return ValueProblem(f"{name} is deprecated: Ollama ignores it", "name", Severity.WARNING)
    try:
        read_value(name, text)
    except ValueError as error:
        return ValueProblem(str(error), "value")
    return None


def check_semver(text: str) -> ValueProblem | None:
    """What is wrong with `REQUIRES text`, if anything."""
    if _SEMVER.fullmatch(text):
        return None
    return ValueProblem(f"REQUIRES needs a version such as 0.14.0, not {text!r}", "value")
