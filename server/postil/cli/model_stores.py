"""Ollama's models and the embedded engine's, behind the same five verbs."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import msgspec

from postil.core.catalogue import Model, catalogue
from postil.engine.base import EngineError, ModelInfo, ModelMissing
from postil.settings import Settings


class WrongUsage(Exception):
    """Something that the user has to change first."""


class ModelStore(Protocol):
    """Verbs that change something return a sentence on what they did. All raise EngineError or WrongUsage."""

    name: str
    where: str

    async def models(self) -> list[ModelInfo]: ...

    async def facts(self, name: str) -> dict[str, Any]: ...

    async def pull(self, name: str) -> str: ...

    async def remove(self, name: str) -> str: ...

    async def copy(self, source: str, target: str) -> str: ...

    async def aclose(self) -> None: ...


async def open_store(settings: Settings, engine: str) -> ModelStore:
    """`auto`: Ollama's when it answers and the settings don't name the embedded engine, else the latter's."""
    if engine == "auto" and settings.engine == "embedded":
        engine = "embedded"
    if engine == "ollama":
        return OllamaStore(settings)
    found = await answering(settings) if engine == "auto" else None
    return found or EmbeddedStore(settings)


async def answering(settings: Settings) -> OllamaStore | None:
    """Ollama's store, if one answers."""
    try:
        store = OllamaStore(settings)
    except EngineError:
        return None
    if await store.answers():
        return store
    await store.aclose()
    return None


def is_path(text: str) -> bool:
    """Does it name a file rather than a model?"""
    return text.lower().endswith(".gguf") or os.sep in text or text.startswith((".", "~"))


def _existing(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file():
        raise WrongUsage(f"no such file: {path}")
    return path


def _export(file: Path, target: str) -> Path:
    """Copies to a new file."""
    place = Path(target).expanduser()
    if place.exists():
        raise WrongUsage(f"{place} exists already: name another file")
    try:
        shutil.copyfile(file, place)
    except OSError as error:
        place.unlink(missing_ok=True)
        raise WrongUsage(f"can't write {place}: {error.strerror or error}") from error
    return place


class OllamaStore:
    """The models of a running Ollama."""

    name = "ollama"

    def __init__(self, settings: Settings) -> None:
        from postil.engine.ollama_admin import OllamaAdmin

        self._admin = OllamaAdmin(settings.ollama.host)
        self.where = self._admin.host

    async def answers(self) -> bool:
        try:
            await self._admin.version()
        except EngineError:
            return False
        return True

    async def models(self) -> list[ModelInfo]:
        return list(await self._admin.models())

    async def facts(self, name: str) -> dict[str, Any]:
        shown = asdict(await self._admin.show(name))
        known = catalogue().get(name)
        return {"engine": self.name, **shown, "catalogue": _facts(known) if known else None}

    async def pull(self, name: str) -> str:
        from postil.cli.pull import pull_ollama

        await pull_ollama(self._admin, name, _console())
        return f"Ollama at {self.where} holds {name}"

    async def remove(self, name: str) -> str:
        await self._admin.remove(name)
        return f"removed {name} from Ollama at {self.where}"

    async def copy(self, source: str, target: str) -> str:
        if not is_path(source):
            await self._admin.copy(source, target)
            return f"copied {source} to {target}"
        path = _existing(source)
        # Ollama knows no chat template for a bare GGUF; the catalogue does, for a model of the same name.
        known = catalogue().get(target)
        await self._admin.import_gguf(path, target, catalogue().template_of(known) if known else None)
        return f"Ollama holds {path.name} as {target}"

    async def aclose(self) -> None:
        await self._admin.aclose()


class EmbeddedStore:
    """The catalogue's models, in our cache and in what a local Ollama has on disk."""

    name = "embedded"

    def __init__(self, settings: Settings) -> None:
        from postil.engine.store import models_dir

        self._explicit = settings.embedded.model_path
        self._folder = models_dir()
        self.where = str(self._folder)

    async def models(self) -> list[ModelInfo]:
        """The whole catalogue; `size` is None for what is not here."""
        from postil.engine.store import find_gguf

        found: list[ModelInfo] = []
        for model in catalogue().models:
            path = find_gguf(model.name)
            size = path.stat().st_size if path else None
            found.append(ModelInfo(model.name, size, model.context_length, model.infill is not None))
        return found

    async def facts(self, name: str) -> dict[str, Any]:
        from postil.engine.store import find_gguf

        path = find_gguf(name)
        return {"engine": self.name, "path": str(path) if path else None, **_facts(self._known(name))}

    async def pull(self, name: str) -> str:
        from postil.cli.pull import pull_embedded

        return f"{name} is in {await pull_embedded(self._known(name), _console())}"

    async def remove(self, name: str) -> str:
        from postil.engine.store import ollama_blob

        model = self._known(name)
        gone = [path for path in (self._folder / model.file, self._partial(model)) if path.is_file()]
        if not gone:
            blob = ollama_blob(name)
            hint = f"; Ollama's own copy goes with `postil models rm {name} --engine ollama`" if blob else ""
            raise ModelMissing(f"{name} is not in {self._folder}{hint}", name)
        for path in gone:
            path.unlink()
        return f"removed {name} from {self._folder}"

    def _partial(self, model: Model) -> Path:
        return self._folder / f"{model.file}.partial"

    async def copy(self, source: str, target: str) -> str:
        if is_path(source):
            from postil.engine.fetch import adopt

            path = await adopt(self._known(target), _existing(source))
            return f"{target} is in {path}"
        if not is_path(target):
            raise WrongUsage("the embedded engine's models have their names from the catalogue: copy to a .gguf file")
        from postil.engine.store import find_gguf

        found = find_gguf(source)
        if found is None:
            raise ModelMissing(f"{source} isn't here: run `postil models pull {source} --engine embedded`", source)
        return f"copied {source} to {_export(found, target)}"

    async def aclose(self) -> None:
        """Nothing is open."""

    @staticmethod
    def _known(name: str) -> Model:
        model = catalogue().get(name)
        if model is None:
            names = ", ".join(entry.name for entry in catalogue().models)
            raise ModelMissing(
                f"the catalogue has no {name}; the embedded engine knows {names}. Any other GGUF file: set"
                " embedded.model_path",
                name,
            )
        return model


def _facts(model: Model) -> dict[str, Any]:
    return msgspec.to_builtins(model)


def _console() -> Any:
    """Progress goes beside the result."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)
