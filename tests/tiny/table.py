"""The table of docs/models.md: what each engine does with each family (`make models-table`)."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import parts
from tests.tiny.engines import Weights, embedded, tiny_ollama
from tests.tiny.families import FAMILIES, IMPORTS
from tests.tiny.observe import Observed

PAGE = Path(__file__).resolve().parents[2] / "docs" / "models.md"
BEGIN, END = "<!-- families: begin -->", "<!-- families: end -->"
OLLAMAS = (parts.OLLAMA_VERSION, parts.NEWEST_OLLAMA)


@dataclass(frozen=True, slots=True)
class Row:
    family: str
    way: str
    engine: str
    observed: Observed

    def line(self) -> str:
        return f"| {' | '.join((self.family, self.way, self.engine, *self.observed.cells()))} |"


def llama_cpp() -> str:
    """The build of llama.cpp in the embedded engine."""
    return f"b{importlib.metadata.version('xllamacpp').rpartition('.')[2]}"


def ollama_name(version: str) -> str:
    return f"Ollama {version}"


def embedded_name() -> str:
    return f"embedded, llama.cpp {llama_cpp()}"


_HEAD = f"""\
{BEGIN}
Written by `make models-table`; the tests see that it is so (`tests/real/test_families.py`). Each row is a model of some
hundred kilobytes that the tests write: the architecture, special tokens and chat template are the family's own, the weights
say a fixed script. So it shows what an engine does with a family. It says nothing about how well a model of that family
reviews.

How it was found: *says* by `/api/show` (Ollama) and `/props` (llama.cpp); *thinks* by an answer to a request without
`think`; *switched off* by one with `think: false` (llama.cpp: `enable_thinking: false`); *prefill* by an answer that was
begun, and by the prompt that the engine rendered for it (`_debug_render_only`, `/apply-template`); *fills in* by a prefix
and a suffix (`suffix`, `/infill`, the family's tokens in a raw prompt); *log-probabilities* and *schema* by asking for them.
Prefill and schema are asked for with thinking off.

Ollama {parts.NEWEST_OLLAMA} runs GGUFs through a llama-server: here one of llama.cpp {parts.NEWEST_LLAMA_CPP}, because no
package registry has the {parts.NEWEST_WANTS} that it wants.

| Family | Came as | Engine | Says | Thinks | Switched off | Prefill | Fills in | Log-probabilities | Schema |
|---|---|---|---|---|---|---|---|---|---|
"""


def section(rows: list[Row]) -> str:
    return _HEAD + "\n".join(row.line() for row in rows) + f"\n{END}"


def committed() -> dict[tuple[str, str, str], str]:
    """The lines of the page by family, way and engine."""
    inside = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    lines = [line for line in inside.splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {(row[0], row[1], row[2]): line for row, line in zip(cells, lines, strict=True)}


def head() -> str:
    """What stands on the page above the rows."""
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition("|---|")[0]


def observed() -> Iterator[Row]:
    """Asks every engine about every family."""
    with tempfile.TemporaryDirectory(prefix="postil-tiny-") as folder:
        weights = Weights(Path(folder))
        for version in OLLAMAS:
            with tiny_ollama(version, weights) as server:
                for way in IMPORTS:
                    found = server.model(way).observe(FAMILIES[way.family])
                    yield Row(way.family, way.what, ollama_name(version), found)
        for name, family in FAMILIES.items():
            with embedded(weights.path(name)) as server:
                yield Row(name, IMPORTS[0].what, embedded_name(), server.observe(family))


def main() -> None:
    order = list(FAMILIES)
    rows = sorted(observed(), key=lambda row: order.index(row.family))
    text = PAGE.read_text(encoding="utf-8")
    assert BEGIN in text and END in text, f"{PAGE} has no {BEGIN}"
    PAGE.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: section(rows), text, flags=re.DOTALL), encoding="utf-8")
    print(f"{PAGE}: {len(rows)} rows", file=sys.stderr)


if __name__ == "__main__":
    main()
