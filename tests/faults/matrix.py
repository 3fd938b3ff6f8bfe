"""The matrix of faults: read, and written as the table of docs/faults.md (`make faults`)."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Literal

import msgspec

HERE = Path(__file__).resolve().parent
TABLE = HERE.parents[1] / "docs" / "faults.md"

Engine = Literal["ollama", "openai", "embedded"]
EditorWay = Literal["edit", "list", "complete"]
Way = EditorWay | Literal["embed"]
ENGINES = {"ollama": "Ollama", "openai": "OpenAI-compatible", "embedded": "embedded"}
WAYS = {"edit": "review (`edit`)", "list": "review (`list`)", "complete": "ghost text", "embed": "vectors"}


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the user is shown, by these engines in these ways. `says`: the sentence of `postil/status`, in which "…" is
    anything; "" = nothing is said. `state`: of the status, once the review is over. `notes`: they come all the same.
    Of the way `embed`, which no editor asks for by itself, `says` is what the engine raises."""

    engines: tuple[Engine, ...]
    ways: tuple[Way, ...]
    state: Literal["ready", "error"] = "ready"
    says: str = ""
    notes: bool = False


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`does` names what the proxy does (faults.py), to the answers that are asked for so; `short`: the
    time-out that is short, because nothing else ends it."""

    does: str
    what: str
    to: tuple[Literal["chat", "infill", "embed", "facts"], ...] = ("chat", "infill", "embed")
    short: Literal["", "first_token", "between_tokens"] = ""
    seen: tuple[Seen, ...]

    @property
    def name(self) -> str:
        return f"{self.does} of facts" if "facts" in self.to else self.does

    def ways(self, engine: str) -> dict[EditorWay, Seen]:
        """What is seen with this engine in an editor, by way."""
        return {way: seen for seen in self.seen if engine in seen.engines for way in seen.ways if way != "embed"}

    def raised(self, engine: str) -> str | None:
        """What this engine raises that is asked for vectors; None where that isn't in the matrix."""
        return next((seen.says for seen in self.seen if engine in seen.engines and "embed" in seen.ways), None)


class Matrix(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: tuple[Fault, ...]


def matrix() -> tuple[Fault, ...]:
    return msgspec.toml.decode((HERE / "matrix.toml").read_bytes(), type=Matrix).fault


def says(pattern: str, message: str) -> bool:
    """Whether a message is what the matrix tells."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), message, re.DOTALL) is not None


_HEAD = """\
# What happens when an engine fails

Written by `make faults` from `tests/faults/matrix.toml`. The tests put a proxy between the server and a real engine
with scripted weights, do each of these, and see that the user is shown what stands here. Beside that, in every row: the
server lives on, nothing lasts longer than its time-out, every request is answered exactly once, notes that were there
stay at their code, there is at most one message however many requests fail, and all works again without a restart: a
rewrite (`edit`) brings its note at the next save, a list is read to its end, ghost text comes, and so do vectors. Of
*vectors* the sentence is what the engine's caller is told: no editor asks for them by itself.

*The status* is `postil/status`, which editors show in their status bar. `error` is also told once as a message, and
so is that units could not be reviewed.

| What happens | Engine | Asked for | Status | The sentence |
|---|---|---|---|---|
"""


def table(faults: tuple[Fault, ...]) -> str:
    rows = []
    for fault in faults:
        for seen in fault.seen:
            engines = ", ".join(ENGINES[engine] for engine in seen.engines)
            ways = ", ".join(WAYS[way] for way in seen.ways)
            sentence = seen.says or ("*none: all is as ever*" if seen.notes else "*none: what is no answer is dropped*")
            state = f"`{seen.state}`" if {"edit", "list"} & {*seen.ways} else "as it was"
            rows.append(f"| {fault.what} | {engines} | {ways} | {state} | {sentence} |")
    return _HEAD + "\n".join(rows) + "\n"


def main() -> None:
    TABLE.write_text(table(matrix()), encoding="utf-8")
    print(f"{TABLE}: {len(matrix())} faults", file=sys.stderr)


if __name__ == "__main__":
    main()
