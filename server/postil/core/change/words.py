"""The sentence about a change, from the table `data/changes.toml`, in English or Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from postil.core.data import Entry, load_data
from postil.core.text.plain import one_line

Language = Literal["en", "zh"]
# What stands behind an opinion: a calibration on the user's own repository, nothing, or a measurement that found it
# worthless.
Standing = Literal["calibrated", "unmeasured", "chance"]

# Characters of code in a sentence. The editor shows the whole change with the fix.
SHOWN = 60
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class _Row(Entry, frozen=True):
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one place of a change does: a key of the table, and the code for its placeholders."""

    key: str
    old: str = ""
    new: str = ""
    name: str = ""
    count: int = 0


@cache
def table() -> Mapping[str, _Row]:
    """The rows by key. ValueError for a row whose languages have different placeholders."""
    rows = load_data("changes.toml", dict[str, _Row])
    for key, row in rows.items():
        if sorted(_PLACEHOLDER.findall(row.en)) != sorted(_PLACEHOLDER.findall(row.zh)):
            raise ValueError(f"data/changes.toml: {key}: the languages have different placeholders")
    return rows


def sentence(said: Sequence[Said], language: Language = "en") -> str:
    """One or two things that a change does, as the end of a sentence."""
    first = _phrase(said[0], language)
    if len(said) == 1:
        return first
    return _row("join", language).format(first=first, second=_phrase(said[1], language))


def note(said: Sequence[Said], standing: Standing, language: Language) -> str:
    """The message of a note whose words are all derived from the change."""
    return _row(f"note_{standing}", language).format(said=sentence(said, language))


def told(words: str, model: str, said: Sequence[Said], standing: Standing, language: Language) -> str:
    """The message of a note in a model's words. `said`: what its fix does, if it has one."""
    message = _row(f"says_{standing}", language).format(model=model, words=words)
    return message + _row("says_fix", language).format(said=sentence(said, language)) if said else message


def why(words: str, model: str, language: Language) -> str:
    """A model's sentence about a note that is there already, to stand behind its message."""
    return _row("says_why", language).format(model=model, words=words)


def untouched(language: Language) -> str:
    """What stands behind the message of a note on code that nobody has changed."""
    return _row("untouched", language)


def language_of(name: str) -> Language:
    """The table's language for one in its own words ("简体中文"), an editor's locale ("zh-cn"), or a name."""
    lower = name.strip().lower()
    chinese = lower.startswith("zh") or any(mark in lower for mark in ("中文", "汉语", "漢語", "chinese"))
    return "zh" if chinese else "en"


def _phrase(said: Said, language: Language) -> str:
    old, new = quoted_pair(said.old, said.new)
    name = quoted(said.name)
    return _row(said.key, language).format(old=old, new=new, name=name, count=said.count)


def _row(key: str, language: Language) -> str:
    row = table()[key]
    return row.zh if language == "zh" else row.en


def quoted_pair(old: str, new: str) -> tuple[str, str]:
    """Both as `quoted`; where they would be shortened before they begin to differ, from there on."""
    one, other = one_line(old), one_line(new)
    alike = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if one and other and alike > SHOWN // 2 and max(len(one), len(other)) > SHOWN:
        start = alike - SHOWN // 4
        one, other = "…" + one[start:], "…" + other[start:]
    return quoted(one), quoted(other)


def quoted(code: str) -> str:
    """Code on one line, shortened, between backticks; between two where it has some itself, as in Markdown."""
    line = one_line(code)
    shown = line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"
