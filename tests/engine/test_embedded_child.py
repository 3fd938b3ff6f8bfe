"""How llama.cpp is set up in the child: batches, by what reads them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from tests import parts

from postil.engine import embedded_child

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
    params = embedded_child._serve({**CONFIG, "gpu_layers": layers})
    assert (params.n_batch, params.n_ubatch) == (size, size)
