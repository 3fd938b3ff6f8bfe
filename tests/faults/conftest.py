"""An Ollama of the suite's own, with a context for each of three requests: what they have in common is read once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests import parts
from tests.conftest import OllamaServer, running_ollama

PARALLEL = 3


@pytest.fixture(scope="session")
def three_slots(ollama_server: OllamaServer) -> Iterator[OllamaServer]:
    """The shared one has imported the model."""
    with running_ollama(parts.ollama_binary(), ollama_server.models_dir, PARALLEL) as (host, pid):
        yield OllamaServer(host, ollama_server.model, ollama_server.models_dir, pid)
