"""The records of a run: kept line by line, so that a killed one goes on, and as tables by way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import fmean, median

import msgspec
from bench.context.trial import Record
from bench.context.ways import CONTROL
from rich.table import Table

from postil.core.calibrate.choose import interval

Pairs = Sequence[tuple[Record, Record]]


def read(path: Path) -> list[Record]:
    """The records of earlier runs; [] without a file. A line that a killed run has left half is none."""
    if not path.is_file():
        return []
    found: list[Record] = []
    for line in path.read_bytes().splitlines():
        try:
            found.append(msgspec.json.decode(line, type=Record))
        except msgspec.DecodeError:
            continue
    return found


def append(path: Path, record: Record) -> None:
    with path.open("ab") as file:
        # A line end before it: of a line that is half there nothing is continued.
        file.write(b"\n" + msgspec.json.encode(record) + b"\n")


def table(records: Sequence[Record], title: str) -> Table:
    """One row a way, over the holes that have an answer in all ways."""
    ways = list(dict.fromkeys(one.way for one in records))
    shown = Table(title=title, title_justify="left")
    shown.add_column("way")
    for name in ("holes", "exact", "similarity", "invented", "parses", "tokens", "typed: cached", "cold", "typed on"):
        shown.add_column(name, justify="right")
    for way in ways:
        rows = [one for one in _whole(records, ways) if one.way == way]
        if not rows:
            continue
        shown.add_row(
            way,
            str(len(rows)),
            _share(rows, exact),
            _share(rows, similar),
            _share(rows, inventing),
            f"{fmean(one.parses for one in rows):.2f}",
            f"{median(one.prompt_tokens for one in rows):.0f}",
            f"{fmean(one.typed_cached / max(one.typed_tokens, 1) for one in rows):.0%}",
            _milliseconds(rows, lambda one: one.cold_ms),
            _milliseconds(rows, lambda one: one.typed_ms),
        )
    return shown


def by_language(records: Sequence[Record]) -> Table:
    """Exact answers and similarity of each way: of holes with a name that the window doesn't show, in each language, of
    each kind."""
    ways = list(dict.fromkeys(one.way for one in records))
    whole = _whole(records, ways)
    shown = Table(title="exact / similarity", title_justify="left")
    for name in ("", "holes", *ways):
        shown.add_column(name, justify="right" if name else "left")
    groups = [*sorted({one.language for one in whole}), *sorted({one.kind for one in whole})]
    for group in ("unseen", *groups):
        cells: list[str] = []
        for way in ways:
            rows = [one for one in whole if one.way == way and _is_of(one, group)]
            cells.append(f"{exact(rows):.2f} / {similar(rows):.2f}")
        count = len({one.hole for one in whole if _is_of(one, group)})
        shown.add_row(group, str(count), *cells)
    return shown


def _is_of(one: Record, group: str) -> bool:
    return one.unseen if group == "unseen" else group in (one.language, one.kind)


def against_none(records: Sequence[Record]) -> list[str]:
    """What each way is better by, hole for hole, with its interval."""
    said: list[str] = []
    for way in dict.fromkeys(one.way for one in records):
        if way == "none" or not (pairs := _pairs(records, way)):
            continue
        won = sum(other.exact and not plain.exact for plain, other in pairs)
        lost = sum(plain.exact and not other.exact for plain, other in pairs)
        low, high = interval(pairs, _gain)
        said.append(f"{way}: {won} won, {lost} lost; similarity {_gain(pairs):+.3f} ({low:+.3f} to {high:+.3f})")
    return said


def control_holds(records: Sequence[Record]) -> bool:
    """Whether pieces of a project that has nothing to do with the holes are without use, as they must be: what they
    bring would be no knowledge of the project."""
    pairs = _pairs(records, CONTROL)
    return not pairs or interval(pairs, _gain)[0] <= 0


def _gain(pairs: Pairs) -> float:
    return fmean(other.similarity - plain.similarity for plain, other in pairs)


def _pairs(records: Sequence[Record], way: str) -> Pairs:
    plain = {one.hole: one for one in records if one.way == "none"}
    return [(plain[one.hole], one) for one in records if one.way == way and one.hole in plain]


def _whole(records: Iterable[Record], ways: Sequence[str]) -> list[Record]:
    """Of the holes that were asked in all ways: a killed run has left the last one half."""
    records = list(records)
    seen: dict[str, set[str]] = {}
    for one in records:
        seen.setdefault(one.hole, set()).add(one.way)
    return [one for one in records if seen[one.hole] >= set(ways)]


def exact(rows: Sequence[Record]) -> float:
    return fmean(one.exact for one in rows) if rows else 0.0


def similar(rows: Sequence[Record]) -> float:
    return fmean(one.similarity for one in rows) if rows else 0.0


def inventing(rows: Sequence[Record]) -> float:
    """Names a hole that exist nowhere."""
    return fmean(len(one.invented) for one in rows) if rows else 0.0


def _share(rows: Sequence[Record], value: Callable[[Sequence[Record]], float]) -> str:
    low, high = interval(rows, value)
    return f"{value(rows):.2f} ({low:.2f}–{high:.2f})"


def _milliseconds(rows: Sequence[Record], value: Callable[[Record], float]) -> str:
    return f"{median(value(one) for one in rows):,.0f} ms"
