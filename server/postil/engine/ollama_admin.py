"""The models of a running Ollama: list, show, pull, remove, copy. Errors are the engine's four."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from postil.core.catalogue import Template
from postil.engine.base import EngineRefused, EngineUnavailable, ModelInfo, ModelMissing
from postil.engine.ollama_client import host_of, open_client

if TYPE_CHECKING:
    import ollama

# Longer than a healthy server on this machine or the next one takes, shorter than a person's patience.
_ANSWER_SECONDS = 5.0
# To read what it has on its disk, which may have to wake up.
_LIST_SECONDS = 30.0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class PullProgress:
    """One line of a pull. `status` is Ollama's own word; bytes are of the layer `digest`, if it has any."""

    status: str
    digest: str | None = None
    done_bytes: int | None = None
    total_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ShownModel:
    """What Ollama tells of one model."""

    name: str
    family: str | None
    parameters: str | None
    quantization: str | None
    context_length: int | None
    capabilities: tuple[str, ...]
    licence: str | None
    template: str | None
    settings: str | None


class OllamaAdmin:
    """Talks to one Ollama. EngineUnavailable when its address is none. Close it with `aclose`."""

    def __init__(self, host: str | None = None) -> None:
        self.host = host_of(host)
        self._client = open_client(host, _ANSWER_SECONDS)

    async def aclose(self) -> None:
        await self._client.close()

    async def version(self) -> str:
        """Its version. EngineUnavailable when nothing answers."""
        import httpx

        async with self._errors():
            # The package has no call for it; its HTTP client knows the address, headers and proxies.
            answer = await self._client._client.get("/api/version", timeout=_ANSWER_SECONDS)
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

    async def show(self, name: str) -> ShownModel:
        async with self._errors(name), asyncio.timeout(_LIST_SECONDS):
            shown = await self._client.show(name)
        details, facts = shown.details, dict(shown.modelinfo or {})
        length = next((value for key, value in facts.items() if key.endswith(".context_length")), None)
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
        )

    async def pull(self, name: str) -> AsyncGenerator[PullProgress]:
        """Ollama fetches and resumes by itself; closing the generator stops it and keeps what is there."""
        async with self._errors(name):
            stream: AsyncGenerator[ollama.ProgressResponse] = await self._client.pull(name, stream=True)
            async with aclosing(stream):
                async for line in stream:
                    yield PullProgress(line.status or "", line.digest, line.completed, line.total)

    async def remove(self, name: str) -> None:
        async with self._errors(name):
            await self._client.delete(name)

    async def copy(self, name: str, new_name: str) -> None:
        async with self._errors(name):
            await self._client.copy(name, new_name)

    async def import_gguf(self, path: Path, name: str, template: Template | None) -> None:
        """A GGUF file as a model of Ollama's, with what the file itself can't tell it."""
        async with self._errors(name):
            digest = f"sha256:{await asyncio.to_thread(_sha256, path)}"
            # Ollama answers an upload of what it has already by closing the connection in its middle.
            if not (await self._client._client.head(f"/api/blobs/{digest}")).is_success:
                await self._client.create_blob(path)
            await self._client.create(
                name,
                files={path.name: digest},
                template=template.text if template else None,
                system=(template.system or None) if template else None,
                parameters={"stop": list(template.stop)} if template and template.stop else None,
            )

    @asynccontextmanager
    async def _errors(self, name: str = "") -> AsyncIterator[None]:
        """Errors of the client as the engine's."""
        import httpx
        import ollama

        try:
            yield
        except (httpx.TransportError, ConnectionError, TimeoutError) as error:
            raise EngineUnavailable(
                f"Ollama doesn't answer at {self.host}: start it (`ollama serve`), set ollama.host or"
                " OLLAMA_HOST, or use the embedded engine (--engine embedded)"
            ) from error
        except ollama.ResponseError as error:
            if error.status_code == 404 or "file does not exist" in error.error:
                raise ModelMissing(
                    f"Ollama at {self.host} has no model {name}: see `postil models list`, or run"
                    f" `postil models pull {name}`",
                    name,
                ) from error
            raise EngineRefused(f"Ollama said no: {error.error}", error.status_code) from error
        except ValueError as error:
            raise EngineRefused(f"Ollama at {self.host} could not be asked: {error}") from error
