"""The Ollama that `scripts/build-ollama` made, on a free port with a store of its own, holding one model."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from postil.core.models.catalogue import catalogue
from postil.engine.download.store import cache_dir, find_gguf

# Well under a second on an idle machine.
START_SECONDS = 60.0


def binary() -> Path | None:
    """The built binary (POSTIL_TEST_OLLAMA names another one)."""
    given = os.environ.get("POSTIL_TEST_OLLAMA")
    if given:
        return Path(given)
    found = sorted((cache_dir() / "test-parts").glob("ollama-*/ollama*"))
    return next((path for path in found if path.stem == "ollama" and os.access(path, os.X_OK)), None)


@asynccontextmanager
async def running(model: str, folder: Path) -> AsyncGenerator[str]:
    """Its address. The store is the tests', so that the weights are imported once."""
    program = binary()
    if program is None:
        raise RuntimeError("there is no Ollama to compare with: run scripts/build-ollama")
    models = cache_dir() / "test-parts" / "ollama-models"
    models.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OLLAMA_")} | {
        "OLLAMA_HOST": address.removeprefix("http://"),
        "OLLAMA_MODELS": str(models),
        # A test run may be writing blobs that no manifest names yet.
        "OLLAMA_NOPRUNE": "1",
        "OLLAMA_KEEP_ALIVE": "10m",
        "OLLAMA_NUM_PARALLEL": "1",
        # It writes a key there; the user's own stays as it is.
        "HOME": str(folder),
    }
    with (folder / "ollama.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program, "serve", env=environment, stdout=log, stderr=log, start_new_session=os.name != "nt"
        )
    try:
        await _import(address, model, models)
        yield address
    finally:
        await _end(process)


async def _import(address: str, name: str, models: Path) -> None:
    import filelock
    import ollama

    client = ollama.AsyncClient(host=address, trust_env=False)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            held = [model.model for model in (await client.list()).models]
            break
        except (ConnectionError, OSError):
            if time.monotonic() > deadline:
                raise RuntimeError("Ollama didn't start") from None
            await asyncio.sleep(0.05)
    known, weights = catalogue().get(name), find_gguf(name)
    if name in held or known is None or weights is None:
        return
    template = catalogue().template_of(known)
    async with filelock.AsyncFileLock(models / "import.lock"):
        await client.create(
            name,
            files={weights.name: await client.create_blob(weights)},
            template=template.text,
            system=template.system,
            parameters={"stop": list(template.stop)},
        )


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends the server and the runners that it started (they are in its session)."""
    if os.name == "nt":
        process.terminate()
    else:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 5)
    await process.wait()
