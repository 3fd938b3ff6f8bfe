"""Fixtures that several folders share: a real Ollama with the smallest model, and its weights."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import hypothesis
import pytest
from tests import parts
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling, Scheduling

# Starting Ollama takes under a second on an idle machine; this is for one that isn't.
_START_SECONDS = 60.0

# How long an example takes says something of the machine, nothing of the code.
hypothesis.settings.register_profile("postil", deadline=None)
hypothesis.settings.load_profile("postil")

# A run in the background of a shell (`make test &`, many a CI) inherits that Ctrl-C is ignored, and so would the
# children whose end by Ctrl-C is tested.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# So does one behind `nohup`, of a terminal's end.
if os.name != "nt" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@dataclass(frozen=True, slots=True)
class OllamaServer:
    """A running Ollama that holds `model`. `host` is its address with scheme, `pid` its process."""

    host: str
    model: str
    models_dir: Path
    pid: int


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite what the stories of tests/scenarios expect")


# Of the folders with real parts, what takes longest: it begins first.
_LONGEST = ("clients/test_vscode.py", "faults/test_faults.py", "faults/test_random.py", "faults/test_killed.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(Path(__file__).parent).as_posix()
        return _LONGEST.index(name) if name in _LONGEST else len(_LONGEST)

    items.sort(key=place)


class _Groups(LoadScopeScheduling):
    """What shares a server, an engine or an editor runs one after the other in one worker: a file, of tests/faults the
    rows of an engine. (`--dist loadgroup` writes the group into the node's id, which pytest 9.2 doesn't let it do.)"""

    def _split_scope(self, nodeid: str) -> str:
        file, _, row = nodeid.partition("::")
        if file.startswith("tests/faults/") and "[" in row:
            return file + re.split(r"[-\]]", row.partition("[")[2])[0]
        return file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """For `--dist loadgroup`."""
    return _Groups(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def embedded_gguf() -> Path:
    """The weights of the smallest model."""
    parts.xllamacpp()
    return parts.gguf(parts.SMALL)


@pytest.fixture(scope="session")
def ollama_server() -> Iterator[OllamaServer]:
    """A real Ollama on a free port, for the whole run, with the smallest model under the catalogue's name."""
    import filelock

    binary, weights = parts.ollama_binary(), parts.gguf(parts.SMALL)
    # Another version's store may have another shape.
    version = "" if parts.ollama_version() == parts.OLLAMA_VERSION else f"-{parts.ollama_version()}"
    models = parts.folder() / f"ollama-models-{parts.THREADS}{version}"
    models.mkdir(parents=True, exist_ok=True)
    with running_ollama(binary, models) as (host, pid):
        # Two test runs at once share the store: one of them imports.
        with filelock.FileLock(models / "import.lock"):
            import_model(host, parts.SMALL, weights)
        yield OllamaServer(host, parts.SMALL, models, pid)


@contextlib.contextmanager
def running_ollama(binary: Path, models: Path, parallel: int = 1, port: int = 0) -> Iterator[tuple[str, int]]:
    """An Ollama with this store: its address and process id. It is ended with its runners. It gives `parallel` requests
    their own context each. `port` 0: a free one."""
    with socket.socket() as probe:
        # Whoever had the port before may have been killed a moment ago.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("OLLAMA_")},
        "OLLAMA_HOST": address,
        "OLLAMA_MODELS": str(models),
        # Another run's server may be writing blobs that no manifest names yet.
        "OLLAMA_NOPRUNE": "1",
        "OLLAMA_KEEP_ALIVE": "10m",
        "OLLAMA_NUM_PARALLEL": str(parallel),
        # From 0.30 on it asks its maker's server for models and updates.
        "OLLAMA_NO_CLOUD": "1",
        # It writes a key there; the user's own stays as it is.
        "HOME": str(models.parent / "home"),
    }
    Path(environment["HOME"]).mkdir(parents=True, exist_ok=True)
    log = models.parent / f"ollama-{address.rpartition(':')[2]}.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [binary, "serve"],
            env=environment,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=os.name != "nt",
        )
    try:
        _wait(process, f"http://{address}", log)
        yield f"http://{address}", process.pid
    finally:
        _end(process)
        log.unlink(missing_ok=True)


def _wait(process: subprocess.Popen[bytes], host: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(trust_env=False, timeout=2.0) as client:
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if client.get(f"{host}/api/version").is_success:
                    return
            time.sleep(0.05)
    pytest.fail(f"Ollama didn't start:\n{log.read_text(encoding='utf-8')[-3000:]}", pytrace=False)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the server and the runners that it started (they are in its session)."""
    if os.name == "nt":
        process.terminate()
        process.wait(10)
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)


def import_model(host: str, name: str, weights: Path) -> None:
    import ollama

    from postil.core.models.catalogue import catalogue

    client = ollama.Client(host=host, trust_env=False)
    if any(model.model == name for model in client.list().models):
        return
    model = catalogue().get(name)
    assert model is not None
    template = catalogue().template_of(model)
    client.create(
        name,
        files={weights.name: client.create_blob(weights)},
        template=template.text,
        system=template.system,
        parameters={"stop": list(template.stop), "num_thread": parts.THREADS},
    )
