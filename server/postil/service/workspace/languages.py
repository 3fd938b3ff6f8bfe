"""The LSP language id of a file that isn't open in an editor, by its name or its `#!` line."""

from __future__ import annotations

import re
from functools import cache

from postil.core.syntax.languages import languages

PLAIN = "plaintext"

_INTERPRETERS = {
    "python": "python",
    "node": "javascript",
    "deno": "typescript",
    "bash": "shellscript",
    "sh": "shellscript",
    "zsh": "shellscript",
    "dash": "shellscript",
    "ruby": "ruby",
    "perl": "perl",
    "php": "php",
    "lua": "lua",
}
_SHEBANG = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+)*)?(?:\S*/)?([a-z]+)[\d.]*\b")


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    endings, names = (
        {key: language for language, keys in table.items() for key in keys}
        for table in (languages().endings, languages().names)
    )
    return endings, names


def language_of(name: str, first_line: str = "") -> str:
    """The LSP language id for a file name (without folders) and a first line; `plaintext` if it can't be determined."""
    endings, names = _tables()
    lower = name.lower()
    found = names.get(lower) or endings.get(lower.rpartition(".")[2] if "." in lower else "")
    if found is None and first_line.startswith("#!"):
        match = _SHEBANG.match(first_line)
        found = _INTERPRETERS.get(match[1]) if match else None
    return found or PLAIN
