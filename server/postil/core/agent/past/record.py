"""A record of a conversation made without a model: what the user wants, which files, what failed, what holds."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from postil.core.agent.turns import Asked, Result, Summary, Turn

# Characters of a record: some 300 tokens.
MOST_CHARS = 900
_GOAL, _NOW, _READ, _CHANGED, _FAILED, _DECIDED = "Goal: ", "Now: ", "Read: ", "Changed: ", "Failed: ", "Decided: "
_WORDS = 200
_FILES = 12
_DECISIONS = 8
_DECIDES = re.compile(
    r"\b(always|never|don['’]?t|do not|must(?:n['’]?t)?|prefer|instead|decided?|from now on|remember|let['’]?s|uses?"
    r"|we['’]?ll|(?:is|are|was) (?:called|named|written|at|on)|call it|rename|should(?:n['’]?t)?|only|keep"
    r"|stick (?:to|with))\b"
    r"|总是|永远|不要|别用|必须|使用|决定|叫做|称为|改名|记住|以后|请用|只用",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!])\s+|(?<=[?])\s+|\n+|(?<=[。！？；])")
_FENCED = re.compile(r"^(`{3,}|~{3,}).*?(?:^\1|\Z)", re.MULTILINE | re.DOTALL)
_TELLING = re.compile(r"error|assert|fail|panic|exception|expected", re.IGNORECASE)
_PROVING = frozenset({"check", "fix", "run"})


@dataclass(frozen=True, slots=True)
class Record:
    """`goal`, `now`: the user's first and latest words. `decided`: sentences of the user's that hold on."""

    goal: str = ""
    now: str = ""
    read: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    failed: str = ""
    decided: tuple[str, ...] = ()

    def text(self, chars: int = MOST_CHARS) -> str:
        """As lines, the newest of each kind where there isn't room for all; "" for nothing."""
        decided, read, changed = self.decided, self.read, self.changed
        while True:
            lines = [
                f"{head}{value}"
                for head, value in (
                    (_GOAL, self.goal),
                    (_NOW, self.now if self.now != self.goal else ""),
                    (_CHANGED, ", ".join(changed)),
                    (_READ, ", ".join(read)),
                    (_FAILED, self.failed),
                    *((_DECIDED, one) for one in decided),
                )
                if value
            ]
            text = "\n".join(lines)
            if len(text) <= chars:
                return text
            # What can be looked up again goes first.
            if read:
                read = read[1:]
            elif len(decided) > 3:
                decided = decided[1:]
            elif len(changed) > 3:
                changed = changed[1:]
            elif decided:
                decided = decided[1:]
            else:
                return text[:chars]


def record(turns: Sequence[Turn]) -> Record:
    """Of these turns; what a record at their beginning holds is carried on."""
    found = Record()
    for turn in turns:
        match turn:
            case Summary(text):
                found = _joined(found, record_in(text))
            case Asked(text):
                words = _short(_FENCED.sub(" ", text) or text, _WORDS)
                decided = tuple(one for one in found.decided if one not in decisions(text))
                found = replace(
                    found, goal=found.goal or words, now=words, decided=(*decided, *decisions(text))[-_DECISIONS:]
                )
            case Result():
                found = _after(found, turn)
            case _:
                pass
    return found


def decisions(text: str) -> tuple[str, ...]:
    """The sentences of the user's that say how something is to be, or is called."""
    parts = [part.strip() for part in _SENTENCES.split(_FENCED.sub(" ", text)) if part and part.strip()]
    return tuple(
        _short(part, _WORDS)
        for part in parts
        if _DECIDES.search(part) and not part.endswith(("?", "？")) and len(part) > 8
    )


def record_in(text: str) -> Record:
    """What a text that begins with a record holds of it."""
    found = Record()
    for line in text.split("\n"):
        if line.startswith(_GOAL):
            found = replace(found, goal=line[len(_GOAL) :])
        elif line.startswith(_NOW):
            found = replace(found, now=line[len(_NOW) :])
        elif line.startswith(_READ):
            found = replace(found, read=tuple(line[len(_READ) :].split(", ")))
        elif line.startswith(_CHANGED):
            found = replace(found, changed=tuple(line[len(_CHANGED) :].split(", ")))
        elif line.startswith(_FAILED):
            found = replace(found, failed=line[len(_FAILED) :])
        elif line.startswith(_DECIDED):
            found = replace(found, decided=(*found.decided, line[len(_DECIDED) :]))
        else:
            # Behind it are the model's words.
            break
    return found


def _joined(old: Record, new: Record) -> Record:
    return Record(
        old.goal or new.goal,
        new.now or new.goal or old.now,
        _with(old.read, *new.read),
        _with(old.changed, *new.changed),
        new.failed,
        (*old.decided, *(one for one in new.decided if one not in old.decided))[-_DECISIONS:],
    )


def _after(found: Record, result: Result) -> Record:
    name, path = result.call.name, _path(result.call.arguments)
    if name in _PROVING:
        failed = f"{result.title or name}: {_why(result.text)}" if result.failed else ""
        found = replace(found, failed=_short(failed, _WORDS + 60))
    if result.failed or not path:
        return found
    if name == "read":
        return replace(found, read=_with(found.read, path))
    return replace(found, changed=_with(found.changed, path)) if name in ("edit", "fix") else found


def _with(paths: tuple[str, ...], *more: str) -> tuple[str, ...]:
    """The latest last."""
    return (*(one for one in paths if one not in more), *more)[-_FILES:]


def _path(arguments: str) -> str:
    try:
        row: object = json.loads(arguments)
    except (ValueError, RecursionError):
        return ""
    path = cast("dict[str, object]", row).get("path") if isinstance(row, dict) else None
    return _short(path, 120).replace(", ", " ") if isinstance(path, str) else ""


def _why(text: str) -> str:
    lines = [line for line in text.split("\n") if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)]
    return " | ".join(" ".join(line.split()) for line in (telling or lines)[-3:])


def _short(text: str, chars: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= chars else f"{line[: chars - 1]}…"
