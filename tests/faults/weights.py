"""The model of the faults: scripted weights, so that what it says costs nothing and is the same on every machine.

What real weights say while an engine fails is in `test_killed.py`; that they say it at all in `tests/real`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests import parts
from tests.conftest import OllamaServer, import_model, running_ollama
from tests.tiny.families import FAMILIES
from tests.tiny.script import Script
from tests.tiny.weights import write

# Two documents are read at the same time.
PARALLEL = 2
_END = "<|im_end|>"
# It writes one line and the end of its fence behind any beginning of an answer, three words into any gap, and where a
# grammar leaves it no choice an empty list: as several tokens, so that something can happen between them.
_MENDS = ("    return", " a", " +", " b", "\n```", _END)
_FILLS = ("number", " *", " 2", _END)
MENDER = replace(FAMILIES["qwen2.5-coder"], name="mender", script=Script(_MENDS, {"<|fim_middle|>": _FILLS}))


def write_mender(folder: Path) -> Path:
    path = folder / "mender.gguf"
    write(MENDER, MENDER.template_text(parts.ollama_templates()), path)
    return path


@contextmanager
def ollama_with(weights: Path, models: Path) -> Iterator[OllamaServer]:
    """A real Ollama that holds these weights under the name of the smallest model."""
    with running_ollama(parts.ollama_binary(), models, PARALLEL) as (host, pid):
        import_model(host, parts.SMALL, weights)
        yield OllamaServer(host, parts.SMALL, models, pid)
