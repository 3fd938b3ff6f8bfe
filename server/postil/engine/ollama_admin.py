"""The models of a running Ollama: list, show, pull, remove, copy. Errors are the engine's four."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from postil.core.catalogue import Template
from postil.engine.base import EngineRefused, EngineUnavailable, ModelInfo, ModelMissing

if TYPE_CHECKING:
    import ollama

DEFAULT_HOST = "http://127.0.0.1:11434"
_OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
# Longer than a healthy server on this machine or the next one takes, shorter than a person's patience.
_ANSWER_SECONDS = 5.0


def host_of(host: str | None) -> str:
    """Where Ollama is looked for: the setting, OLLAMA_HOST, its own default. For messages and for the client.

    OLLAMA_HOST is often 0.0.0.0, which a server listens on and nobody can connect to everywhere.
    """
    found = host or os.environ.get("OLLAMA_HOST") or DEFAULT_HOST
    return found.replace("0.0.0.0", "127.0.0.1")


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
    """Talks to one Ollama. Close it with `aclose`."""

    def __init__(self, host: str | None = None) -> None:
        import httpx
        import ollama

        self.host = host_of(host)
        # A proxy that the environment names leads out of this machine, never to a server on it.
        self._own = urlsplit(self.host if "://" in self.host else f"//{self.host}").hostname in _OWN_HOSTS
        timeout = httpx.Timeout(None, connect=_ANSWER_SECONDS)
        try:
            self._client = ollama.AsyncClient(
                host=self.host, timeout=timeout, follow_redirects=False, trust_env=not self._own
            )
        except (ValueError, httpx.InvalidURL) as error:
            raise EngineUnavailable(
                f"{self.host} is no address: set ollama.host or OLLAMA_HOST right"
            ) from error

    async def aclose(self) -> None:
        await self._client.close()

    async def version(self) -> str:
        """Its version. EngineUnavailable when nothing answers."""
        import httpx

        address = str(self._client._client.base_url)
        async with self._errors():
            async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=not self._own) as client:
                answer = await client.get(f"{address.rstrip('/')}/api/version")
            try:
                return str(answer.raise_for_status().json()["version"])
            except (httpx.HTTPStatusError, ValueError, KeyError, TypeError) as error:
                raise EngineUnavailable(
                    f"what answers at {self.host} is not Ollama: set ollama.host or OLLAMA_HOST right"
                ) from error

    async def models(self) -> tuple[ModelInfo, ...]:
        async with self._errors():
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
        async with self._errors(name):
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
            digest = await self._client.create_blob(path)
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
        except (httpx.TransportError, ConnectionError) as error:
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
