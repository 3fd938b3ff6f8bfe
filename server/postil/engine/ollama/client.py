"""The `ollama` package's client for an address, with the traps on the way to it taken care of."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from postil.engine.base import EngineUnavailable
from postil.engine.hosts import OLLAMA_PORT, Address, address_of

if TYPE_CHECKING:
    import ollama

DEFAULT_HOST = "http://127.0.0.1:11434"


def ollama_address(host: str | None, allow_http: bool = False) -> Address:
    """Where Ollama is looked for: the setting, OLLAMA_HOST, its own default. EngineUnavailable when that is no address,
    or one that may not be spoken to."""
    variable = os.environ.get("OLLAMA_HOST")
    setting = "ollama.host" if host or not variable else "ollama.host (OLLAMA_HOST)"
    return address_of(host or variable or DEFAULT_HOST, setting, allow_http=allow_http, port=OLLAMA_PORT)


def open_client(address: Address, connect: float) -> ollama.AsyncClient:
    """A client; `connect` in seconds, and no other limit of time. EngineUnavailable when the address is none."""
    import httpx

    from postil.engine.stream.limits import HEADERS, bound

    try:
        # The package reads OLLAMA_HOST when it is imported, and fails there when that is no address.
        import ollama

        return ollama.AsyncClient(
            host=address.url,
            timeout=httpx.Timeout(None, connect=connect),
            # A proxy that the environment names leads out of this machine, never to a server on it.
            trust_env=not address.loopback,
            headers=HEADERS,
            event_hooks={"response": [bound]},
            # Who answers there may send us on to anybody; the code goes to whom the user has named.
            follow_redirects=False,
        )
    except (ValueError, httpx.InvalidURL) as error:
        raise EngineUnavailable(f"{address.shown} is no address: set ollama.host or OLLAMA_HOST right") from error


def keep_alive_value(value: str | None) -> str | float | None:
    """Ollama takes a duration ("5m") or a number of seconds, and refuses a number in quotes."""
    try:
        return float(value) if value is not None else None
    except ValueError:
        return value
