"""The `ollama` package's client: made for an address, and the calls that the package lacks."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import TypeVar, cast

import httpx
import ollama

from postil.engine.base import EngineUnavailable
from postil.engine.hosts import OLLAMA_PORT, Address, address_of
from postil.engine.json_values import JsonObject, object_in
from postil.engine.keys import OllamaKey
from postil.engine.network import transport
from postil.engine.network.access import OllamaAccess
from postil.engine.ollama import package
from postil.engine.stream import http_limits

T = TypeVar("T")

DEFAULT_HOST = "http://127.0.0.1:11434"


def ollama_address(host: str | None, allow_http: bool = False) -> Address:
    """Ollama's address: the setting, else OLLAMA_HOST, else its default. EngineUnavailable when it is no address, or
    one that may not be used."""
    variable = os.environ.get("OLLAMA_HOST")
    setting = "ollama.host" if host or not variable else "ollama.host (OLLAMA_HOST)"
    return address_of(host or variable or DEFAULT_HOST, setting, allow_http=allow_http, port=OLLAMA_PORT)


def no_answer(address: Address) -> str:
    """What to say of an address at which nobody answers."""
    if address.loopback:
        step = "Start it (`ollama serve`), or set engine to embedded."
    else:
        step = "Start it there (`ollama serve`), set ollama.host or OLLAMA_HOST right, or set engine to embedded."
    return f"Ollama at {address.shown} doesn't answer. {step}"


def named_by_user(host: str | None) -> bool:
    """Whether the user has named the address: `host` is the setting."""
    return bool(host or os.environ.get("OLLAMA_HOST"))


def open_client(address: Address, connect: float, access: OllamaAccess, key: OllamaKey) -> ollama.AsyncClient:
    """A client with a time-out of `connect` seconds for the connection and no other. EngineUnavailable when the address
    is invalid."""
    package.load()
    try:
        client = ollama.AsyncClient(
            # The transport sends the name and the password of the address; the package would drop them.
            host=address.shown,
            timeout=httpx.Timeout(None, connect=connect),
            # The transport reads the proxies and the authorities of the environment.
            trust_env=False,
            transport=transport.Transport(access, origin=address.shown, authorize=key.header),
            # The package would send OLLAMA_API_KEY, the user's key for ollama.com, to every address, and fails at one
            # that is no key.
            headers=http_limits.HEADERS | {"authorization": "none"},
            event_hooks={"response": [http_limits.check_response]},
            # The code goes to the address that the user has named, not to where that one redirects.
            follow_redirects=False,
        )
        http_client(client).headers.pop("Authorization", None)
        return client
    except (ValueError, httpx.InvalidURL) as error:
        raise EngineUnavailable(f"{address.shown} is no address: set ollama.host or OLLAMA_HOST right.") from error


def http_client(client: ollama.AsyncClient) -> httpx.AsyncClient:
    """The HTTP client inside, for calls that the package lacks: it has the address, the headers and the proxies."""
    return cast("httpx.AsyncClient", client._client)  # pyright: ignore[reportPrivateUsage] - no public way


async def get(client: ollama.AsyncClient, path: str) -> JsonObject:
    """As `post`."""
    return await _json(client, "GET", path, None)


async def post(client: ollama.AsyncClient, path: str, body: JsonObject) -> JsonObject:
    """An answer as it came. Raises what the package's own calls raise, ValueError when it isn't a JSON object."""
    return await _json(client, "POST", path, body)


async def post_whole(client: ollama.AsyncClient, path: str, body: JsonObject) -> str:
    """The text of an answer, as it came. Raises what the package's own calls raise."""
    return (await _whole(client, "POST", path, body)).text


async def _json(client: ollama.AsyncClient, method: str, path: str, body: JsonObject | None) -> JsonObject:
    found = object_in((await _whole(client, method, path, body)).json())
    if found is None:
        raise ValueError("the answer isn't a JSON object")
    return found


async def _whole(client: ollama.AsyncClient, method: str, path: str, body: JsonObject | None) -> httpx.Response:
    send = cast("Callable[..., Awaitable[httpx.Response]]", client._request_raw)  # pyright: ignore[reportPrivateUsage] - untyped, and maps errors as the public calls do
    return await send(method, path, json=body)


async def post_stream(
    client: ollama.AsyncClient, kind: Callable[..., T], path: str, body: JsonObject
) -> AsyncGenerator[T]:
    """The lines of a streamed answer, each as a `kind` of the package's. Raises what the package's own calls raise."""
    send = cast("Callable[..., Awaitable[AsyncGenerator[T]]]", client._request)  # pyright: ignore[reportPrivateUsage] - as above
    return await send(kind, "POST", path, json=body, stream=True)


def chat_part(**fields: object) -> ollama.ChatResponse:
    """A line of a chat. What the package can't read in it is left out, where it isn't the answer."""
    return ollama.ChatResponse.model_validate(_readable(fields))


def generate_part(**fields: object) -> ollama.GenerateResponse:
    """As `chat_part`, of a completion."""
    return ollama.GenerateResponse.model_validate(_readable(fields))


def _readable(fields: dict[str, object]) -> dict[str, object]:
    """The fields, without probabilities in another shape than Ollama's, as forks of it tell them."""
    rows = fields.get("logprobs")
    good = isinstance(rows, list) and all(map(_is_probability, cast("list[object]", rows)))
    return fields if rows is None or good else fields | {"logprobs": None}


def _is_probability(row: object) -> bool:
    found = object_in(row) or {}
    top = found.get("top_logprobs")
    told = isinstance(found.get("token"), str) and isinstance(found.get("logprob"), int | float)
    others = cast("list[object]", top) if isinstance(top, list) else []
    return told and (top is None or isinstance(top, list)) and all(map(_is_probability, others))


def as_generator(stream: AsyncIterator[T]) -> AsyncGenerator[T]:
    """The package's streams are async generators, though it doesn't say so: closing one closes the connection."""
    return cast("AsyncGenerator[T]", stream)


def keep_alive_value(value: str | None) -> str | float | None:
    """`keep_alive` as Ollama takes it: a duration ("5m") or a number of seconds, which it refuses as a string."""
    try:
        return float(value) if value is not None else None
    except ValueError:
        return value
