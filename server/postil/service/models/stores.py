"""The model stores of Ollama and of the embedded engine, with the same operations."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from postil.core.models.catalogue import Model, catalogue
from postil.core.models.hub_name import HubName, hub_name
from postil.core.models.recognise import recognised
from postil.core.models.told import LLAMA_CPP
from postil.core.request import LoadOptions
from postil.engine.base import EngineError, EngineUnavailable, ModelInfo, ModelMissing, PassedOver, Progress
from postil.engine.described import catalogued, described
from postil.engine.download.fetch import adopt
from postil.engine.download.pull import known_model, pull_model
from postil.engine.download.store import catalogue_file, find_gguf, hub_gguf, hub_models, models_dir, ollama_blob
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.ollama.admin import LoadedModel, ShownModel, admin_of
from postil.engine.ollama.models import detailed
from postil.engine.passed_over import passed_over
from postil.settings import Settings

# Seconds, or a duration as Go's time.ParseDuration accepts it.
_DURATION = re.compile(r"-?(\d+|(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+)", re.ASCII)


class WrongUsage(Exception):
    """A request that can't be carried out as given. The message says what the user has to change."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model's data in the catalogue and in Ollama (`shown`), its file in the embedded engine's store, and what it can
    do there (`model`)."""

    engine: str
    catalogue: Model | None
    shown: ShownModel | None = None
    path: Path | None = None
    model: ModelInfo | None = None


class ModelStore(Protocol):
    """Manages an engine's models. Operations that change something return a sentence for the user; `pulled` is the
    sentence after a finished pull. All raise EngineError or WrongUsage."""

    name: str
    where: str

    async def models(self) -> list[ModelInfo]: ...

    async def loaded(self) -> tuple[LoadedModel, ...]: ...

    async def facts(self, name: str) -> ModelFacts: ...

    def pull(self, name: str) -> AsyncGenerator[Progress]: ...

    def pulled(self, name: str) -> str: ...

    async def remove(self, name: str) -> str: ...

    async def copy(self, source: str, target: str) -> str: ...

    async def load(self, name: str, keep_alive: str | None, load: LoadOptions) -> str: ...

    async def unload(self, name: str) -> str: ...

    async def aclose(self) -> None: ...


def _ignored(sentence: str) -> None:
    """For callers that tell the user in another way."""


async def open_store(
    settings: Settings, engine: str, tell: Callable[[str], None] = _ignored, name: str | None = None
) -> ModelStore:
    """The store of an engine. `auto`: Ollama's if it answers and the settings don't choose the embedded engine, which
    also has what was fetched for it from the hub, and files of the hub that Ollama has no names for. `tell` gets the
    sentence for a user whose Ollama is passed over. `name`: the model in question. Raises EngineUnavailable where
    Ollama is one that the user has named: what they want isn't done to another engine."""
    on_hub = hub_name(name) if name is not None else None
    fetched = on_hub is not None and (bool(on_hub.file) or hub_gguf(on_hub) is not None)
    if engine == "auto" and (settings.engine == "embedded" or fetched):
        engine = "embedded"
    if engine == "ollama":
        return OllamaStore(settings)
    if engine != "auto":
        return EmbeddedStore(settings)
    found = await answering(settings)
    if not isinstance(found, PassedOver):
        return found
    if found.named:
        raise EngineUnavailable(f"{found.why} For the embedded engine's models: --engine embedded.")
    if found.surprising:
        tell(f"{found.why} The embedded engine takes its place.")
    return EmbeddedStore(settings)


async def answering(settings: Settings) -> OllamaStore | PassedOver:
    """Ollama's store; why it can't be used if it doesn't answer."""
    try:
        store = OllamaStore(settings)
    except EngineError as error:
        return passed_over(settings, error)
    try:
        await store.version()
    except EngineError as error:
        await store.aclose()
        return passed_over(settings, error)
    return store


