"""Where GGUF files are: a path of the user's, our cache, or the blobs of an Ollama on this machine."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

from postil.core.models.catalogue import catalogue
from postil.engine.base import ModelMissing
from postil.settings import Settings

CACHE_VARIABLE = "POSTIL_CACHE_DIR"

# https://github.com/ollama/ollama/blob/v0.24.0/types/model/name.go
_NAME = re.compile(
    r"(?:(?:(?P<host>[\w.-]+(?::\d+)?)/)?(?P<namespace>[\w.-]+)/)?(?P<model>[\w.-]+)(?::(?P<tag>[\w.-]+))?"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MODEL_LAYER = "application/vnd.ollama.image.model"
_MAGIC = b"GGUF"
# A manifest is a few hundred bytes; whatever is larger isn't one.
_MAX_MANIFEST = 1_000_000


def cache_dir() -> Path:
    """Our folder for what can be fetched again: POSTIL_CACHE_DIR, else the platform's cache folder."""
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("postil", appauthor=False)


def models_dir() -> Path:
    """Where fetched models are kept. It need not exist."""
    return cache_dir() / "models"


def ollama_models_dir() -> Path:
    """Where an Ollama of this user keeps its models. It need not exist, and an Ollama that runs as a service
    of the system keeps them elsewhere."""
    given = os.environ.get("OLLAMA_MODELS")
    return Path(given).expanduser() if given else Path.home() / ".ollama" / "models"


def cached_gguf(name: str) -> Path | None:
    """A catalogue model's file in our cache. It was checked when it was written."""
    model = catalogue().get(name)
    if model is None:
        return None
    path = models_dir() / model.file
    return path if path.is_file() else None


def ollama_blob(name: str) -> Path | None:
    """The GGUF behind a model of the local Ollama store; None when there is none that can be read."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    parts = (
        match["host"] or "registry.ollama.ai",
        match["namespace"] or "library",
        match["model"],
        match["tag"] or "latest",
    )
    if any(part.strip(".") == "" for part in parts):
        return None
    store = ollama_models_dir()
    # Go writes the host's colon as it is, except on Windows, where a name can't hold one.
    manifest = store.joinpath("manifests", parts[0].replace(":", "%3A" if os.name == "nt" else ":"), *parts[1:])
    try:
        if not manifest.is_file() or manifest.stat().st_size > _MAX_MANIFEST:
            return None
        layers = json.loads(manifest.read_text(encoding="utf-8"))["layers"]
        digests = [layer["digest"] for layer in layers if layer.get("mediaType") == _MODEL_LAYER]
        if len(digests) != 1 or not _DIGEST.fullmatch(digests[0]):
            return None
        blob = store / "blobs" / digests[0].replace(":", "-")
        with blob.open("rb") as file:
            return blob if file.read(len(_MAGIC)) == _MAGIC else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Somebody else's store, in a shape or with rights that we can't know: then it is of no use to us.
        return None


def find_gguf(name: str, explicit: str | None = None) -> Path | None:
    """The file of a model. `explicit` wins and is not replaced by another place when it isn't there."""
    if explicit:
        path = Path(explicit).expanduser()
        return path if path.is_file() else None
    return cached_gguf(name) or ollama_blob(name)


def resolver(settings: Settings) -> Callable[[str], Path]:
    """Gives a model's file, or raises ModelMissing with what mends it."""
    explicit = settings.embedded.model_path

    def resolve(name: str) -> Path:
        path = find_gguf(name, explicit)
        if path is not None:
            return path
        if explicit:
            raise ModelMissing(f"embedded.model_path: there is no file {explicit}: set it right or remove it", name)
        if catalogue().get(name) is None:
            known = ", ".join(model.name for model in catalogue().models)
            raise ModelMissing(
                f"the embedded engine doesn't know {name}: use one of {known}, or set embedded.model_path",
                name,
            )
        raise ModelMissing(f"{name} isn't here yet: run `postil models pull {name}`", name)

    return resolve
