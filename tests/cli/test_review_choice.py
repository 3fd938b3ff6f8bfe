"""`postil review` with what somebody already has: whose model reads, why, and what is asked before the first review."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests import forked, parts
from tests.engine.played_ollama import CLOUD, CODER, EMBEDDING, LLAMA, SMALL_CODER, Held, PlayedOllama, played_ollama

FILE_OF_DEFAULT = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
CODE = "def area(width, height):\n    return width * height\n"


class Machine:
    """A user's machine: an Ollama, a cache, personas."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        (self.folder / "area.py").write_text(CODE, encoding="utf-8")
        self.cache = folder / "cache"
        config = folder / "config" / "postil"
        (config / "personas").mkdir(parents=True)
        # A machine that is busy with other tests isn't what these are about.
        (config / "postil.toml").write_text("timeouts.connect = 60\n", encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        self.environment = kept | {
            "PYTHONUTF8": "1",
            "NO_COLOR": "1",
            "POSTIL_CACHE_DIR": str(self.cache),
            "OLLAMA_MODELS": str(folder / "ollama"),
            "HF_ENDPOINT": "http://127.0.0.1:9",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "HOME": str(folder),
        }

    def review(self, ollama: PlayedOllama, *words: str, code: int = 0) -> str:
        """What both streams say."""
        done = self.run(ollama, "review", "area.py", *words)
        assert done.returncode == code, done
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def run(self, ollama: PlayedOllama, *words: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment | {"OLLAMA_HOST": ollama.url}
        return forked.run(words, self.folder, environment, timeout=120)

    def embedded(self) -> None:
        """The default model lies embedded (without weights: no test here loads it)."""
        parts.xllamacpp()
        path = self.cache / "models" / FILE_OF_DEFAULT
        path.parent.mkdir(parents=True)
        path.write_bytes(b"GGUF")

    def persona(self, name: str, model: str) -> None:
        path = self.folder.parent / "config" / "postil" / "personas" / f"{name}.Modelfile"
        path.write_text(f"#: role: review\nFROM {model}\nSYSTEM You review.\n", encoding="utf-8")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_an_ollama_that_holds_only_llama_reviews_with_it_at_once(machine: Machine) -> None:
    with played_ollama(LLAMA) as ollama:
        said = machine.review(ollama)
    assert {body["model"] for body in ollama.of("/api/chat")} == {"llama3.1:8b"}
    assert "0 notes in 1 file" in said
    assert f"ollama (Ollama answers at {ollama.url}; the only model there that can review" in said
    assert "isn't measured by us" in said
    assert "pull" not in said


def test_choosing_costs_two_requests_at_most(machine: Machine) -> None:
    with played_ollama(EMBEDDING, LLAMA, CODER, CLOUD) as ollama:
        machine.review(ollama)
    assert ollama.before_the_review.count("/api/tags") == 1
    assert ollama.before_the_review.count("/api/show") == 1
    assert {"/api/pull", "/api/create"}.isdisjoint(ollama.before_the_review)


def test_with_only_an_embedding_model_it_says_what_to_pull(machine: Machine) -> None:
    with played_ollama(EMBEDDING) as ollama:
        said = machine.review(ollama, code=3)
    assert "nomic-embed-text:latest makes embeddings only" in said
    assert "Get it with: postil models pull qwen2.5-coder:1.5b" in said
    assert not ollama.of("/api/chat") and not ollama.of("/api/pull")


def test_the_coder_without_a_tag_is_recognised(machine: Machine) -> None:
    with played_ollama(CODER, LLAMA) as ollama:
        said = machine.review(ollama)
    assert {body["model"] for body in ollama.of("/api/chat")} == {"qwen2.5-coder:latest"}
    assert "pull" not in said


@pytest.mark.parametrize(
    "name",
    ["qwen2.5-coder:1.5b-instruct-q4_K_M", "hf.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF:Q4_K_M", "Qwen2.5-Coder:1.5B"],
)
def test_the_default_under_another_name_is_the_persona_s_own(machine: Machine, name: str) -> None:
    held = Held(name, "1.5B", "qwen2", 986_062_089, capabilities=("completion", "insert"))
    with played_ollama(LLAMA, held) as ollama:
        said = machine.review(ollama)
    assert {body["model"] for body in ollama.of("/api/chat")} == {name}
    assert "it is the FROM of reviewer" in said


@pytest.mark.parametrize(
    "held",
    [
        CLOUD,
        # `ollama cp` keeps the host, not the name.
        Held("mine:latest", "480B", "qwen3moe", 384, "", ("completion",), "https://ollama.com:443"),
        Held("qwen2.5-coder:1.5b", "480B", "qwen3moe", 384, "", ("completion",), "https://ollama.com:443"),
    ],
    ids=["its name says it", "a copy", "a copy under the default's name"],
)
def test_a_model_that_runs_elsewhere_is_never_taken_unasked(machine: Machine, held: Held) -> None:
    with played_ollama(held) as ollama:
        said = machine.review(ollama, code=3)
    assert not ollama.of("/api/chat")
    assert f"{held.name} runs on another machine and isn't taken unasked" in said
    with played_ollama(held, LLAMA) as ollama:
        machine.review(ollama)
    assert {body["model"] for body in ollama.of("/api/chat")} == {"llama3.1:8b"}


def test_a_cloud_model_that_is_asked_for_is_used(machine: Machine) -> None:
    with played_ollama(CLOUD, LLAMA) as ollama:
        said = machine.review(ollama, "-m", CLOUD.name)
    assert {body["model"] for body in ollama.of("/api/chat")} == {CLOUD.name}
    assert "it runs on another machine" in said


def test_a_persona_is_read_by_its_own_model_though_another_lies_embedded(machine: Machine) -> None:
    machine.embedded()
    machine.persona("mine", "llama3.1:8b")
    with played_ollama(LLAMA) as ollama:
        said = machine.review(ollama, "-p", "mine")
    assert {body["model"] for body in ollama.of("/api/chat")} == {"llama3.1:8b"}
    assert "it is the FROM of mine" in said


def test_a_persona_whose_model_is_nowhere_says_who_reads_in_its_place(machine: Machine) -> None:
    machine.persona("mine", "mistral-nemo:12b")
    with played_ollama(LLAMA) as ollama:
        done = machine.run(ollama, "review", "area.py", "-p", "mine")
    assert done.returncode == 0, done
    assert (
        "mistral-nemo:12b, the FROM of mine, isn't held by ollama and embedded (get it with: postil models pull"
        " mistral-nemo:12b). llama3.1:8b takes its place."
    ) in done.stderr


def test_the_one_that_lies_embedded_leaves_the_review_to_ollama(machine: Machine) -> None:
    machine.embedded()
    with played_ollama(LLAMA) as ollama:
        said = machine.review(ollama)
    assert {body["model"] for body in ollama.of("/api/chat")} == {"llama3.1:8b"}
    assert "the only model there that can review" in said


def test_a_name_without_a_tag_is_the_only_one_of_its_family(machine: Machine) -> None:
    with played_ollama(LLAMA, EMBEDDING) as ollama:
        said = machine.review(ollama, "-m", "llama3.1")
    assert {body["model"] for body in ollama.of("/api/chat")} == {"llama3.1:8b"}
    assert "llama3.1 means llama3.1:latest, which isn't here; llama3.1:8b is the only llama3.1 that is" in said
    assert 'Name it to choose it: "llama3.1:8b" (model.review, -m)' in said


@pytest.mark.parametrize("name", ["llama3.1:70b", "lama3.1:8b", "llama3.1:8b-instruct-q4_K_M"])
def test_a_name_that_is_nowhere_is_told_with_the_closest(machine: Machine, name: str) -> None:
    with played_ollama(LLAMA, EMBEDDING) as ollama:
        said = machine.review(ollama, "-m", name, code=3)
    assert f"doesn't hold {name} (it holds: llama3.1:8b, nomic-embed-text:latest)" in said
    assert (
        'The closest is llama3.1:8b: set model.review = "llama3.1:8b", or call `postil review -m llama3.1:8b`' in said
    )
    assert not ollama.of("/api/chat")


@pytest.mark.parametrize("name", ["LLAMA3.1:8B", "library/llama3.1:8b", "registry.ollama.ai/library/llama3.1:8b"])
def test_names_are_completed_as_ollama_does(machine: Machine, name: str) -> None:
    with played_ollama(LLAMA, CODER) as ollama:
        machine.review(ollama, "-m", name)
    assert {body["model"] for body in ollama.of("/api/chat")} == {"llama3.1:8b"}


def test_an_embedding_model_that_is_named_is_refused_with_one_that_can(machine: Machine) -> None:
    with played_ollama(EMBEDDING, LLAMA) as ollama:
        said = machine.review(ollama, "-m", "nomic-embed-text", code=3)
    assert (
        "nomic-embed-text:latest makes embeddings and can't answer (model.review): set model.review to llama3.1:8b"
        in said
    )
    assert not ollama.of("/api/chat")


def test_a_model_of_one_s_own_is_taken_when_ollama_says_that_it_chats(machine: Machine) -> None:
    own = Held("mine:latest", "3.2B", "somethingnew", 2_000_000_000)
    with played_ollama(EMBEDDING, own) as ollama:
        machine.review(ollama)
    assert {body["model"] for body in ollama.of("/api/chat")} == {"mine:latest"}


def test_a_copy_of_an_embedding_model_under_another_name_is_found_out(machine: Machine) -> None:
    copy = Held("mine:latest", "0.6B", "qwen3", 600_000_000, capabilities=("embedding",))
    with played_ollama(copy, LLAMA) as ollama:
        machine.review(ollama)
    assert {body["model"] for body in ollama.of("/api/chat")} == {"llama3.1:8b"}


def test_the_measured_model_goes_first_where_it_is(machine: Machine) -> None:
    with played_ollama(LLAMA, CODER, SMALL_CODER) as ollama:
        machine.review(ollama)
    assert {body["model"] for body in ollama.of("/api/chat")} == {"qwen2.5-coder:1.5b"}


HUB = Held("hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M", "3.2B", size=2_000_000_000)


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("https://ollama.com/library/llama3.1", LLAMA),
        ("ollama.com/library/llama3.1:8b", LLAMA),
        (LLAMA.row()["digest"][:12], LLAMA),
        ("sha256:" + LLAMA.row()["digest"], LLAMA),
        ("huggingface.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M", HUB),
    ],
)
def test_a_model_is_found_as_pages_and_lists_write_it(machine: Machine, name: str, held: Held) -> None:
    with played_ollama(held) as ollama:
        machine.review(ollama, "-m", name)
    assert {body["model"] for body in ollama.of("/api/chat")} == {held.name}


