"""Calls as models write them: JSON in its several shapes, Python's way of calling, XML."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

# The parameters of each tool, in their order.
Signatures = Mapping[str, tuple[str, ...]]
# Mends a text that should be JSON; None where nothing can be made of it.
Mend = Callable[[str], str | None]

_NAMES = ("name", "tool", "function", "tool_name", "function_name", "action")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "params", "action_input", "kwargs")
# Besides the arguments of a call; what else stands there beside the name is an argument itself.
_NO_ARGUMENTS = frozenset({"id", "type", "thought", "reason", "tool_call_id", *_NAMES})
_PARAMETER = re.compile(r"<parameter=([\w.-]+)>\n?(.*?)\n?(?:</parameter>|(?=<parameter=)|\Z)", re.DOTALL)
_CALL = re.compile(r"([A-Za-z_][\w.-]*)\s*\(")
# Deeper JSON is no call, and Python's parser may end on it.
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Written:
    """A call without an id. `arguments`: a JSON object as text. `sure`: its shape says that it is a call, whatever its
    name."""

    name: str
    arguments: str
    sure: bool = True


def json_end(text: str, at: int) -> int | None:
    """Where the object or array that begins at `at` ends; None where it doesn't. Brackets in strings don't count."""
    depth, inside, place = 0, False, at
    while place < len(text):
        char = text[place]
        if inside:
            if char == "\\":
                place += 1
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char in "{[":
            depth += 1
            if depth > _DEEPEST:
                return None
        elif char in "}]":
            depth -= 1
            if depth == 0:
                return place + 1
        place += 1
    return None


def from_json(text: str, mend: Mend | None = None) -> tuple[Written, ...]:
    """The calls in a JSON text: an object, or an array of such. Empty where it is none."""
    value = _loaded(text)
    if value is None and mend is not None and (mended := mend(text)) is not None:
        value = _loaded(mended)
    rows = cast("list[object]", value) if isinstance(value, list) else [value]
    found = [_from_value(row) for row in rows]
    return tuple(one for one in found if one is not None) if all(found) else ()


def from_python(text: str, signatures: Signatures) -> tuple[Written, ...]:
    """The calls in a text of Python's calls with constants, one a line. Empty where it is anything else."""
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ()
    found = [_from_statement(statement, signatures) for statement in tree.body]
    return tuple(one for one in found if one is not None) if found and all(found) else ()


def from_xml(name: str, body: str, mend: Mend | None = None) -> Written:
    """The call in `<function=name>body</function>`: JSON, or `<parameter=name>value</parameter>`."""
    found = {key: value for key, value in _PARAMETER.findall(body)}
    if found:
        return Written(name, json.dumps(found, ensure_ascii=False))
    value = _loaded(body.strip() or "{}")
    if not isinstance(value, dict) and mend is not None and (mended := mend(body)) is not None:
        value = _loaded(mended)
    return Written(name, json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else "{}")


def begins_call(text: str, at: int, signatures: Signatures) -> bool:
    """Whether Python's call of a known tool begins at `at`."""
    found = _CALL.match(text, at)
    return found is not None and found[1] in signatures


def _loaded(text: str) -> object:
    try:
        # A line end in a string is what small models write for \n.
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _from_value(value: object) -> Written | None:
    if not isinstance(value, dict):
        return None
    row = cast("dict[str, object]", value)
    inner = row.get("function")
    if isinstance(inner, dict):
        return _from_value(cast("object", inner))
    name = next((row[key] for key in _NAMES if isinstance(row.get(key), str)), None)
    if not isinstance(name, str) or not name.strip():
        return None
    key = next((key for key in _ARGUMENTS if key in row), None)
    if key is None:
        rest = {other: one for other, one in row.items() if other not in _NO_ARGUMENTS}
        return Written(name.strip(), json.dumps(rest, ensure_ascii=False), sure=False)
    arguments = row[key]
    if isinstance(arguments, str):
        arguments = _loaded(arguments)
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        return None
    return Written(name.strip(), json.dumps(arguments, ensure_ascii=False))


def _from_statement(statement: ast.stmt, signatures: Signatures) -> Written | None:
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print" and call.args:
        call = call.args[0]
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return None
    names = signatures.get(call.func.id)
    if names is None or len(call.args) > len(names):
        return None
    try:
        values = dict(_constants(call, names))
        return Written(call.func.id, json.dumps(values, ensure_ascii=False))
    except (ValueError, TypeError, RecursionError):
        return None


def _constants(call: ast.Call, names: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    for name, value in zip(names, call.args, strict=False):
        yield name, ast.literal_eval(value)
    for keyword in call.keywords:
        if keyword.arg is None:
            raise ValueError("** has no constants")
        yield keyword.arg, ast.literal_eval(keyword.value)
