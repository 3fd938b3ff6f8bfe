"""A file of the hub that no catalogue knows, loaded by the embedded engine under its name there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests import forked

REPO = "somebody/Qwen2.5-Coder-0.5B-Instruct-GGUF"
CODE = "def total(items):\n    result = 0\n    for item in items:\n        result += item\n    return result\n"


def test_the_embedded_engine_reviews_with_any_gguf_of_the_hub(tmp_path: Path, embedded_gguf: Path) -> None:
    folder = tmp_path / "cache" / "models" / "hf.co" / REPO
    folder.mkdir(parents=True)
    shutil.copy(embedded_gguf, folder / "Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf")
    name = f"hf.co/{REPO}:Q4_K_M"
    config = tmp_path / "config" / "postil"
    config.mkdir(parents=True)
    (config / "postil.toml").write_text(f'engine = "embedded"\n[model]\nreview = "{name}"\n', encoding="utf-8")
    (tmp_path / "total.py").write_text(CODE, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()} | {
        "POSTIL_CACHE_DIR": str(tmp_path / "cache"),
        "OLLAMA_MODELS": str(tmp_path / "ollama"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "HOME": str(tmp_path),
        "NO_COLOR": "1",
    }
    done = forked.run(("review", "total.py", "--fail-on", "never"), tmp_path, environment, timeout=600)
    assert done.returncode == 0, done
    assert f"model.review names it) with {name}" in done.stdout
    # The shipped personas read with what is there.
    (config / "postil.toml").write_text('engine = "embedded"\n', encoding="utf-8")
    done = forked.run(("review", "total.py", "--fail-on", "never"), tmp_path, environment, timeout=600)
    assert done.returncode == 0 and f"with {name}" in done.stdout, done
