"""Where a model's file is found: the user's path, our cache, a local Ollama's store."""

from __future__ import annotations

import json
from contextlib import aclosing
from pathlib import Path

import pytest

from postil.core.models.catalogue import catalogue
from postil.engine.base import ModelMissing
from postil.engine.download.fetch import fetch
from postil.engine.download.store import cache_dir, find_gguf, ollama_blob, resolver
from postil.settings import EmbeddedSettings, Settings

NAME = "qwen2.5-coder:1.5b"
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))


def pulled(store: Path, *manifest: str, content: bytes = b"GGUF and so on", digest: str = DIGEST) -> Path:
    """A model in an Ollama store, as Ollama lays it out."""
    place = store.joinpath("manifests", *manifest)
    place.parent.mkdir(parents=True, exist_ok=True)
    layers = [
        {"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:" + "0" * 64, "size": 3},
        {"mediaType": "application/vnd.ollama.image.model", "digest": digest, "size": len(content)},
    ]
    place.write_text(json.dumps({"schemaVersion": 2, "layers": layers}), encoding="utf-8")
    blob = store / "blobs" / digest.replace(":", "-")
    blob.parent.mkdir(exist_ok=True)
    blob.write_bytes(content)
    return blob


def in_cache(name: str) -> Path:
    model = catalogue().get(name)
    assert model is not None
    path = cache_dir() / "models" / model.file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF")
    return path


def test_nothing_is_found_where_nothing_is() -> None:
    assert find_gguf(NAME) is None


def test_the_cache_comes_before_ollama(tmp_path: Path) -> None:
    blob = pulled(tmp_path / "ollama", "registry.ollama.ai", "library", "qwen2.5-coder", "1.5b")
    assert find_gguf(NAME) == blob
    assert find_gguf("qwen2.5-coder:0.5b") is None
    assert find_gguf(NAME) == blob
    path = in_cache(NAME)
    assert find_gguf(NAME) == path


def test_the_users_path_is_not_replaced(tmp_path: Path) -> None:
    in_cache(NAME)
    own = tmp_path / "own.gguf"
    assert find_gguf(NAME, str(own)) is None
    own.write_bytes(b"GGUF")
    assert find_gguf(NAME, str(own)) == own


@pytest.mark.parametrize(
    ("name", "manifest"),
    [
        ("llama", ("registry.ollama.ai", "library", "llama", "latest")),
        ("me/llama:8b", ("registry.ollama.ai", "me", "llama", "8b")),
        ("hub.example/me/llama:8b", ("hub.example", "me", "llama", "8b")),
    ],
)
def test_ollamas_names(tmp_path: Path, name: str, manifest: tuple[str, ...]) -> None:
    assert ollama_blob(name) is None
    blob = pulled(tmp_path / "ollama", *manifest)
    assert ollama_blob(name) == blob


@pytest.mark.parametrize("name", ["", "../../../secret:x", "..:..", "a/../b:c", "x:..", "a b:c", "/etc:passwd"])
def test_a_name_never_leads_out_of_the_store(tmp_path: Path, name: str) -> None:
    outside = {"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": DIGEST}]}
    pulled(tmp_path / "ollama", "registry.ollama.ai", "library", "a", "b")
    for place in (tmp_path / "secret", tmp_path / "ollama" / "manifests" / "registry.ollama.ai" / "x"):
        place.write_text(json.dumps(outside), encoding="utf-8")
    assert ollama_blob(name) is None


@pytest.mark.parametrize("digest", ["sha256:../../etc/passwd", "md5:00", "", 7])
def test_a_manifest_never_leads_out_of_the_store(tmp_path: Path, digest: object) -> None:
    place = tmp_path / "ollama" / "manifests" / "registry.ollama.ai" / "library" / "a" / "b"
    place.parent.mkdir(parents=True)
    layers = [{"mediaType": "application/vnd.ollama.image.model", "digest": digest}]
    place.write_text(json.dumps({"layers": layers}), encoding="utf-8")
    assert ollama_blob("a:b") is None


@pytest.mark.parametrize("text", ["", "[]", "null", '{"layers": 3}', '{"layers": [null]}', "\udcff"])
def test_a_broken_manifest_is_no_model(tmp_path: Path, text: str) -> None:
    place = tmp_path / "ollama" / "manifests" / "registry.ollama.ai" / "library" / "a" / "b"
    place.parent.mkdir(parents=True)
    place.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert ollama_blob("a:b") is None


def test_weights_that_are_no_gguf_are_no_use(tmp_path: Path) -> None:
    pulled(tmp_path / "ollama", "registry.ollama.ai", "library", "a", "b", content=b"safetensors")
    assert ollama_blob("a:b") is None


async def test_what_ollama_holds_is_not_fetched_again(tmp_path: Path) -> None:
    blob = pulled(tmp_path / "ollama", "registry.ollama.ai", "library", "qwen2.5-coder", "1.5b")
    model = catalogue().get(NAME)
    assert model is not None
    async with aclosing(fetch(model)) as steps:
        found = [step async for step in steps]
    assert [step.path for step in found] == [blob]


def test_the_resolver_says_what_mends_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=f"postil models pull {NAME}") as caught:
        resolver(Settings())(NAME)
    assert caught.value.model == NAME
    with pytest.raises(ModelMissing, match=r"doesn't know llama:8b: use one of qwen2\.5-coder:0\.5b"):
        resolver(Settings())("llama:8b")
    settings = Settings(embedded=EmbeddedSettings(model_path=str(tmp_path / "gone.gguf")))
    with pytest.raises(ModelMissing, match=r"embedded\.model_path.*gone\.gguf"):
        resolver(settings)(NAME)
    path = in_cache(NAME)
    assert resolver(Settings())(NAME) == path
