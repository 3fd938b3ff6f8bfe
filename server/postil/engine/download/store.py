"""Finds GGUF files: at a path of the user's, in our cache, or in the store of an Ollama on this machine."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import platformdirs
from msgspec import Meta

from postil.core.models.catalogue import HubSource, Model, catalogue
from postil.core.models.hub_name import HubName, NoSuchFile, chosen_file, file_quantization, hub_name
from postil.core.models.recognise import quantization_in
from postil.engine.base import ModelMissing
from postil.settings import Settings

CACHE_VARIABLE = "POSTIL_CACHE_DIR"

# https://github.com/ollama/ollama/blob/v0.24.0/types/model/name.go
_NAME = re.compile(
    r"(?:(?:(?P<host>[\w.-]+(?::\d+)?)/)?(?P<namespace>[\w.-]+)/)?(?P<model>[\w.-]+)(?::(?P<tag>[\w.-]+))?"
)
_MODEL_LAYER = "application/vnd.ollama.image.model"
_MAGIC = b"GGUF"
# A manifest is a few hundred bytes; whatever is larger isn't one.
_MAX_MANIFEST = 1_000_000


class _Layer(msgspec.Struct):
    mediaType: str = ""
    digest: Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}\Z")] = "sha256:" + 64 * "0"


class _Manifest(msgspec.Struct):
    """The part of a model's manifest in Ollama's store that is read here."""

    layers: tuple[_Layer, ...]


def cache_dir() -> Path:
    """Our folder for what can be fetched again: POSTIL_CACHE_DIR, else the platform's cache folder."""
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given).expanduser().absolute()
    return platformdirs.user_cache_path("postil", appauthor=False)


def models_dir() -> Path:
    """Where fetched models are kept. It need not exist."""
    return cache_dir() / "models"


def ollama_models_dir() -> Path:
    """Where an Ollama of this user keeps its models. The folder need not exist; an Ollama that runs as a system service
    keeps them elsewhere."""
    given = os.environ.get("OLLAMA_MODELS")
    return Path(given).expanduser() if given else Path.home() / ".ollama" / "models"


def cached_gguf(name: str) -> Path | None:
    """A model's file in our cache. Its SHA-256 was checked when it was written."""
    model, on_hub = catalogue().get(name), hub_name(name)
    if model is None and on_hub is not None:
        model = catalogue_file(on_hub)
        if model is None:
            return hub_gguf(on_hub)
    if model is None:
        return None
    path = models_dir() / model.file
    return path if path.is_file() else None


def catalogue_file(name: HubName) -> Model | None:
    """The model of the catalogue whose file a name of the hub means."""
    for model in catalogue().models:
        for source in model.sources:
            if isinstance(source, HubSource) and source.repo.lower() == name.repo.lower():
                means = file_quantization(name)
                if source.file == name.file if name.file else quantization_in(source.file) == means:
                    return model
    return None


def hub_folder(repo: str, file: str = "") -> Path:
    """Where the files of a repository of the hub are kept, or where this one is."""
    return models_dir().joinpath("hf.co", *repo.split("/"), *file.split("/")[:-1])


def hub_gguf(name: HubName, ending: str = "") -> Path | None:
    """The fetched file that a name of the hub means; capitals don't count. `ending`: of what lies in its place
    (".partial"), the path is without it."""
    files = {file: path for repo, file, path in _hub_files(ending) if repo.lower() == name.repo.lower()}
    try:
        return files[chosen_file(name, list(files))]
    except NoSuchFile:
        return None


def hub_models() -> dict[str, Path]:
    """All fetched files of the hub by their names: with the quantisation, where no other file has the same."""
    listed = [(repo, file, path, quantization_in(path.name)) for repo, file, path in _hub_files()]
    tags = Counter((repo, tag) for repo, _, _, tag in listed)

    def name(repo: str, file: str, tag: str) -> HubName:
        return HubName(repo, tag) if tag and tags[repo, tag] == 1 else HubName(repo, file=file)

    return {name(repo, file, tag).shown: path for repo, file, path, tag in listed}


def _hub_files(ending: str = "") -> Iterator[tuple[str, str, Path]]:
    """Repository, file in it, and path of each."""
    root = models_dir() / "hf.co"
    try:
        paths = sorted(root.glob(f"*/*/**/*.gguf{ending}"))
    except OSError:
        return
    for path in paths:
        whole = path.with_name(path.name.removesuffix(ending))
        owner, repo, *file = whole.relative_to(root).parts
        if path.is_file():
            yield f"{owner}/{repo}", "/".join(file), whole


def ollama_blob(name: str) -> Path | None:
    """The GGUF file of a model in the local Ollama store; None when there is none that can be read."""
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
        layers = msgspec.json.decode(manifest.read_bytes(), type=_Manifest).layers
        digests = [layer.digest for layer in layers if layer.mediaType == _MODEL_LAYER]
        if len(digests) != 1:
            return None
        blob = store / "blobs" / digests[0].replace(":", "-")
        with blob.open("rb") as file:
            return blob if file.read(len(_MAGIC)) == _MAGIC else None
    except (OSError, ValueError, msgspec.DecodeError):
        # Not readable, or of another shape: the store isn't ours.
        return None


def find_gguf(name: str, explicit: str | None = None) -> Path | None:
    """The file of a model. When `explicit` is set, no other place is searched."""
    if explicit:
        path = Path(explicit).expanduser()
        return path if path.is_file() else None
    return cached_gguf(name) or ollama_blob(name)


def resolver(settings: Settings) -> Callable[[str], Path]:
    """A function that gives a model's file, or raises ModelMissing with the next step."""
    explicit = settings.embedded.model_path

    def resolve(name: str) -> Path:
        path = find_gguf(name, explicit)
        if path is not None:
            return path
        if explicit:
            raise ModelMissing(f"embedded.model_path: there is no file {explicit}: set it right or remove it", name)
        if catalogue().get(name) is None and hub_name(name) is None:
            known = ", ".join(model.name for model in catalogue().models)
            raise ModelMissing(
                f"the embedded engine doesn't know {name}: use one of {known}, a GGUF file of the hub"
                " (hf.co/OWNER/REPOSITORY:Q4_K_M), or set embedded.model_path",
                name,
            )
        raise ModelMissing(f"{name} isn't here yet: run `postil models pull {name} --engine embedded`", name)

    return resolve
