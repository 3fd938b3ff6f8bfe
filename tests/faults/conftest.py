"""An Ollama of the suite's own, with a context for each kind of request: what a kind begins with is read once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests import parts
from tests.conftest import OllamaServer, running_ollama

# A rewrite, its three checks, a list, ghost text.
PARALLEL = 6


@pytest.fixture(scope="session")
def six_slots(ollama_server: OllamaServer) -> Iterator[OllamaServer]:
    """The shared one has imported the model."""
    with running_ollama(parts.ollama_binary(), ollama_server.models_dir, PARALLEL) as (host, pid):
        yield OllamaServer(host, ollama_server.model, ollama_server.models_dir, pid)
