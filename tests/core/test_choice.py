"""Which of the models that are there serves a role: the rules and their order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postil.core.models.advice import advice
from postil.core.models.choice import Candidate, Machine, ranked, refusal

LAPTOP = Machine(16_000_000_000, 0)
LARGE = Machine(34_000_000_000, 0)
GPU = Machine(34_000_000_000, 25_000_000_000)
LLAMA = Candidate("ollama", "llama3.1:8b", machine=LAPTOP, size=4_900_000_000, parameters=8.0)
SMALL_LLAMA = replace(LLAMA, name="llama3.2:3b", size=2_000_000_000, parameters=3.2)
CODER = replace(LLAMA, name="qwen2.5-coder:7b", size=4_700_000_000, parameters=7.6, infill=True)
MEASURED = replace(LLAMA, name="qwen2.5-coder:1.5b", size=986_000_000, parameters=1.5, infill=True, measured=True)
TINY = replace(LLAMA, name="qwen2.5-coder:0.5b", size=400_000_000, parameters=0.5, infill=True)
MOE = replace(LLAMA, name="qwen3-coder:30b", size=18_600_000_000, parameters=30.5, active=3.3, infill=True)
DENSE = replace(LLAMA, name="qwen2.5-coder:32b", size=20_000_000_000, parameters=32.8, infill=True)
EMBEDDING = replace(LLAMA, name="nomic-embed-text:latest", chat=False, embedding=True)
CLOUD = replace(LLAMA, name="gpt-oss:120b-cloud", size=384, parameters=117.0, remote=True)


def on(machine: Machine, *models: Candidate) -> list[Candidate]:
    return [replace(one, machine=machine) for one in models]


def best(role: str, *models: Candidate) -> str | None:
    able = ranked("complete" if role == "complete" else "review", models).able
    return able[0].name if able else None


@pytest.mark.parametrize(
    ("models", "name"),
    [
        ((LLAMA,), "llama3.1:8b"),
        ((EMBEDDING, CLOUD, LLAMA), "llama3.1:8b"),
        ((SMALL_LLAMA, LLAMA), "llama3.1:8b"),
        ((LLAMA, CODER), "qwen2.5-coder:7b"),
        ((LLAMA, CODER, MEASURED), "qwen2.5-coder:1.5b"),
        ((TINY, LLAMA), "llama3.1:8b"),
        ((EMBEDDING, CLOUD), None),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_who_reviews_on_a_laptop(models: tuple[Candidate, ...], name: str | None) -> None:
    assert best("review", *models) == name
    assert best("review", *reversed(models)) == name, "whatever the order of the list"


def test_without_a_gpu_a_mixture_of_experts_goes_before_a_dense_one_of_its_size() -> None:
    assert best("review", *on(LARGE, LLAMA, MOE, DENSE)) == "qwen3-coder:30b"
    assert best("review", *on(GPU, LLAMA, MOE, DENSE)) == "qwen2.5-coder:32b"
    assert best("review", *on(LARGE, LLAMA, DENSE)) == "llama3.1:8b", "a dense 32b isn't quick enough"
    assert best("review", *on(LARGE, DENSE)) == "qwen2.5-coder:32b", "unless nothing else is there"


def test_what_does_not_fit_is_not_taken() -> None:
    huge = replace(LLAMA, name="llama3.3:70b", size=43_000_000_000, parameters=70.6)
    assert refusal("review", replace(huge, machine=LAPTOP)) == "needs 50.0 GB of memory, and there are 16.0"
    assert best("review", huge, LLAMA) == "llama3.1:8b"
    assert best("review", huge) is None
    unknown = replace(huge, machine=Machine())
    assert best("review", unknown) == "llama3.3:70b", "of another machine nothing is known"


def test_what_fits_tightly_gives_way_and_says_so() -> None:
    machine = Machine(6_500_000_000, 0)
    assert best("review", *on(machine, LLAMA, SMALL_LLAMA)) == "llama3.2:3b"
    alone = ranked("review", on(machine, LLAMA))
    assert "it leaves little memory for everything else" in alone.why


def test_an_engine_that_goes_first_goes_first_unless_it_is_slow() -> None:
    embedded = replace(MEASURED, engine="embedded", rank=1)
    assert best("review", embedded, LLAMA) == "llama3.1:8b"
    slow = replace(DENSE, machine=LARGE)
    assert best("review", replace(embedded, machine=LARGE), slow) == "qwen2.5-coder:1.5b"


def test_a_family_that_nobody_knows_is_not_taken_unasked() -> None:
    own = replace(LLAMA, name="mine:latest", kin=False)
    assert best("review", own) is None
    assert best("review", own, TINY) == "qwen2.5-coder:0.5b"


@pytest.mark.parametrize(
    ("models", "name"),
    [
        ((LLAMA,), None),
        ((LLAMA, CODER, MEASURED, TINY), "qwen2.5-coder:1.5b"),
        ((CODER, TINY), "qwen2.5-coder:0.5b"),
        ((TINY, LLAMA), "qwen2.5-coder:0.5b"),
        ((CODER,), "qwen2.5-coder:7b"),
        ((replace(CLOUD, infill=True), TINY), "qwen2.5-coder:0.5b"),
    ],
)
def test_who_writes_ghost_text_on_a_laptop(models: tuple[Candidate, ...], name: str | None) -> None:
    """The smallest that is good; one below a billion parameters only where the good ones are slow."""
    assert best("complete", *models) == name


def test_ghost_text_is_not_written_by_what_is_far_too_slow() -> None:
    codestral = replace(CODER, name="codestral:22b", size=13_000_000_000, parameters=22.2)
    assert refusal("complete", replace(codestral, machine=LARGE)) == "is too slow for ghost text without a GPU"
    assert refusal("complete", replace(codestral, machine=GPU)) is None


def test_one_that_always_thinks_goes_behind_one_that_doesn_t() -> None:
    thinker = replace(LLAMA, name="phi4-reasoning:14b", parameters=8.5, thinks=True)
    assert best("review", thinker, LLAMA) == "llama3.1:8b"
    assert "it thinks before each answer" in ranked("review", (thinker,)).why


def test_a_toy_reviews_nothing() -> None:
    toy = replace(LLAMA, name="smollm2:135m", parameters=0.135)
    assert refusal("review", toy) == "is too small to review"
    assert best("review", toy, TINY) == "qwen2.5-coder:0.5b"


def test_a_base_model_writes_ghost_text_and_reviews_nothing() -> None:
    base = replace(CODER, name="starcoder2:3b", parameters=3.0, chat=False)
    assert best("complete", base) == "starcoder2:3b"
    assert refusal("review", base) == "wasn't trained to answer"


def test_the_reasons_are_sentences() -> None:
    found = ranked("review", (LLAMA, EMBEDDING, CLOUD))
    assert found.why == "the only model there that can review; how it reviews isn't measured by us"
    assert found.refused() == (
        "nomic-embed-text:latest makes embeddings only,"
        " gpt-oss:120b-cloud runs on another machine and isn't taken unasked"
    )
    assert ranked("review", (MEASURED, LLAMA)).why == "measured by us"
    assert ranked("review", (SMALL_LLAMA, LLAMA)).why.startswith("the largest model there; ")
    assert ranked("complete", (CODER, MEASURED)).why == "the smallest there that fills in well"


@pytest.mark.parametrize(
    ("machine", "model"),
    [
        (Machine(32_000_000_000, 0), "qwen3-coder:30b"),
        (Machine(24_000_000_000, 0), "qwen2.5-coder:1.5b"),
        (Machine(16_000_000_000, 8_500_000_000), "qwen2.5-coder:7b"),
        (Machine(32_000_000_000, 17_000_000_000), "qwen2.5-coder:14b"),
        (Machine(64_000_000_000, 25_700_000_000), "qwen3-coder:30b"),
        (Machine(34_000_000_000, 25_700_000_000, shared=True), "qwen3-coder:30b"),
        (Machine(8_000_000_000, 4_000_000_000), "qwen2.5-coder:1.5b"),
        (Machine(2_000_000_000, 0), "qwen2.5-coder:0.5b"),
        (Machine(1_000_000_000, 0), None),
    ],
)
def test_the_advice_fits_the_machine(machine: Machine, model: str | None) -> None:
    row = advice().for_machine("review", machine)
    assert (row.model if row else None) == model


def test_each_advice_says_whether_it_was_measured() -> None:
    found = {row.model: row.measured for row in (*advice().review, *advice().complete)}
    assert found["qwen2.5-coder:1.5b"] is True
    assert [name for name, measured in found.items() if measured] == ["qwen2.5-coder:1.5b"]
