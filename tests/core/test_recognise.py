"""Names of models: completed as Ollama does, recognised as the catalogue's, and close to what somebody wrote."""

from __future__ import annotations

import pytest

from postil.core.models.catalogue import catalogue
from postil.core.models.names import full_name
from postil.core.models.recognise import closest, quantization_in, recognised, same_weights

CODER = "qwen2.5-coder"


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("llama3.1", "llama3.1:latest"),
        ("llama3.1:latest", "llama3.1:latest"),
        ("library/llama3.1", "llama3.1:latest"),
        ("registry.ollama.ai/library/llama3.1:latest", "llama3.1:latest"),
        ("https://registry.ollama.ai/library/llama3.1", "llama3.1:latest"),
        ("LLaMA3.1:8B", "llama3.1:8b"),
        ("me/llama3.1", "me/llama3.1:latest"),
        ("hf.co/Owner/Repo", "hf.co/owner/repo:latest"),
        ("hub.example:80/a/b", "hub.example:80/a/b:latest"),
    ],
)
def test_names_are_completed_as_ollama_does(name: str, full: str) -> None:
    assert full_name(name) == full


@pytest.mark.parametrize(
    ("name", "model"),
    [
        (f"{CODER}:1.5b", "1.5b"),
        (f"{CODER.upper()}:1.5B", "1.5b"),
        (f"library/{CODER}:3b", "3b"),
        (CODER, "7b"),
        (f"{CODER}:latest", "7b"),
        (f"{CODER}:1.5b-instruct-q4_K_M", "1.5b"),
        (f"{CODER}:14b-instruct-q8_0", "14b"),
        ("hf.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF:Q4_K_M", "1.5b"),
        ("hf.co/bartowski/Qwen2.5-Coder-7B-Instruct-GGUF", "7b"),
        ("/models/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "0.5b"),
        (f"{CODER}:1.5b-base", None),
        (f"{CODER}-abliterated:1.5b", None),
        (f"{CODER}:32b", None),
        ("qwen2.5:7b", None),
        ("someone/coder:1.5b", None),
    ],
)
def test_the_catalogues_model_under_any_name(name: str, model: str | None) -> None:
    found = recognised(name)
    assert (found.name if found else None) == (f"{CODER}:{model}" if model else None)


def test_what_the_engine_tells_counts_more_than_the_name() -> None:
    small = recognised(f"{CODER}:latest", parameters=1.5)
    assert small is not None and small.name == f"{CODER}:1.5b"
    assert recognised(f"{CODER}:1.5b", parameters=480.0) is None, "another model under that name"
    by_size = recognised(f"{CODER}:instruct", size=4_683_087_332)
    assert by_size is not None and by_size.name == f"{CODER}:7b"


def test_names_of_the_catalogue_are_completed_too() -> None:
    listed = catalogue()
    assert listed.get("Library/Qwen2.5-Coder:1.5B") is listed.get("qwen2.5-coder:1.5b") is not None
    assert listed.get(CODER) is None, "a name without a tag means latest"


@pytest.mark.parametrize(
    ("wanted", "name", "quantization", "same"),
    [
        (f"{CODER}:1.5b", f"{CODER}:1.5b-instruct-q4_K_M", "Q4_K_M", True),
        (f"{CODER}:1.5b", "hf.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF:Q4_K_M", "", True),
        (f"{CODER}:1.5b-instruct-q8_0", f"{CODER}:1.5b", "Q4_K_M", False),
        (f"{CODER}:1.5b", f"{CODER}:1.5b-instruct-q8_0", "Q8_0", False),
        (f"{CODER}:1.5b", f"{CODER}:7b", "Q4_K_M", False),
        ("llama3.1:8b", "llama3.1:8b-instruct-q4_K_M", "Q4_K_M", False),
    ],
)
def test_the_same_weights(wanted: str, name: str, quantization: str, same: bool) -> None:
    assert same_weights(wanted, name, None, None, quantization) is same


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a:7b-instruct-q4_K_M", "Q4_K_M"),
        ("Model-IQ3_XXS.gguf", "IQ3_XXS"),
        ("model-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("model.Q8_0.gguf", "Q8_0"),
        ("model-fp16", "F16"),
        ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
        ("qwen3:8b", ""),
    ],
)
def test_the_quantisation_in_a_name(text: str, found: str) -> None:
    assert quantization_in(text) == found


def test_the_closest_name() -> None:
    there = ["nomic-embed-text:latest", "llama3.1:8b", "llama3.1:70b", "codellama:7b"]
    assert closest("llama3.1", there) in ("llama3.1:8b", "llama3.1:70b")
    assert closest("llama3.1:8b-instruct", there) == "llama3.1:8b"
    assert closest("codelama:7b", there) == "codellama:7b"
    assert closest("llama-3.1", there) in ("llama3.1:8b", "llama3.1:70b")
    assert closest("lama3.1", there) in ("llama3.1:8b", "llama3.1:70b")
    assert closest("llama3.1-70b", there) == "llama3.1:70b"
    assert closest("Llama_3.1_8B", there) == "llama3.1:8b"
    assert closest("ollama/codellama:7b", there) == "codellama:7b"
    assert closest("mistral", there) is None
    assert closest("gemma3", ["llama3.1:8b"]) is None
    assert closest("llama3.1", []) is None
