"""A story in Markdown: a source with carets under the lines that get a note, what the model writes, the fixes."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^````(\w+)(?: (\w+))?\n(.*?)^````$", re.MULTILINE | re.DOTALL)
_CARETS = re.compile(r"^\s*\^+\s*$")


@dataclass(frozen=True, slots=True)
class Story:
    """`faulty` are the 0-based lines that get a note; `scripts` what the model makes of them, as (old, new);
    `expected` the difference that all the fixes make together."""

    path: Path
    language: str
    source: str
    faulty: tuple[int, ...]
    replacements: tuple[tuple[str, str], ...]
    expected: str


def read(path: Path) -> Story:
    """Blocks: ````LANGUAGE source, ````diff model (what the model changes: lines with - and +), ````diff expected."""
    blocks = {name: (language, body) for language, name, body in _BLOCK.findall(path.read_text(encoding="utf-8"))}
    language, marked = blocks["source"]
    lines: list[str] = []
    faulty: list[int] = []
    for line in marked.splitlines():
        if _CARETS.match(line):
            faulty.append(len(lines) - 1)
        else:
            lines.append(line)
    return Story(
        path,
        language,
        "\n".join(lines) + "\n",
        tuple(faulty),
        tuple(_replacements(blocks["model"][1])),
        blocks["expected"][1],
    )


def _replacements(model: str) -> list[tuple[str, str]]:
    """Each run of - and + lines; a line with a blank in front is kept, and tells the place of an insertion."""
    found: list[tuple[str, str]] = []
    for part in re.split(r"^@@.*\n", model, flags=re.MULTILINE):
        old = "".join(line[1:] for line in part.splitlines(keepends=True) if line[:1] in "- ")
        new = "".join(line[1:] for line in part.splitlines(keepends=True) if line[:1] in "+ ")
        if old or new:
            found.append((old, new))
    return found


def diff(before: str, after: str) -> str:
    """A unified difference without names and with one line around."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[2:]
    return "".join(line + "\n" for line in lines)


def rewrite(story: Story, expected: str) -> None:
    """Puts another expected difference into the story's file."""
    text = story.path.read_text(encoding="utf-8")
    head, _, tail = text.partition("````diff expected\n")
    story.path.write_text(head + "````diff expected\n" + expected + tail[tail.index("````") :], encoding="utf-8")
