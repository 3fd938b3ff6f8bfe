"""The records of a run: kept line by line, so that a killed one goes on, and as tables by model and form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median

import msgspec
from bench.agent.score import Called, Record
from bench.agent.tasks import KINDS
from rich.table import Table

from postil.core.calibrate.choose import interval

Rows = Sequence[Record]
# What issue 28 demands of the last look, with the 1.5B.
BARS: Mapping[str, float] = {"single calls": 0.75, "false calls": 0.10, "questions": 0.50, "mend": 0.50}


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


def solved(rows: Rows) -> float:
    return fmean(one.solved for one in rows) if rows else 0.0


def _of_calls(rows: Rows, counted: Callable[[Called], bool]) -> float:
    found = [one for row in rows for one in row.calls]
    return fmean(counted(one) for one in found) if found else 0.0


def valid(rows: Rows) -> float:
    return _of_calls(rows, lambda one: one.valid)


def wrong_but_valid(rows: Rows) -> float:
    """Of the calls of tool tasks, where it is known which one is right."""
    return _of_calls([row for row in rows if row.kind == "tools"], lambda one: one.valid and one.wanted is False)


def false_calls(rows: Rows) -> float:
    """Of all calls."""
    return _of_calls(rows, lambda one: one.false)


def single(rows: Rows) -> Rows:
    """The tool tasks of one call."""
    return [one for one in rows if one.form in ("one", "choose")]


def uncalled(rows: Rows) -> Rows:
    """The tool tasks in which nothing is to be called."""
    return [one for one in rows if one.form in ("none", "missing")]


def groups(records: Rows) -> dict[tuple[str, str], Rows]:
    """By model and form of the calls, as they come."""
    found: dict[tuple[str, str], list[Record]] = {}
    for one in records:
        found.setdefault((one.model, one.call_form), []).append(one)
    return dict(found)


def table(rows: Rows, title: str) -> Table:
    """A row for each kind, for each form of the tool tasks, and for all. Rates with their 95 % interval."""
    shown = Table(title=title, title_justify="left")
    shown.add_column("")
    names = ("tasks", "solved", "valid", "wrong but valid", "false calls", "raw", "steps", "tokens", "seconds", "ended")
    for name in names:
        shown.add_column(name, justify="left" if name == "ended" else "right")
    for kind in KINDS:
        of = [one for one in rows if one.kind == kind]
        _row(shown, kind, of)
        for form in dict.fromkeys(one.form for one in of if one.form):
            _row(shown, f"  {form}", [one for one in of if one.form == form])
    _row(shown, "all", rows)
    return shown


def _row(shown: Table, name: str, rows: Rows) -> None:
    if not rows:
        return
    tools = any(one.kind == "tools" for one in rows)
    shown.add_row(
        name,
        str(len(rows)),
        _share(rows, solved),
        _share(rows, valid) if any(one.calls for one in rows) else "–",
        _share(rows, wrong_but_valid) if tools else "–",
        _share(rows, false_calls),
        str(sum(one.raw for one in rows)),
        f"{fmean(one.steps for one in rows):.1f}",
        f"{fmean(one.tokens for one in rows):,.0f}",
        f"{median(one.seconds for one in rows):.0f}",
        ", ".join(f"{reason} {sum(one.ended == reason for one in rows)}" for reason in _endings(rows)),
    )


def _endings(rows: Rows) -> list[str]:
    return sorted({one.ended for one in rows})


def bars(rows: Rows) -> list[str]:
    """Each bar with its figure and whether it is met; those of which nothing was measured are left out."""
    said: list[str] = []
    figures: dict[str, tuple[Rows, Callable[[Rows], float]]] = {
        "single calls": (single(rows), solved),
        "false calls": ([one for one in rows if one.calls or one.kind == "tools"], false_calls),
        "questions": ([one for one in rows if one.kind == "questions"], solved),
        "mend": ([one for one in rows if one.kind == "mend"], solved),
    }
    for name, (of, figure) in figures.items():
        if of:
            least = name != "false calls"
            good = figure(of) >= BARS[name] if least else figure(of) <= BARS[name]
            said.append(
                f"{name}: {_share(of, figure)}, {'at least' if least else 'at most'} {BARS[name]:.2f}: "
                f"{'met' if good else 'MISSED'}"
            )
    calling = sum(bool(one.calls) for one in uncalled(rows))
    said.append(f"a call where none was needed: in {calling} of {len(uncalled(rows))} tasks")
    for name, count in never(rows).items():
        said.append(f"{name}: {count}, 0: {'met' if not count else 'MISSED'}")
    return said


def never(rows: Rows) -> dict[str, int]:
    """What must not happen with any model."""
    return {
        "raw calls shown": sum(one.raw for one in rows),
        "silent loops": sum("loop" in one.silent for one in rows),
        "silent overflows": sum("overflow" in one.silent for one in rows),
    }


def _share(rows: Rows, value: Callable[[Rows], float]) -> str:
    low, high = interval(rows, value)
    return f"{value(rows):.2f} ({low:.2f}–{high:.2f})"
