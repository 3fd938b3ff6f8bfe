"""`read`: a file by pages. `list`: the files of a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from postil.core.agent.events import Place
from postil.service.agent.tools.base import Arguments, Outcome, Plan, Tool, ToolTrouble
from postil.service.agent.workplace import Workplace

# Entries of a list; more are told as a number.
_LISTED = 120


class Read(Arguments):
    """Of `read`; lines are 1-based, the last is included."""

    path: str
    from_line: int | None = None
    to_line: int | None = None


class List(Arguments):
    """Of `list`."""

    path: str = "."


def reading(place: Workplace) -> tuple[Tool[Read], Tool[List]]:
    async def plan_read(asked: Read) -> Plan:
        path = place.resolve(asked.path)
        line = max(0, asked.from_line - 1) if asked.from_line else None
        return Plan(f"Read {place.name(path)}", (Place(str(path), line),))

    async def read(asked: Read, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        path, text = await place.text(asked.path)
        place.touched.setdefault(place.name(path), "read")
        lines = text.split("\n")
        if lines and not lines[-1]:
            lines.pop()
        return Outcome(_page(place.name(path), lines, asked, place.meter.result_chars), places=plan.places)

    async def plan_list(asked: List) -> Plan:
        path = place.resolve(asked.path)
        return Plan(f"List {place.name(path)}", (Place(str(path)),))

    async def listed(asked: List, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        place.need_trust()
        path = place.resolve(asked.path)
        if not path.is_dir():
            raise ToolTrouble(f"{asked.path} is no folder")
        return Outcome(await asyncio.to_thread(_list, place, path))

    return (
        Tool("read", "read a file or some of its lines", Read, plan_read, read),
        Tool("list", "list the files of a folder", List, plan_list, listed),
    )


def _page(name: str, lines: list[str], asked: Read, most: int) -> str:
    first = max(1, asked.from_line or 1)
    last = min(len(lines), asked.to_line or len(lines))
    if lines and first > len(lines):
        raise ToolTrouble(f"{name} has {len(lines)} lines")
    out: list[str] = []
    room = most - 120
    at = first
    for at in range(first, last + 1):
        line = lines[at - 1]
        room -= len(line) + 1
        if room < 0 and out:
            at -= 1
            break
        out.append(line[: max(200, most // 2)])
    rest = f" (go on with from_line={at + 1})" if at < last else ""
    return f"{name}, lines {first}-{at} of {len(lines)}{rest}:\n" + "\n".join(out)


def overview(place: Workplace, most: int) -> str:
    """The files of the workspace in a few lines, for the first words of a conversation; folders where there are too
    many."""
    names = [place.name(path) for path in place.files()]
    text = "\n".join(names[:_LISTED])
    if len(names) <= _LISTED and len(text) <= most:
        return text
    return _list(place, place.folder)[:most]


def _list(place: Workplace, folder: Path) -> str:
    below: dict[str, int] = {}
    for path in place.files(folder):
        head, *rest = path.relative_to(folder).parts
        key = f"{head}/" if rest else head
        below[key] = below.get(key, 0) + 1
    rows = [f"{name} ({count} files)" if name.endswith("/") else name for name, count in sorted(below.items())]
    more = [f"and {len(rows) - _LISTED} more"] if len(rows) > _LISTED else []
    return "\n".join([*rows[:_LISTED], *more]) or "the folder is empty"
