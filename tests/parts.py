"""The real parts that `make test` sets up: an Ollama built from its source, weights, editors.

A part that isn't here skips the test that wants it. With POSTIL_ALLOW_SKIP=0, as continuous integration sets it, the
test fails.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import NoReturn

import psutil
import pytest

from postil.engine.download.store import cache_dir, find_gguf

# The one that all tests run against: it runs models itself.
OLLAMA_VERSION = "0.24.0"
# The newest that can be built here (scripts/build-ollama). It runs models through a llama-server: ours is of another
# build of llama.cpp than the one that it wants.
NEWEST_OLLAMA, NEWEST_LLAMA_CPP, NEWEST_WANTS = "0.34.4", "b11063", "b11081"
SMALL = "qwen2.5-coder:0.5b"
# Of every model in the tests. The threads of a model wait for each other at every layer, so one that loses its core
# stops them all: with one thread a model, several groups of tests can run at once on two cores.
THREADS = 1


def folder() -> Path:
    """The folder for what only the tests need. Outside the checkout."""
    return cache_dir() / "test-parts"


def missing(what: str) -> NoReturn:
    """A part isn't here."""
    said = f"{what} isn't here: `make test` sets it up, or says why it can't"
    if os.environ.get("POSTIL_ALLOW_SKIP") == "0":
        pytest.fail(said, pytrace=False)
    pytest.skip(said)


def ollama_version() -> str:
    """The version that the tests run against: with POSTIL_TEST_OLLAMA=newest the newest."""
    return NEWEST_OLLAMA if os.environ.get("POSTIL_TEST_OLLAMA") == "newest" else OLLAMA_VERSION


def ollama_binary(version: str = "") -> Path:
    """The Ollama that `scripts/build-ollama` made. POSTIL_TEST_OLLAMA names another one, POSTIL_TEST_NEWEST_OLLAMA
    another newest one."""
    version = version or ollama_version()
    given = os.environ.get("POSTIL_TEST_NEWEST_OLLAMA" if version == NEWEST_OLLAMA else "POSTIL_TEST_OLLAMA")
    if given and given != "newest":
        return Path(given)
    name = "ollama.exe" if os.name == "nt" else "ollama"
    build = f"{version}-{NEWEST_LLAMA_CPP}" if version == NEWEST_OLLAMA else version
    found = sorted(folder().glob(f"ollama-{build}-*/{name}"))
    return found[-1] if found else missing(f"Ollama {version}")


def ollama_templates() -> Path:
    """The chat templates that Ollama knows, out of its own module."""
    found = folder() / f"ollama-templates-{OLLAMA_VERSION}.json"
    return found if found.exists() else missing(f"the list of templates of Ollama {OLLAMA_VERSION}")


def tools() -> Path:
    """What `scripts/tools-parts` installed: a folder with `bin` and `node_modules`."""
    found = sorted(folder().glob("tools-*/done"))
    return found[-1].parent if found else missing("mypy, ESLint, the TypeScript compiler and staticcheck")


def mcp() -> Path:
    """What `scripts/mcp-parts` installed: a folder with `venv` and `node_modules`."""
    found = sorted(folder().glob("mcp-*/done"))
    return found[-1].parent if found else missing("MCP's reference servers and its inspector")


def acpx() -> tuple[str, str]:
    """The Node and the script that `scripts/acp-parts` installed."""
    found = sorted(folder().glob("acpx-*-node-*/node_modules/acpx/dist/cli.js"))
    return (str(found[-1].parents[3] / "bin" / "node"), str(found[-1])) if found else missing("acpx")


def gguf(name: str = SMALL) -> Path:
    """The weights of a model of the catalogue."""
    return find_gguf(name) or missing(f"the model {name}")


def minilm_path() -> Path:
    """Where `python -m tests.minilm` writes a real model that embeds."""
    return folder() / "all-MiniLM-L6-v2-Q8_0.gguf"


def minilm() -> Path:
    """A real model that embeds."""
    found = minilm_path()
    return found if found.exists() else missing("all-MiniLM-L6-v2 as a GGUF")


def xllamacpp() -> None:
    """Fails unless the embedded engine's library is installed."""
    if importlib.util.find_spec("xllamacpp") is None:
        missing("xllamacpp")


def runs(pid: int) -> bool:
    """Whether a process lives (one that has ended but was not waited for doesn't)."""
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def kill(pid: int | None) -> None:
    """Ends a process at once, as the kernel does when memory is out."""
    assert pid is not None
    psutil.Process(pid).kill()