@pytest.mark.parametrize("name", ["llama-3.1", "lama3.1", "llama3.1-8b", "ollama/llama3.1:8b"])
def test_a_name_that_can_t_be_pulled_has_no_command_for_that(machine: Machine, name: str) -> None:
    with played_ollama(LLAMA) as ollama:
        said = machine.review(ollama, "-m", name, code=3)
    assert "call `postil review -m llama3.1:8b`" in said and "models pull" not in said


@pytest.mark.parametrize(
    "untrained",
    [
        Held("llama3.1:8b-text-q4_K_M"),
        Held("hf.co/unsloth/Qwen3-8B-Base-GGUF:Q4_K_M", "8.2B", "qwen3"),
        Held("gemma3:12b-pt-q4_K_M", "12.2B", "gemma3"),
    ],
)
def test_weights_that_weren_t_trained_to_answer_are_not_taken(machine: Machine, untrained: Held) -> None:
    small = Held("llama3.2:3b", "3.2B", size=2_000_000_000)
    with played_ollama(untrained, small) as ollama:
        machine.review(ollama)
    assert {body["model"] for body in ollama.of("/api/chat")} == {small.name}


def test_an_empty_list_of_capabilities_says_nothing(machine: Machine) -> None:
    with played_ollama(Held("mistral:7b", "7.2B", capabilities=())) as ollama:
        machine.review(ollama)
