"""The models of a running Ollama: list, show, pull, create, remove, copy, load, unload. All errors are EngineErrors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import ollama

from postil.core.modelfile.create import CreateModel
from postil.core.models.catalogue import Template
from postil.core.request import LoadOptions
from postil.core.text.plain import one_line
from postil.engine.base import EngineRefused, EngineUnavailable, ModelInfo, ModelMissing, Progress
from postil.engine.json_values import text_in
from postil.engine.keys import OllamaKey
from postil.engine.network import transport
from postil.engine.network.access import OllamaAccess, ollama_access
from postil.engine.ollama import create as creation
from postil.engine.ollama.client import (
    as_generator,
    http_client,
    keep_alive_value,
    named_by_user,
    ollama_address,
    open_client,
    post,
    post_stream,
)
from postil.engine.ollama.models import Details, details_of
from postil.engine.ollama.plan import load_options
from postil.engine.openai.answer import MAX_ERROR_TEXT
from postil.engine.stream import http_limits
from postil.logs import redacted
from postil.settings import Settings

# Longer than a healthy server on this machine or in the same network takes, shorter than a person's patience.
_ANSWER_SECONDS = 5.0
# Its list is on a disk that may have to wake up.
_LIST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ShownModel:
    """The details of one model. Ollama generates `modelfile`; `parent` is the FROM that the model was made with."""

    name: str
    family: str | None
    parameters: str | None
    quantization: str | None
    context_length: int | None
    capabilities: tuple[str, ...]
    licence: str | None
    template: str | None
    settings: str | None
    system: str | None = None
    modelfile: str | None = None
    parent: str | None = None
    details: Details = field(default_factory=Details)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory. Sizes in bytes, `vram` on a GPU; `expires`: when it is unloaded if unused, as ISO 8601."""

    name: str
    size: int | None = None
    vram: int | None = None
    expires: str | None = None
    context_length: int | None = None


