"""Quotes of a Modelfile's values, as Ollama's parser reads them: the end of a value, and how to quote one."""

from __future__ import annotations

import re

LINE_END = re.compile(r"\r\n|\r|\n")
BLANK = " \t\r\n"


def printable(text: str) -> str:
    """The part of a value that Ollama keeps: printable characters and white space."""
    if text.isprintable():
        return text
    return "".join(char for char in text if char in BLANK or char.isprintable())


def unquote(value: str) -> str | None:
    """A trimmed value without its quotes; None when they aren't closed."""
    for quote in ('"""', '"'):
        if value.startswith(quote):
            closed = len(value) >= 2 * len(quote) and value.endswith(quote)
            return value[len(quote) : -len(quote)] if closed else None
    return value


def value_end(text: str, start: int) -> int | None:
    """The end of the value that begins at `start`: the first line end (or the text's end) before which its quotes are
    closed. None if they never are."""
    begun = ""  # the first three characters, which tell the quote
    length = 0  # of the value so far, from its first character that isn't blank
    place = start
    while True:
        match = LINE_END.search(text, place)
        stop = match.start() if match else len(text)
        line = printable(text[place:stop])
        if not length:
            line = line.lstrip(BLANK)
        begun = (begun + line)[:3]
        if not begun.startswith('"'):
            return stop
        quote = '"""' if begun == '"""' else '"'
        trimmed = line.rstrip(BLANK)
        if trimmed.endswith(quote) and length + len(trimmed) >= 2 * len(quote):
            return stop
        if match is None:
            return None
        begun = (begun + "\n")[:3]
        length += len(line) + 1
        place = match.end()


def quoted(value: str, raw_value: str = "") -> str:
    """A value as it is written in a file: bare if that has the same meaning, else in `"` or `\"\"\"`.

    Some values have no quoted form (with `\"\"\"` at the end of an inner line): for these `raw_value` is returned.
    """
    single, triple = f'"{value}"', f'"""{value}"""'
    for candidate in (value, triple, single) if "\n" in value else (value, single, triple):
        if candidate and value_end(candidate, 0) == len(candidate):
            read = unquote(printable(candidate).strip(BLANK))
            if read == value:
                return candidate
    return raw_value or f'"""{value}"""'
