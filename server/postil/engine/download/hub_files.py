"""Finds the file of the model hub that a name means (`hf.co/owner/repo:Q4_K_M`), as something that can be fetched."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from postil.core.models.catalogue import HubSource
from postil.core.models.hub_name import HubName, NoSuchFile, chosen_file
from postil.engine.base import EngineUnavailable, ModelMissing
from postil.engine.download.hub import client, endpoint, headers
from postil.engine.json_values import JsonObject, object_in, objects_in, text_in

# A list of files of a large repository; more isn't one.
_MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class HubWeights:
    """A file of a repository. Its size and digest are in the headers with which the hub gives it."""

    name: str
    source: HubSource

    @property
    def file(self) -> str:
        return self.source.file.rpartition("/")[2]

    @property
    def size(self) -> int | None:
        return None

    @property
    def bytes(self) -> int:
        return 0

    @property
    def sha256(self) -> str | None:
        return None

    @property
    def sources(self) -> tuple[HubSource, ...]:
        return (self.source,)


async def hub_weights(name: HubName, ca_file: str | None = None) -> HubWeights:
    """Asks the hub which file the name means. Raises ModelMissing and EngineUnavailable with the next step."""
    try:
        file = chosen_file(name, await _files(name, ca_file))
    except NoSuchFile as error:
        raise ModelMissing(str(error), name.shown) from error
    return HubWeights(name.shown, HubSource(repo=name.repo, file=file))


async def _files(name: HubName, ca_file: str | None) -> list[str]:
    url = f"{endpoint()}/api/models/{name.repo}"
    try:
        async with client(ca_file) as asking, asking.stream("GET", url, headers=headers()) as response:
            if response.status_code in (401, 403, 404):
                raise ModelMissing(
                    f"{endpoint()} gives no repository {name.repo} ({response.status_code} {response.reason_phrase}):"
                    " correct the name, or set HF_TOKEN if the repository needs you to have signed its terms",
                    name.shown,
                )
            if response.status_code != 200:
                raise EngineUnavailable(f"{url}: {response.status_code} {response.reason_phrase}. Try again later.")
            body = b""
            async for block in response.aiter_bytes():
                body += block
                if len(body) > _MOST_BYTES:
                    raise EngineUnavailable(f"{url} gives more than a list of files: set HF_ENDPOINT right.")
            answer = httpx.Response(200, content=body).json()
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        reason = str(error) or type(error).__name__
        raise EngineUnavailable(
            f"{endpoint()} can't be asked for {name.shown} ({reason}): correct the connection or HF_ENDPOINT, or set"
            " embedded.model_path to a GGUF file of your own"
        ) from error
    except ValueError as error:
        raise EngineUnavailable(f"{url} gives no list of files: set HF_ENDPOINT right.") from error
    return _named(object_in(answer))


def _named(answer: JsonObject | None) -> list[str]:
    names = (text_in(row.get("rfilename")) for row in objects_in((answer or {}).get("siblings")))
    return [name for name in names if name]
