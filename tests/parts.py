"""The real parts that `make test` sets up: an Ollama built from its source, and weights.

A part that isn't there fails the test that wants it; with POSTIL_ALLOW_SKIP=1 it skips it.
"""

from __future__ import annotations

import importlib.util
import os
import signal
from pathlib import Path
from typing import NoReturn

import pytest

from postil.engine.store import cache_dir, find_gguf

OLLAMA_VERSION = "0.24.0"
SMALL = "qwen2.5-coder:0.5b"


def folder() -> Path:
    """The folder for what only the tests need. Outside the checkout."""
    return cache_dir() / "test-parts"


def missing(what: str) -> NoReturn:
    """A part isn't here."""
    if os.environ.get("POSTIL_ALLOW_SKIP") == "1":
        pytest.skip(f"{what} isn't here (POSTIL_ALLOW_SKIP=1)")
    pytest.fail(f"{what} isn't here: run `make test`, which sets it up", pytrace=False)


def ollama_binary() -> Path:
    """The Ollama that `scripts/build-ollama` made (POSTIL_TEST_OLLAMA names another one)."""
    given = os.environ.get("POSTIL_TEST_OLLAMA")
    if given:
        return Path(given)
    name = "ollama.exe" if os.name == "nt" else "ollama"
    found = sorted(folder().glob(f"ollama-{OLLAMA_VERSION}-*/{name}"))
    return found[-1] if found else missing(f"Ollama {OLLAMA_VERSION}")


def gguf(name: str = SMALL) -> Path:
    """The weights of a model of the catalogue."""
    return find_gguf(name) or missing(f"the model {name}")


def xllamacpp() -> None:
    """Fails unless the embedded engine's library is installed."""
    if importlib.util.find_spec("xllamacpp") is None:
        missing("xllamacpp")


def runs(pid: int) -> bool:
    """Whether a process lives (one that has ended but was not waited for doesn't)."""
    if os.name == "nt":
        import ctypes

        # SYNCHRONIZE; a process that ended can't be opened once nobody holds it.
        handle = ctypes.windll.kernel32.OpenProcess(0x100000, False, pid)  # type: ignore[attr-defined]
        return bool(handle) and ctypes.windll.kernel32.WaitForSingleObject(handle, 0) != 0  # type: ignore[attr-defined]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def kill(pid: int | None) -> None:
    """Ends a process at once, as the kernel does when memory is out."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
