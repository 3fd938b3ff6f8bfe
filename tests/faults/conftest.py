"""The engines of the faults: a real Ollama and a real embedded engine with scripted weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import OllamaServer
from tests.faults.weights import ollama_with, write_mender


@pytest.fixture(scope="session")
def mender_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mender(tmp_path_factory.mktemp("mender"))


@pytest.fixture(scope="session")
def mender(mender_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OllamaServer]:
    with ollama_with(mender_gguf, tmp_path_factory.mktemp("ollama") / "models") as server:
        yield server
