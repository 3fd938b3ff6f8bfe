"""Tiny models of each family in real engines: what these do with them is what docs/models.md says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import parts
from tests.tiny import table
from tests.tiny.engines import TinyOllama, Weights, embedded, tiny_ollama
from tests.tiny.families import ANSWER, BEGINNING, CONTINUED, FAMILIES, IMPORTS, THOUGHT, Import
from tests.tiny.observe import BEGUN, SCHEMA, USER
from tests.tiny.table import Row

COMMITTED = table.committed()
WAYS = [pytest.param(way, id=way.model) for way in IMPORTS]
THINKING = [pytest.param(way, id=way.model) for way in IMPORTS if way.family in ("qwen3", "deepseek-r1", "gpt-oss")]
# What Postil can't know: Ollama 0.24 says that it separates the thoughts of a gpt-oss whose template it doesn't know.
# And the script of gemma3 doesn't think, also where Ollama takes it for a gemma4.
NOT_TOLD = {("gpt-oss", "bare GGUF", "Ollama 0.24.0"), ("gemma3", "`RENDERER gemma4`")}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return Weights(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module", params=table.OLLAMAS)
def server(request: pytest.FixtureRequest, weights: Weights) -> Iterator[tuple[str, TinyOllama]]:
    with tiny_ollama(request.param, weights) as found:
        yield request.param, found


def _as_on_the_page(row: Row) -> None:
    assert row.lines() == COMMITTED.get(row.key), "run `make families`"
    if row.key in NOT_TOLD or row.key[:2] in NOT_TOLD:
        return
    seen, known = row.observed, row.abilities
    where = seen.thinks.partition(", then")[0]
    assert (
        known.thinking.value
        == {
            ("no", "no"): "none",
            ("apart", "no"): "switch",
            ("apart", "apart"): "levels",
            ("in the content", "in the content"): "always",
        }[where, seen.switched_off]
    )
    exact = seen.prefill.startswith("continued") and "without" not in seen.prefill
    assert known.prefill.value == ("native" if exact else "raw")
    assert (known.infill.value != "none") == (seen.infill != "no")


@pytest.mark.real_ollama
@pytest.mark.parametrize("way", WAYS)
async def test_what_ollama_does_is_what_the_page_says(server: tuple[str, TinyOllama], way: Import) -> None:
    version, ollama = server
    _as_on_the_page(await table.of_ollama(ollama, version, way))


@pytest.mark.real_embedded
@pytest.mark.parametrize("name", FAMILIES)
async def test_what_the_embedded_engine_does_is_what_the_page_says(weights: Weights, name: str) -> None:
    parts.xllamacpp()
    _as_on_the_page(await table.of_embedded(weights, name))


def test_the_page_has_these_rows_and_words() -> None:
    rows = {(way.family, way.what, table.ollama_name(version)) for version in table.OLLAMAS for way in IMPORTS}
    rows |= {(name, IMPORTS[0].what, table.embedded_name()) for name in FAMILIES}
    assert COMMITTED.keys() == rows
    assert table.committed_words() == table.words(), "run `make families`"


@pytest.mark.real_ollama
@pytest.mark.parametrize("way", WAYS)
def test_think_is_refused_exactly_where_show_lists_no_thinking(server: tuple[str, TinyOllama], way: Import) -> None:
    model = server[1].model(way)
    thinks = "thinking" in model.shown()["capabilities"]
    assert [model.chat(think=think).status for think in (True, False)] == [200 if thinks else 400, 200]


@pytest.mark.real_ollama
@pytest.mark.parametrize("way", THINKING)
def test_a_budget_spent_on_thinking_leaves_no_content(server: tuple[str, TinyOllama], way: Import) -> None:
    """`think` omitted counts as true: the answer is cut before it begins."""
    model = server[1].model(way)
    answer = model.chat(options={"temperature": 0, "num_predict": 2, "num_ctx": 4096, "num_thread": 1})
    assert answer.status == 200 and ANSWER not in answer.content
    if answer.thinking:
        assert answer.content.strip() == ""


@pytest.mark.real_ollama
def test_a_template_that_answers_anew_is_continued_by_a_raw_prompt(server: tuple[str, TinyOllama]) -> None:
    model = server[1].model(Import("gemma3"))
    assert not model.rendered(BEGUN).endswith(BEGINNING)
    prompt = model.rendered([USER]) + BEGINNING
    assert model.generate(prompt=prompt, raw=True, think=False) == (200, CONTINUED)


@pytest.mark.real_embedded
def test_llama_cpp_keeps_thoughts_of_a_schema_apart(weights: Weights) -> None:
    parts.xllamacpp()
    with embedded(weights.path("qwen3")) as server:
        answer = server.chat(response_format={"type": "json_schema", "json_schema": {"schema": SCHEMA}})
        assert THOUGHT in answer.thinking
        assert answer.content.startswith('{"verdict":')


@pytest.mark.real_embedded
@pytest.mark.parametrize("name", ["qwen3", "gpt-oss", "deepseek-r1"])
def test_llama_cpp_continues_the_answer_of_a_model_that_may_think(weights: Weights, name: str) -> None:
    """Builds before b11549 refused that with 400 unless thinking was switched off."""
    parts.xllamacpp()
    with embedded(weights.path(name)) as server:
        for told in ({}, {"continue_final_message": True, "add_generation_prompt": False}):
            answer = server.chat(messages=BEGUN, **told)
            assert (answer.status, answer.thinking) == (200, "")
            assert answer.content.startswith(CONTINUED)


def test_a_tiny_model_is_small(weights: Weights, tmp_path: Path) -> None:
    assert all(weights.path(name).stat().st_size < 1_000_000 for name in FAMILIES)