class OllamaAdmin:
    """Administers one Ollama. Raises EngineUnavailable when its address is invalid. Close it with `aclose`."""

    def __init__(
        self, host: str | None = None, *, allow_http: bool = False, access: OllamaAccess | None = None
    ) -> None:
        self._address = address = ollama_address(host, allow_http)
        self.host = address.shown
        access = access or OllamaAccess()
        self._key = OllamaKey(address, access.keys, named=named_by_user(host))
        self._client = open_client(address, _ANSWER_SECONDS, access, self._key)

    async def aclose(self) -> None:
        await self._client.close()

    async def version(self) -> str:
        """Its version. EngineUnavailable when nothing answers."""
        async with self._errors():
            # The package has no call for it.
            answer = await http_client(self._client).get("/api/version", timeout=_ANSWER_SECONDS)
            if answer.status_code in (401, 403) or answer.status_code >= 500:
                raise ollama.ResponseError(answer.text, answer.status_code)
            try:
                return str(answer.raise_for_status().json()["version"])
            except (httpx.HTTPStatusError, ValueError, KeyError, TypeError) as error:
                raise EngineUnavailable(
                    f"what answers at {self.host} is not Ollama: set ollama.host or OLLAMA_HOST right"
                ) from error

    async def models(self) -> tuple[ModelInfo, ...]:
        async with self._errors(), asyncio.timeout(_LIST_SECONDS):
            found = await self._client.list()
        return tuple(
            ModelInfo(
                name=model.model or "",
                size=model.size,
                digest=model.digest,
                modified=model.modified_at.isoformat() if model.modified_at else None,
            )
            for model in found.models
        )

    async def loaded(self) -> tuple[LoadedModel, ...]:
        """The models in memory, the one that stays longest first."""
        async with self._errors(), asyncio.timeout(_LIST_SECONDS):
            found = await self._client.ps()
        return tuple(
            LoadedModel(
                name=model.model or model.name or "",
                size=model.size,
                vram=model.size_vram,
                expires=model.expires_at.isoformat() if model.expires_at else None,
                context_length=model.context_length,
            )
            for model in found.models
        )

    async def show(self, name: str) -> ShownModel:
        async with self._errors(name), asyncio.timeout(_LIST_SECONDS):
            # The package's own call drops SYSTEM.
            answer = await post(self._client, "/api/show", {"model": name})
            shown = ollama.ShowResponse.model_validate(answer)
        details = shown.details
        length = next(
            (value for key, value in (shown.modelinfo or {}).items() if key.endswith(".context_length")), None
        )
        return ShownModel(
            name=name,
            family=details.family if details else None,
            parameters=details.parameter_size if details else None,
            quantization=details.quantization_level if details else None,
            context_length=int(length) if isinstance(length, int) else None,
            capabilities=tuple(shown.capabilities or ()),
            licence=shown.license or None,
            template=shown.template or None,
            settings=shown.parameters or None,
            system=text_in(answer.get("system")) or None,
            modelfile=shown.modelfile or None,
            details=details_of(answer),
            parent=(details.parent_model if details else None) or None,
        )

    async def pull(self, name: str) -> AsyncGenerator[Progress]:
        """Ollama fetches and resumes by itself; closing the generator stops it and keeps what is there."""
        async with self._errors(name), aclosing(as_generator(await self._client.pull(name, stream=True))) as lines:
            async for line in lines:
                yield Progress(f"{name}: {line.status or ''}", line.completed, line.total)

    async def create(
        self, name: str, model: CreateModel, folder: Path | None = None, inside: Path | None = None
    ) -> AsyncGenerator[Progress]:
        """Makes a model, or replaces the one of that name. Its paths are relative to `folder` and must be inside
        `inside`. Nothing is downloaded: ModelMissing when FROM names a model that Ollama doesn't hold. EngineRefused
        for a path that doesn't exist."""
        file = creation.file_of("FROM", model.from_, folder, inside)
        adapter = creation.file_of("ADAPTER", model.adapter, folder, inside) if model.adapter else None
        async with self._errors(model.from_):
            base, files, adapters = None, None, None
            if file is None:
                base = creation.held_name([one.name for one in await self.models()], model.from_)
            else:
                yield Progress(f"{name}: giving {file.name} to Ollama")
                files = {file.name: await creation.upload(self._client, file)}
            if adapter is not None:
                yield Progress(f"{name}: giving {adapter.name} to Ollama")
                adapters = {adapter.name: await creation.upload(self._client, adapter)}
            body = creation.create_body(name, model, base, files, adapters)
            # The package's own call has no renderer, parser and version.
            async with aclosing(await post_stream(self._client, ollama.ProgressResponse, "/api/create", body)) as lines:
                async for line in lines:
                    yield Progress(f"{name}: {line.status or ''}", line.completed, line.total)

    async def remove(self, name: str) -> None:
        async with self._errors(name):
            await self._client.delete(name)

    async def copy(self, name: str, new_name: str) -> None:
        async with self._errors(name):
            await self._client.copy(name, new_name)

    async def load(self, name: str, keep_alive: str | None = None, load: LoadOptions | None = None) -> None:
        """Loads a model and returns when it is loaded. `keep_alive`: a duration (`5m`) or seconds, negative = for ever.
        A request with other `load` options would load it again."""
        options = load_options(load) if load is not None else None
        async with self._errors(name):
            try:
                await self._client.generate(name, options=options, keep_alive=keep_alive_value(keep_alive))
            except ollama.ResponseError as error:
                if "does not support generate" not in str(error.error):
                    raise
                # It makes vectors, and nothing else. Those of no text load it too.
                await self._client.embed(name, input=[], options=options, keep_alive=keep_alive_value(keep_alive))

    async def unload(self, name: str) -> None:
        """Takes a model out of memory, once its running requests are done."""
        async with self._errors(name):
            await self._client.generate(name, keep_alive=0)

    async def import_gguf(self, path: Path, name: str, template: Template | None) -> None:
        """Makes a GGUF file a model of Ollama's, with the template, which the file doesn't hold in Ollama's form."""
        async with self._errors(name):
            await self._client.create(
                name,
                files={path.name: await creation.upload(self._client, path)},
                template=template.text if template else None,
                system=(template.system or None) if template else None,
                parameters={"stop": list(template.stop)} if template and template.stop else None,
            )

    @asynccontextmanager
    async def _errors(self, name: str = "") -> AsyncGenerator[None]:
        """Errors of the package as the engine's."""
        try:
            yield
        except http_limits.BadAnswer as error:
            raise EngineUnavailable(
                f"what answers at {self.host} {error}: set ollama.host or OLLAMA_HOST right"
            ) from error
        except transport.Unreachable as error:
            raise EngineUnavailable(f"Ollama at {self.host} can't be reached. {error}") from error
        except (httpx.HTTPError, ConnectionError, TimeoutError) as error:
            raise EngineUnavailable(
                f"Ollama doesn't answer at {self.host}: start it (`ollama serve`), set ollama.host or"
                " OLLAMA_HOST, or use the embedded engine (--engine embedded)",
                nobody_there=True,
            ) from error
        except ollama.ResponseError as error:
            reason = one_line(redacted(str(error.error)))[:MAX_ERROR_TEXT]
            if error.status_code in (401, 403):
                raise self._key.refusal(f"Ollama at {self.host}", error.status_code, reason, name) from error
            if error.status_code in (502, 503, 504):
                raise EngineUnavailable(
                    f"Ollama at {self.host} is busy ({error.status_code}: {reason}): try again in a moment"
                ) from error
            if error.status_code == 404 or "file does not exist" in error.error:
                raise ModelMissing(
                    f"Ollama at {self.host} has no model {name}: see `postil models list`, or run"
                    f" `postil models pull {name}`",
                    name,
                ) from error
            raise EngineRefused(f"Ollama refused: {reason}", error.status_code) from error
        except ValueError as error:
            raise EngineRefused(f"Ollama at {self.host} could not be asked: {error}") from error


def admin_of(settings: Settings, host: str | None = None) -> OllamaAdmin:
    """For the Ollama of the settings, or another `host` of its pool. Raises as OllamaAdmin does."""
    options = settings.ollama
    return OllamaAdmin(host or options.host, allow_http=options.allow_http, access=ollama_access(settings))
