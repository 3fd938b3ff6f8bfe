"""A measured row, the table of rows, and the line that says on what they were measured."""

from __future__ import annotations

import math
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import psutil
from rich.console import Console
from rich.table import Table

T = TypeVar("T")

# Into a file, whose width rich takes for 80: tables of figures that are cut off tell nothing.
FILE_WIDTH = 140

PARTS = ("pygls", "lsprotocol", "xllamacpp")


@dataclass(frozen=True, slots=True)
class Row:
    """`value` of Postil and of its `peer`, in `unit`. The bar is on the ratio (`ratio_bar`, at most) or on the value
    itself (`value_bar`, below); a row without a bar only tells. The ratio is above 1 where Postil is worse."""

    measure: str
    value: float
    unit: str
    peer: float | None = None
    peer_name: str = ""
    ratio_bar: float | None = None
    value_bar: float | None = None
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        if self.peer is None or not self.peer or not self.value:
            return None if self.peer is None or not self.peer else self.value / self.peer
        return self.peer / self.value if self.more_is_better else self.value / self.peer

    @property
    def ok(self) -> bool | None:
        """None without a bar. A bar that can't be compared is missed."""
        if self.ratio_bar is not None:
            return self.ratio is not None and self.ratio <= self.ratio_bar
        if self.value_bar is not None:
            return self.value < self.value_bar
        return None

    @property
    def bar(self) -> str:
        if self.ratio_bar is not None:
            return f"at most {self.ratio_bar:g}x"
        return "" if self.value_bar is None else f"under {self.value_bar:g} {self.unit}"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "ok": self.ok}


def printer() -> Console:
    """For tables on stdout."""
    return Console(width=None if sys.stdout.isatty() else FILE_WIDTH)


def table(rows: Sequence[Row], title: str) -> Table:
    shown = Table(title=title, title_justify="left")
    for name in ("measure", "Postil", "peer", "ratio", "bar", "ok"):
        shown.add_column(name, justify="left" if name in ("measure", "bar", "ok") else "right")
    for row in rows:
        peer = "" if row.peer is None else f"{_number(row.peer)} {row.unit}"
        shown.add_row(
            row.measure,
            f"{_number(row.value)} {row.unit}",
            f"{peer} ({row.peer_name})" if row.peer_name and peer else peer,
            "" if row.ratio is None else f"{row.ratio:.2f}x",
            row.bar,
            {None: "", True: "[green]yes[/]", False: "[red]NO[/]"}[row.ok],
        )
    return shown


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "none"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> str:
    """Cores, memory and CPU of this machine, and the versions of what runs on it."""
    memory = f"{psutil.virtual_memory().total / 2**30:.0f} GiB"
    parts = [f"{os.cpu_count()} cores", memory, processor(), platform.platform(aliased=True, terse=True)]
    parts.append(f"{platform.python_implementation()} {platform.python_version()}")
    for name in ("postil", *PARTS):
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            if name == "postil":
                from postil import __version__

                parts.append(f"postil {__version__}")
    return ", ".join(part for part in parts if part)


def command() -> str:
    return shlex.join(["python", "-m", "bench", *sys.argv[1:]])


def processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        told = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False)
        return told.stdout.strip()
    return platform.processor()


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values doesn't exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


async def alternating(rounds: int, sides: Mapping[str, Callable[[], Awaitable[T]]]) -> dict[str, list[T]]:
    """Every side once a round, in turned order every other round, so that no side always has the warmer machine."""
    found: dict[str, list[T]] = {name: [] for name in sides}
    for number in range(rounds):
        names = list(sides)
        if number % 2:
            names.reverse()
        for name in names:
            found[name].append(await sides[name]())
    return found


def medians(found: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: median(values) for name, values in found.items()}
