"""The catalogue overlay that POSTIL_CATALOGUE names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from postil.core.models.catalogue import (
    HubSource,
    OllamaSource,
    PypiSource,
    catalogue,
    parse_overlay,
    shipped_catalogue,
    use_catalogue,
)
from postil.engine.download.overlay import use_overlay

WEIGHTS = Path(__file__).parents[2] / "scripts" / "weights.toml"
SMALL = "qwen2.5-coder:0.5b"


@pytest.fixture(autouse=True)
def shipped_again() -> Iterator[None]:
    yield
    use_catalogue(None)


def test_the_shipped_catalogue_names_the_hub_and_ollama_only() -> None:
    kinds = {type(source) for model in shipped_catalogue().models for source in model.sources}
    assert kinds == {HubSource, OllamaSource}


def test_an_overlay_adds_sources_after_the_models_own() -> None:
    assert use_overlay(str(WEIGHTS)) is None
    small = catalogue().get(SMALL)
    assert small is not None
    assert [type(source) for source in small.sources] == [OllamaSource, HubSource, PypiSource]


def test_an_overlay_adds_models_with_their_templates() -> None:
    text = """
[templates.plain]
text = "{{ .Prompt }}"

[[models]]
name = "team:1b"
roles = ["review"]
parameters = 1_000_000_000
about = 700_000_000
file = "team-1b.gguf"
context_length = 4096
kv_bytes = 1024
memory = 1_000_000_000
licence = "MIT"
template = "plain"
sources = [{ kind = "hub", repo = "team/one", file = "team-1b.gguf" }]
"""
    found, problems = parse_overlay(text, shipped_catalogue())
    assert problems == () and found is not None
    added = found.get("team:1b")
    assert added is not None and found.template_of(added).text == "{{ .Prompt }}"
    assert found.models[: len(shipped_catalogue().models)] == shipped_catalogue().models


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[sources]", "[source]", "unknown field `source`"),
        (f'"{SMALL}"', '"qwen2.5-coder:0.4b"', r"the catalogue has no qwen2\.5-coder:0\.4b"),
        ("parts = 6,", "parts = 1001,", r"`int` <= 1000 - at `\$\.sources\[\.\.\.\]\[0\]\.parts`"),
        ("parts = 6,", "parts = 5,", r"5 parts of 89128960 don't make 491400064"),
        ("parts = 6,", "pieces = 6,", "unknown field `pieces`"),
        ("[sources]", "[sources", "not valid TOML"),
    ],
)
def test_a_wrong_overlay_is_refused_with_its_place(old: str, new: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "overlay.toml"
    file.write_text(WEIGHTS.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    problem = use_overlay(str(file))
    assert problem is not None and problem.startswith(str(file))
    assert re.search(message, problem), problem
    assert catalogue() is shipped_catalogue()


def test_an_overlay_that_is_not_there_ends_the_command(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.toml"
    done = subprocess.run(
        [sys.executable, "-m", "postil", "models", "list"],
        env={**os.environ, "POSTIL_CATALOGUE": str(missing)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert done.stderr == f"postil: POSTIL_CATALOGUE: can't read {missing}: No such file or directory\n"
