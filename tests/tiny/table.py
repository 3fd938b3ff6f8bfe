"""The tables of docs/models.md: what engines do with families, and what Postil knows of them (`make families`)."""

from __future__ import annotations

import asyncio
import importlib.metadata
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import parts
from tests.tiny import product
from tests.tiny.engines import KEY, TinyOllama, Weights, embedded, tiny_ollama
from tests.tiny.families import FAMILIES, IMPORTS, Import
from tests.tiny.observe import Observed

from postil.core.models.abilities import Abilities

PAGE = Path(__file__).resolve().parents[2] / "docs" / "models.md"
BEGIN, END = "<!-- families: begin -->", "<!-- families: end -->"
OLLAMAS = (parts.OLLAMA_VERSION, parts.NEWEST_OLLAMA)
# Of what Postil knows, what differs between these models.
_ABILITIES = ("thinking", "prefill", "infill", "tools")
_ROWS = re.compile(r"(?<=---\|\n)((?:\| .*\n)+)")


@dataclass(frozen=True, slots=True)
class Row:
    """A model on an engine: what was seen of it, and what Postil knows."""

    family: str
    way: str
    engine: str
    observed: Observed
    abilities: Abilities

    @property
    def key(self) -> tuple[str, str, str]:
        return self.family, self.way, self.engine

    def lines(self) -> tuple[str, str]:
        """Its line in either table."""
        known = {name: f"{value} ({origin})" for name, value, origin, _ in self.abilities.rows()}
        cells = (self.observed.cells(), tuple(known[name] for name in _ABILITIES))
        first, second = (f"| {' | '.join((*self.key, *row))} |" for row in cells)
        return first, second


def ollama_name(version: str) -> str:
    return f"Ollama {version}"


def embedded_name() -> str:
    return f"embedded, llama.cpp b{importlib.metadata.version('xllamacpp').rpartition('.')[2]}"


_HEAD = f"""\
{BEGIN}
Written by `make families`; `tests/real/test_families.py` sees that it is so. Each row is a model of some hundred
kilobytes that the tests write: architecture, special tokens and chat template are the family's own, the weights say a
fixed script. So it shows what an engine does with a family. How well a model of the family reviews is another question.

How it was found:

- *Says*: `/api/show` of Ollama, `/props` of llama.cpp.
- *Thinks*: an answer to a request without `think`. *Apart* means in a field of its own. *Switched off*: an answer with
  `think: false` (llama.cpp: `enable_thinking: false`).
- *Prefill*: an answer that was begun, and the prompt that the engine rendered for it (`_debug_render_only`,
  `/apply-template`). *Without its margin*: the line break and spaces at its end are lost.
- *Fills in*: a prefix and a suffix (`suffix`, `/infill`, the family's tokens in a raw prompt).
- *Log-probabilities*, *schema*: an answer with each. Prefill and schema are asked for with thinking off.

The scripts of qwen3, deepseek-r1 and gpt-oss think; those of the others don't, whatever Ollama is told to render.
Templates "as in Ollama's library" are ours, written after those. Ollama {parts.NEWEST_OLLAMA} runs GGUFs through a
llama-server: here one of llama.cpp {parts.NEWEST_LLAMA_CPP}, because no package registry has the one that it wants
({parts.NEWEST_WANTS}).

| Family | Came as | Engine | Says | Thinks | Switched off | Prefill | Fills in | Log-probabilities | Schema |
|---|---|---|---|---|---|---|---|---|---|
"""
_KNOWN = """
What Postil knows of the same models, and from where: the engine, a probe, the table of families. *Default* is the
careful value where nothing tells. Every model takes a schema, and log-probabilities until an answer has none.

| Family | Came as | Engine | Thinking | Prefill | Infill | Tools |
|---|---|---|---|---|---|---|
"""


def section(rows: list[Row]) -> str:
    first, second = zip(*(row.lines() for row in rows), strict=True)
    return _HEAD + "\n".join(first) + "\n" + _KNOWN + "\n".join(second) + f"\n{END}"


def _inside() -> str:
    page = PAGE.read_text(encoding="utf-8")
    return page[page.index(BEGIN) : page.index(END)]


def committed() -> dict[tuple[str, str, str], tuple[str, str]]:
    """The lines of both tables on the page."""
    first, second = (
        {tuple(line.strip("| ").split(" | ")[:3]): line for line in rows.splitlines()}
        for rows in _ROWS.findall(_inside())
    )
    return {(key[0], key[1], key[2]): (line, second.get(key, "")) for key, line in first.items()}


def committed_words() -> str:
    """What stands on the page around the rows."""
    return _ROWS.sub("", _inside())


def words() -> str:
    return _HEAD + _KNOWN


async def of_ollama(server: TinyOllama, version: str, way: Import) -> Row:
    model = server.model(way)
    observed = model.observe(FAMILIES[way.family])
    return Row(way.family, way.what, ollama_name(version), observed, await product.of_ollama(model))


async def of_embedded(weights: Weights, name: str) -> Row:
    with embedded(weights.path(name)) as server:
        observed = server.observe(FAMILIES[name])
        abilities = await product.of_llama_server(server, KEY)
        return Row(name, IMPORTS[0].what, embedded_name(), observed, abilities)


def _rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="postil-tiny-") as folder:
        weights = Weights(Path(folder))
        for version in OLLAMAS:
            with tiny_ollama(version, weights) as server:
                for way in IMPORTS:
                    yield asyncio.run(of_ollama(server, version, way))
        for name in FAMILIES:
            yield asyncio.run(of_embedded(weights, name))


def main() -> None:
    """Ask every engine about every family, and write the page."""
    order = list(FAMILIES)
    rows = sorted(_rows(), key=lambda row: order.index(row.family))
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index(BEGIN), text.index(END) + len(END)
    PAGE.write_text(text[:start] + section(rows) + text[end:], encoding="utf-8")
    print(f"{PAGE}: {len(rows)} rows", file=sys.stderr)


if __name__ == "__main__":
    main()
