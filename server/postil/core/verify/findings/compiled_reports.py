"""Reads the output of go vet, Staticcheck, Cargo (clippy and the compiler) and ShellCheck."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from postil.core.verify.findings.decoding import Found, decoded, json_lines


class _VetItem(msgspec.Struct):
    posn: str
    message: str
    end: str = ""


_VetReport = dict[str, dict[str, list[_VetItem] | dict[str, str]]]
_AT = re.compile(r"^(?P<path>.+?):(?P<line>\d+)(?::\d+)?$")
# What isn't Go, or has the wrong types: `vet: ./a.go:2:9: expected ')'`.
_VET_COMPILE = re.compile(r"^(?:vet: )?(?P<path>[^\s:][^:\n]*\.go):(?P<line>\d+)(?::\d+)?: (?P<message>.+)$", re.M)


def read_vet(text: str) -> list[Found] | None:
    found: list[Found] = []
    blocks = list(_blocks(text))
    for block in blocks:
        try:
            report = msgspec.json.decode(block, type=_VetReport)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return None
        for analyses in report.values():
            for rule, items in analyses.items():
                for one in items if isinstance(items, list) else ():
                    path, line = _at(one.posn)
                    found.append(Found(rule, one.message, path, line, _at(one.end)[1]))
        text = text.replace(block, "", 1)
    found += [Found("compile", one["message"], one["path"], int(one["line"])) for one in _VET_COMPILE.finditer(text)]
    rest = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    return found if found or not rest else None


def _at(position: str) -> tuple[str, int]:
    match = _AT.match(position)
    return (match["path"], int(match["line"])) if match else (position, 0)


def _blocks(text: str) -> Iterator[str]:
    """The JSON documents between the other lines: each begins with a line `{` and ends with a line `}`."""
    block: list[str] = []
    for line in text.split("\n"):
        if line.rstrip() in ("{", "{}") and not block:
            block = [line]
        elif block:
            block.append(line)
        if block and line.rstrip() in ("}", "{}"):
            yield "\n".join(block)
            block = []


class _StaticcheckAt(msgspec.Struct):
    file: str = ""
    line: int = 0


class _StaticcheckItem(msgspec.Struct):
    """A line of `staticcheck -f json`."""

    code: str
    message: str
    location: _StaticcheckAt
    end: _StaticcheckAt | None = None


_COMPILED = re.compile(r"^(?P<path>[^\s:][^:\n]*\.go):(?P<line>\d+)(?::\d+)?: (?P<message>.+)$", re.M)


def read_staticcheck(text: str) -> list[Found] | None:
    items = list(json_lines(text, _StaticcheckItem))
    if not items and text.strip():
        return None
    found: list[Found] = []
    for one in items:
        places = [] if one.location.file else list(_COMPILED.finditer(one.message))
        found += [Found(one.code, at["message"], at["path"], int(at["line"])) for at in places]
        if not places:
            end = one.end.line if one.end is not None and one.end.file == one.location.file else 0
            found.append(Found(one.code, one.message, one.location.file, one.location.line, end))
    return found


class _CargoSpan(msgspec.Struct):
    file_name: str
    line_start: int
    line_end: int
    is_primary: bool = True
    label: str | None = None


class _CargoCode(msgspec.Struct):
    code: str


class _CargoMessage(msgspec.Struct):
    message: str
    level: str
    spans: list[_CargoSpan] = []
    code: _CargoCode | None = None


class _CargoLine(msgspec.Struct):
    """A line of `cargo --message-format=json`."""

    reason: str
    message: _CargoMessage | None = None


def read_cargo(text: str) -> list[Found] | None:
    lines = list(json_lines(text, _CargoLine))
    if not any(one.reason == "build-finished" for one in lines):
        return None
    found: list[Found] = []
    for message in (one.message for one in lines if one.message is not None):
        # `3 warnings emitted` and `aborting due to 2 errors` are about no code.
        place = next((span for span in message.spans if span.is_primary), None)
        if message.level not in ("error", "warning") or place is None:
            continue
        # The words at the place ("expected `i32`, found `&str`") say more than the message.
        words = f"{message.message}: {place.label}" if place.label else message.message
        rule = message.code.code if message.code else "syntax" if message.level == "error" else ""
        found.append(Found(rule, words, place.file_name, place.line_start, place.line_end))
    return found


class _ShellcheckItem(msgspec.Struct, rename="camel"):
    file: str
    message: str
    code: int
    line: int
    end_line: int = 0


class _Shellcheck(msgspec.Struct):
    comments: list[_ShellcheckItem]


def read_shellcheck(text: str) -> list[Found] | None:
    report = decoded(text, _Shellcheck, "{")
    if report is None:
        return None
    return [Found(f"SC{one.code}", one.message, one.file, one.line, one.end_line) for one in report.comments]
