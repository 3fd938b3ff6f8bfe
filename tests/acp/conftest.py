"""A small repository, and a user who has nothing but a model of the script's."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.acp.editing import MODEL

FEES = "LATE = 7\n\n\ndef late(x):\n    return x * LATE / 10\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    config = tmp_path / "config" / "postil" / "postil.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[model]\nreview = "{MODEL}"\n', encoding="utf-8")
    place = tmp_path / "shop"
    (place / "src").mkdir(parents=True)
    (place / "src" / "fees.py").write_text(FEES, encoding="utf-8")
    return place.resolve()