async def listed_stores(settings: Settings, engine: str, tell: Callable[[str], None] = _ignored) -> list[ModelStore]:
    """The stores to list. `auto`: both, but Ollama's only if it answers. `tell` gets the sentence for a user who must
    hear that it doesn't."""
    found: list[ModelStore] = []
    if engine == "ollama":
        found.append(OllamaStore(settings))
    elif engine == "auto":
        store = await answering(settings)
        if not isinstance(store, PassedOver):
            found.append(store)
        elif store.surprising:
            tell(store.why)
    if engine != "ollama":
        found.append(EmbeddedStore(settings))
    return found


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model in a list, and its state in memory if it is loaded."""

    model: ModelInfo
    loaded: LoadedModel | None = None


async def model_rows(store: ModelStore) -> list[ModelRow]:
    """The store's models. Ollama lists loaded weights by the name that loaded them, even after that model was removed.
    Such a name comes last and has no size. Raises as the store does."""
    models = await store.models()
    loaded = {model.name: model for model in await store.loaded()}
    rows = [ModelRow(model, loaded.pop(model.name, None)) for model in models]
    return rows + [ModelRow(ModelInfo(name), model) for name, model in loaded.items()]


def is_path(text: str) -> bool:
    """Whether the text names a file rather than a model."""
    return text.lower().endswith(".gguf") or os.sep in text or text.startswith((".", "~"))


def _existing(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file():
        raise WrongUsage(f"no such file: {path}")
    return path


def _export(file: Path, target: str) -> Path:
    """Copies the file to a new path. Raises WrongUsage."""
    place = Path(target).expanduser()
    if place.exists():
        raise WrongUsage(f"{place} exists already: name another file")
    try:
        shutil.copyfile(file, place)
    except OSError as error:
        place.unlink(missing_ok=True)
        raise WrongUsage(f"can't write {place}: {error.strerror or error}") from error
    return place


def _with_partial(file: Path) -> Iterator[Path]:
    """A model's file and what a stopped fetch has left of it, where they exist."""
    for path in (file, file.with_name(f"{file.name}.partial")):
        if path.is_file():
            yield path


class OllamaStore:
    """The models of a running Ollama."""

    name = "ollama"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = admin_of(settings)
        self.where = self._admin.host

    async def version(self) -> str:
        """Raises EngineUnavailable when Ollama doesn't answer."""
        return await self._admin.version()

    async def models(self) -> list[ModelInfo]:
        return list(await self._admin.models())

    async def loaded(self) -> tuple[LoadedModel, ...]:
        return await self._admin.loaded()

    async def facts(self, name: str) -> ModelFacts:
        shown = await self._admin.show(name)
        return ModelFacts(
            self.name, recognised(name, shown.details.parameters), shown, model=detailed(ModelInfo(name), shown.details)
        )

    def pull(self, name: str) -> AsyncGenerator[Progress]:
        return pull_model(self.name, self._settings, name)

    def pulled(self, name: str) -> str:
        return f"Ollama at {self.where} holds {name}"

    async def remove(self, name: str) -> str:
        await self._admin.remove(name)
        return f"removed {name} from Ollama at {self.where}"

    async def copy(self, source: str, target: str) -> str:
        if not is_path(source):
            await self._admin.copy(source, target)
            return f"copied {source} to {target}"
        path = _existing(source)
        # Ollama has no chat template for a GGUF file alone, so the catalogue's template of that name is used.
        known = catalogue().get(target)
        await self._admin.import_gguf(path, target, catalogue().template_of(known) if known else None)
        return f"Ollama holds {path.name} as {target}"

    async def load(self, name: str, keep_alive: str | None, load: LoadOptions) -> str:
        if keep_alive is not None and _DURATION.fullmatch(keep_alive) is None:
            raise WrongUsage(f"{keep_alive!r} is no duration: use 30m, 2h, or -1 for until it is unloaded")
        await self._admin.load(name, keep_alive or self._settings.ollama.keep_alive, load)
        return f"{name} is in memory, with {load.num_ctx:,} tokens of context"

    async def unload(self, name: str) -> str:
        await self._admin.unload(name)
        return f"{name} leaves the memory"

    async def aclose(self) -> None:
        await self._admin.aclose()


