"""Properties of a language (data/languages.toml): its files, its word behind a fence, and its comment marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from postil.core.data import Entry, load_data


class Languages(Entry, frozen=True, kw_only=True):
    """The table. `endings` and `names` map a language to its files, `line_comments` a mark to its languages."""

    endings: Mapping[str, tuple[str, ...]]
    names: Mapping[str, tuple[str, ...]]
    line_comments: Mapping[str, tuple[str, ...]]
    block_comments: Mapping[str, tuple[str, str]]
    fences: Mapping[str, str]
    cell_magics: Mapping[str, tuple[str, ...]]


# IPython takes a magic of a cell only in its first line.
_CELL_MAGIC = re.compile(r"%%(\S+)")


@cache
def languages() -> Languages:
    """The shipped table."""
    return load_data("languages.toml", Languages)


@cache
def _line_comments() -> Mapping[str, str]:
    return {language: mark for mark, known in languages().line_comments.items() for language in known}


def fence_of(language: str) -> str:
    """The word behind an opening fence."""
    return languages().fences.get(language, language)


def comment_of(language: str) -> str | None:
    """The mark of a line comment; None if unknown."""
    return _line_comments().get(language)


def comment_marks(language: str) -> tuple[str, str] | None:
    """The marks before and after a comment on one line (the second is "" for a line comment); None if unknown."""
    line = comment_of(language)
    return (line, "") if line is not None else languages().block_comments.get(language)


@cache
def _cell_magics() -> Mapping[str, str]:
    return {magic: language for language, magics in languages().cell_magics.items() for magic in magics}


def cell_language(language: str, first_line: str) -> str:
    """The language of a notebook's cell: another one than its kernel's where the first line is a magic for it. "" if
    that magic isn't known."""
    magic = _CELL_MAGIC.match(first_line)
    return _cell_magics().get(magic[1].lower(), "") if magic else language
