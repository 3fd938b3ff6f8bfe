"""What a Modelfile needs before `/api/create` is asked: its files uploaded, its FROM looked up, its request."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postil.core.modelfile.create import CreateModel
from postil.engine.base import EngineRefused, ModelMissing

if TYPE_CHECKING:
    import ollama

# Ollama leaves them out where it tells a name.
_DEFAULT_HOSTS = ("https://registry.ollama.ai/", "registry.ollama.ai/", "library/")


def file_of(command: str, text: str, folder: Path | None, inside: Path | None = None) -> Path | None:
    """The file that FROM or ADAPTER names, relative to `folder`; None where it is a model's name, as Ollama decides it:
    a path that is there is a path. EngineRefused for a path that isn't, or is a folder, or leads out of `inside`."""
    try:
        path = (folder or Path.cwd()) / Path(text).expanduser()
        there, is_folder = path.exists(), path.is_dir()
    except (OSError, ValueError, RuntimeError) as error:
        raise EngineRefused(f"{command} {text}: this can't be looked up ({error}): set {command} right") from error
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
    """How Ollama spells a model that it holds. ModelMissing: Ollama would begin to download what it doesn't hold."""
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


def request(name: str, model: CreateModel, source: dict[str, Any], adapters: dict[str, str] | None) -> dict[str, Any]:
    """The body of `/api/create`; `source` is its `from` or its `files` (name to digest)."""
    values = {
        "model": name,
        "stream": True,
        **source,
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
    """Gives Ollama a file; its digest. EngineRefused when it can't be read."""
    try:
        digest = f"sha256:{await asyncio.to_thread(_sha256, path)}"
    except OSError as error:
        raise EngineRefused(f"can't read {path}: {error.strerror or error}") from error
    # Ollama answers an upload of what it has already by closing the connection in its middle.
    if not (await client._client.head(f"/api/blobs/{digest}")).is_success:
        await client.create_blob(path)
    return digest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