class EmbeddedStore:
    """The catalogue's models, in Postil's cache and in the store of a local Ollama."""

    name = "embedded"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = models_dir()
        self.where = str(self._folder)

    async def models(self) -> list[ModelInfo]:
        """The whole catalogue, and what was fetched from the hub. `size` is None for a model that isn't on this
        machine."""
        found: list[ModelInfo] = []
        for model in catalogue().models:
            path = find_gguf(model.name)
            size = path.stat().st_size if path else None
            found.append(described(replace(catalogued(model), size=size), LLAMA_CPP, "the catalogue"))
        fetched = (ModelInfo(name, path.stat().st_size) for name, path in hub_models().items())
        return found + [described(model, LLAMA_CPP, "its name") for model in fetched]

    async def loaded(self) -> tuple[LoadedModel, ...]:
        """Always empty: the engine is a child process of each server, and other processes can't query it."""
        return ()

    async def facts(self, name: str) -> ModelFacts:
        on_hub = hub_name(name)
        known = known_model(name) if on_hub is None or catalogue_file(on_hub) is not None else None
        path = find_gguf(name) if known is not None else self._fetched(on_hub) if on_hub is not None else None
        model = described(catalogued(known) if known is not None else ModelInfo(name), LLAMA_CPP, "the catalogue")
        if path is not None:
            model = await EmbeddedEngine(lambda _: path, lambda: ()).describe(model)
        return ModelFacts(self.name, known, path=path, model=model)

    def pull(self, name: str) -> AsyncGenerator[Progress]:
        return pull_model(self.name, self._settings, name)

    def pulled(self, name: str) -> str:
        return f"{name} is in {find_gguf(name) or self.where}"

    async def remove(self, name: str) -> str:
        on_hub = hub_name(name)
        if on_hub is not None and catalogue_file(on_hub) is None:
            gone = list(_with_partial(hub_gguf(on_hub, ".partial") or self._fetched(on_hub)))
        else:
            gone = list(_with_partial(self._folder / known_model(name).file))
        if not gone:
            blob = ollama_blob(name)
            hint = f"; Ollama's own copy goes with `postil models rm {name} --engine ollama`" if blob else ""
            raise ModelMissing(f"{name} is not in {self._folder}{hint}", name)
        for path in gone:
            try:
                path.unlink()
            except OSError as error:
                raise WrongUsage(f"can't remove {path}: {error.strerror or error}") from error
        return f"removed {name} from {self._folder}"

    def _fetched(self, name: HubName) -> Path:
        path = hub_gguf(name)
        if path is None:
            raise ModelMissing(
                f"{name.shown} isn't here: run `postil models pull {name.shown} --engine embedded`", name.shown
            )
        return path

    async def copy(self, source: str, target: str) -> str:
        if is_path(source):
            path = await adopt(known_model(target), _existing(source))
            return f"{target} is in {path}"
        if not is_path(target):
            raise WrongUsage("the embedded engine's models have their names from the catalogue: copy to a .gguf file")
        found = find_gguf(source)
        if found is None:
            raise ModelMissing(f"{source} isn't here: run `postil models pull {source} --engine embedded`", source)
        return f"copied {source} to {await asyncio.to_thread(_export, found, target)}"

    async def load(self, name: str, keep_alive: str | None, load: LoadOptions) -> str:
        return "the embedded engine loads a model by itself, with the first request: there is nothing to do"

    async def unload(self, name: str) -> str:
        return "the embedded engine keeps a model for as long as the server that uses it: end that to free the memory"

    async def aclose(self) -> None:
        """Nothing to close."""
