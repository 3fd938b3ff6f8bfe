"""Reads the output of ruff, mypy and pyright."""

from __future__ import annotations

import msgspec

from postil.core.verify.findings.decoding import Found, decoded, json_lines


class _Row(msgspec.Struct):
    row: int = 0


class _RuffItem(msgspec.Struct):
    filename: str
    message: str
    code: str | None = None
    location: _Row | None = None
    end_location: _Row | None = None


def read_ruff(text: str) -> list[Found] | None:
    items = decoded(text, list[_RuffItem], "[")
    if items is None:
        return None
    # Older versions give what doesn't parse no code.
    return [
        Found(one.code or "invalid-syntax", one.message, one.filename, _row(one.location), _row(one.end_location))
        for one in items
    ]


def _row(at: _Row | None) -> int:
    return at.row if at is not None else 0


class _MypyItem(msgspec.Struct):
    """A line of `mypy --output=json`."""

    file: str
    message: str
    severity: str
    line: int = 0
    end_line: int | None = None
    code: str | None = None


def read_mypy(text: str) -> list[Found] | None:
    items = list(json_lines(text, _MypyItem))
    if not items and text.strip():
        return None
    # A note explains the error before it.
    return [
        Found(one.code or "", one.message, one.file, one.line, one.end_line or 0)
        for one in items
        if one.severity != "note"
    ]


class _LspPosition(msgspec.Struct):
    line: int = 0


class _LspRange(msgspec.Struct):
    start: _LspPosition
    end: _LspPosition


class _PyrightItem(msgspec.Struct):
    message: str
    severity: str
    file: str = ""
    range: _LspRange | None = None
    rule: str = ""


class _Pyright(msgspec.Struct, rename="camel"):
    general_diagnostics: list[_PyrightItem]


def read_pyright(text: str) -> list[Found] | None:
    report = decoded(text, _Pyright, "{")
    if report is None:
        return None
    return [
        Found(
            one.rule,
            one.message,
            one.file,
            one.range.start.line + 1 if one.range else 0,
            one.range.end.line + 1 if one.range else 0,
        )
        for one in report.general_diagnostics
        if one.severity in ("error", "warning")
    ]
