"""How llama.cpp is set up in the child: batches, by what reads them, and how its threads wait for each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from tests import parts

from postil.engine.embedded import child as embedded_child
from postil.engine.embedded.messages import ChildConfig
from postil.engine.embedded.process import GOMP_SPINCOUNT, child_environment

CONFIG = {
    "model_path": "none.gguf",
    "num_ctx": 2048,
    "parallel": 2,
    "threads": 2,
    "gpu_layers": -1,
    "speculation": True,
    "api_key": "secret",
}


@pytest.mark.real_embedded
@pytest.mark.parametrize(
    ("devices", "layers", "size"),
    [
        (["CPU"], -1, embedded_child.CPU_BATCH),
        (["CPU", "GPU"], -1, embedded_child.GPU_BATCH),
        (["CPU", "IGPU"], 20, embedded_child.GPU_BATCH),
        (["CPU", "GPU"], 0, embedded_child.CPU_BATCH),
    ],
)
def test_the_batch_is_small_where_the_processor_reads(
    monkeypatch: pytest.MonkeyPatch, devices: list[str], layers: int, size: int
) -> None:
    parts.xllamacpp()
    import xllamacpp

    found = [{"type": SimpleNamespace(name=f"GGML_BACKEND_DEVICE_TYPE_{name}")} for name in devices]
    monkeypatch.setattr(xllamacpp, "get_device_info", lambda: found)
    monkeypatch.setattr(xllamacpp, "Server", lambda params: params)
    params: Any = embedded_child._serve(ChildConfig(**{**CONFIG, "gpu_layers": layers}))
    assert (params.n_batch, params.n_ubatch) == (size, size)


@pytest.mark.parametrize("batch", [embedded_child.CPU_BATCH, embedded_child.GPU_BATCH])
@pytest.mark.parametrize("slots", [1, 2, 3, 4, 8, 64])
def test_the_drafts_of_all_slots_fit_into_a_batch(batch: int, slots: int) -> None:
    draft, size = embedded_child.drafted(batch, slots)
    assert embedded_child.LEAST_DRAFT <= draft <= embedded_child.DRAFT_TOKENS
    assert slots * (1 + draft) <= size
    assert size == batch or draft == embedded_child.LEAST_DRAFT


@pytest.mark.real_embedded
@pytest.mark.skipif(sys.platform != "linux", reason="llama.cpp is built with GNU's OpenMP on Linux only")
@pytest.mark.parametrize(("users", "told"), [(None, GOMP_SPINCOUNT), ("77", "77")])
def test_threads_sleep_soon_while_others_take_the_cores(
    monkeypatch: pytest.MonkeyPatch, users: str | None, told: str
) -> None:
    """A review beside a build stood still: each core was spent on looking whether the other one is done."""
    parts.xllamacpp()
    # The library prints what it took when it is loaded; the user's own word counts.
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    if users:
        monkeypatch.setenv("GOMP_SPINCOUNT", users)
    environment = {
        **child_environment(), "OMP_DISPLAY_ENV": "verbose", "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "postil.engine.embedded.child"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stdin and child.stdout and child.stderr
        # Its end would be our own: it stays open until the child has said that there is no such model.
        child.stdin.write(json.dumps(CONFIG).encode() + b"\n")
        child.stdin.flush()
        assert "error" in json.loads(child.stdout.readline())
        said = child.stderr.read().decode()
    assert f"GOMP_SPINCOUNT = '{told}'" in said, said
