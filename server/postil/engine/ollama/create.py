"""Prepares `/api/create`: the files of a Modelfile uploaded, its FROM looked up, the request's body."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import ollama

from postil.core.modelfile.create import CreateModel
from postil.engine.base import EngineRefused, ModelMissing
from postil.engine.json_values import JsonObject
from postil.engine.ollama.client import http_client

# Ollama leaves these out of the names that it lists.
_DEFAULT_HOSTS = ("https://registry.ollama.ai/", "registry.ollama.ai/", "library/")


def file_of(command: str, text: str, folder: Path | None, inside: Path | None = None) -> Path | None:
    """The file that FROM or ADAPTER names, relative to `folder`; None when it names a model. As in Ollama, a path that
    exists is a path. Raises EngineRefused for a path that doesn't exist, is a folder, or leads out of `inside`."""
    try:
        path = (folder or Path.cwd()) / Path(text).expanduser()
        there, is_folder = path.exists(), path.is_dir()
    except (OSError, ValueError, RuntimeError) as error:
        raise EngineRefused(f"{command} {text}: this path can't be read ({error}): set {command} right") from error
    if is_folder:
        raise EngineRefused(f"{command} {text} is a folder: use `ollama create`, which converts what is in it")
    if there:
        if inside is not None and not path.resolve().is_relative_to(inside.resolve()):
            raise EngineRefused(
                f"{command} {text} leads out of {inside}: a workspace's persona may not give Ollama other files of"
                " yours. Put it into your own personas"
            )
        return path
    if command != "FROM" or text.startswith((".", "/", "\\", "~")) or text.lower().endswith(".gguf"):
        raise EngineRefused(f"{command} names {path}, and no file is there: set {command} right")
    return None


def held_name(held: Sequence[str], wanted: str) -> str:
    """How Ollama spells a model that it holds. Raises ModelMissing: Ollama would download one that it doesn't hold."""
    short = wanted
    for host in _DEFAULT_HOSTS:
        short = short.removeprefix(host)
    full = short if ":" in short.rpartition("/")[2] else f"{short}:latest"
    exact = next((name for name in held if name == full), None)
    found = exact or next((name for name in held if name.lower() == full.lower()), None)
    if found is None:
        raise ModelMissing(
            f"FROM names {wanted}, which Ollama doesn't hold: run `postil models pull {wanted} --engine ollama`", wanted
        )
    return found


def create_body(
    name: str,
    model: CreateModel,
    base: str | None,
    files: Mapping[str, str] | None,
    adapters: Mapping[str, str] | None,
) -> JsonObject:
    """The body of `/api/create` for a model made from `base` or from `files` (name to digest)."""
    values: JsonObject = {
        "model": name,
        "stream": True,
        "from": base,
        "files": files,
        "adapters": adapters,
        "system": model.system,
        "template": model.template,
        "license": list(model.licences),
        "parameters": {key: list(value) if isinstance(value, tuple) else value for key, value in model.parameters},
        "messages": [{"role": message.role, "content": message.content} for message in model.messages],
        "renderer": model.renderer,
        "parser": model.parser,
        "requires": model.requires,
    }
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


async def upload(client: ollama.AsyncClient, path: Path) -> str:
    """Uploads a file to Ollama and returns its digest. EngineRefused when it can't be read."""
    try:
        digest = f"sha256:{await asyncio.to_thread(_sha256, path)}"
    except OSError as error:
        raise EngineRefused(f"can't read {path}: {error.strerror or error}") from error
    # Ollama closes the connection in the middle of the upload of a blob that it holds.
    if not (await http_client(client).head(f"/api/blobs/{digest}")).is_success:
        await client.create_blob(path)
    return digest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
