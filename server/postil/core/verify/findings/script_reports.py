"""Reads the output of ESLint and of the TypeScript compiler."""

from __future__ import annotations

import re

import msgspec

from postil.core.verify.findings.decoding import Found, decoded


class _EslintItem(msgspec.Struct, rename="camel"):
    message: str
    rule_id: str | None = None
    line: int | None = None
    end_line: int | None = None
    fatal: bool = False


class _EslintFile(msgspec.Struct, rename="camel"):
    file_path: str
    messages: list[_EslintItem]


def read_eslint(text: str) -> list[Found] | None:
    files = decoded(text, list[_EslintFile], "[")
    if files is None:
        return None
    return [
        Found(
            one.rule_id or ("parse" if one.fatal else ""), one.message, file.file_path, one.line or 0, one.end_line or 0
        )
        for file in files
        for one in file.messages
    ]


_TSC = re.compile(r"^(?:(?P<path>[^\s(][^(\n]*)\((?P<line>\d+),\d+\): )?error (?P<rule>TS\d+): (?P<message>.*)$")


def read_tsc(text: str) -> list[Found] | None:
    found: list[Found] = []
    for line in text.split("\n"):
        match = _TSC.match(line)
        if match:
            found.append(Found(match["rule"], match["message"], match["path"] or "", int(match["line"] or 0)))
        elif line.startswith(" ") and found:
            # The rest of a message that explains itself.
            last = found[-1]
            found[-1] = Found(last.rule, f"{last.message}\n{line.rstrip()}", last.path, last.line)
    return found if found or not text.strip() else None
