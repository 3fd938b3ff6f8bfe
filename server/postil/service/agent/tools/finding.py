"""`find`: text in all files. `symbol`: where a name is defined. `search`: a question in plain words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from postil.core.agent.events import Place
from postil.service.agent.retrieval import Retrieval
from postil.service.agent.tools.base import Arguments, Outcome, Plan, Tool, ToolTrouble
from postil.service.agent.workplace import Workplace
from postil.service.workspace.source import Unreadable, read_source

# Hits that a model can use; of a file, so that one doesn't fill the list.
_HITS, _HITS_A_FILE, _LINE = 30, 6, 160


class Find(Arguments):
    """Of `find`; a regular expression where it is one, else plain text."""

    text: str


class Symbol(Arguments):
    """Of `symbol`."""

    name: str


class Search(Arguments):
    """Of `search`."""

    question: str


def finding(place: Workplace, retrieval: Retrieval) -> tuple[Tool[Find], Tool[Symbol], Tool[Search]]:
    async def plan_find(asked: Find) -> Plan:
        return Plan(f"Find {asked.text!r}")

    async def find(asked: Find, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        place.need_trust()
        wanted = asked.text.strip("\n")
        if not wanted.strip():
            raise ToolTrouble("say which text is looked for")
        hits = await asyncio.to_thread(_hits, place, wanted)
        if not hits:
            return Outcome(f"no file has {wanted!r}", failed=True)
        return Outcome("\n".join(text for text, _ in hits), places=tuple(where for _, where in hits))

    async def plan_symbol(asked: Symbol) -> Plan:
        return Plan(f"Look for the definition of {asked.name}")

    async def symbol(asked: Symbol, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        place.need_trust()
        found = await retrieval.symbol(asked.name.strip().removesuffix("()"))
        if not found:
            return Outcome(f"{asked.name} is defined nowhere in this workspace", failed=True)
        places = tuple(Place(str(place.folder / one.path), one.first) for one in found)
        return Outcome("\n\n".join(one.shown for one in found), places=places)

    async def plan_search(asked: Search) -> Plan:
        return Plan(f"Search for {asked.question!r}")

    async def search(asked: Search, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        place.need_trust()
        found = await retrieval.pieces(asked.question, place.meter.retrieved_chars)
        if not found:
            return Outcome("nothing is like it; find looks for exact text", failed=True)
        places = tuple(Place(str(place.folder / one.path), one.first) for one in found)
        return Outcome("\n\n".join(one.shown for one in found), places=places)

    return (
        Tool("find", "find the lines that hold an exact text", Find, plan_find, find),
        Tool("symbol", "find where a function, class or type is defined", Symbol, plan_symbol, symbol),
        Tool(
            "search",
            "answer a question about how the code works or whether there is code for something",
            Search,
            plan_search,
            search,
        ),
    )


def _hits(place: Workplace, wanted: str) -> list[tuple[str, Place]]:
    try:
        pattern = re.compile(wanted if _is_pattern(wanted) else re.escape(wanted), re.IGNORECASE)
    except re.error:
        pattern = re.compile(re.escape(wanted), re.IGNORECASE)
    found: list[tuple[str, Place]] = []
    for path in place.files():
        source = read_source(path)
        if isinstance(source, Unreadable) or not _may_have(pattern, source.text):
            continue
        rows = (number for number, line in enumerate(source.text.split("\n")) if pattern.search(line[:2000]))
        found += _shown(place, path, source.text, rows)
        if len(found) >= _HITS:
            break
    return found[:_HITS]


def _shown(place: Workplace, path: Path, text: str, rows: Iterable[int]) -> list[tuple[str, Place]]:
    lines = text.split("\n")
    found: list[tuple[str, Place]] = []
    for row in rows:
        if len(found) == _HITS_A_FILE:
            break
        found.append((f"{place.name(path)}:{row + 1}: {lines[row].strip()[:_LINE]}", Place(str(path), row)))
    return found


def _may_have(pattern: re.Pattern[str], text: str) -> bool:
    return len(text) > 200_000 or pattern.search(text) is not None


def _is_pattern(text: str) -> bool:
    """Whether it can only be meant as a regular expression. Nested repetition could take for ever."""
    marked = any(mark in text for mark in ("\\b", "\\w", "\\s", "\\d", ".*", ".+", "|"))
    return marked and not re.search(r"[+*}]\)[+*{]", text)
