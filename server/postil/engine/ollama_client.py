"""The `ollama` package's client for an address, with the traps on the way to it taken care of."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from postil.engine.base import EngineUnavailable

if TYPE_CHECKING:
    import ollama

DEFAULT_HOST = "http://127.0.0.1:11434"
_OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def host_of(host: str | None) -> str:
    """Where Ollama is looked for: the setting, OLLAMA_HOST, its own default. For messages and for the client.

    OLLAMA_HOST is often 0.0.0.0, which a server listens on and nobody can connect to everywhere.
    """
    found = host or os.environ.get("OLLAMA_HOST") or DEFAULT_HOST
    return found.replace("0.0.0.0", "127.0.0.1")


def open_client(host: str | None, connect: float) -> ollama.AsyncClient:
    """A client; `connect` in seconds, and no other limit of time. EngineUnavailable when the address is none."""
    import httpx

    from postil.engine.bounded import HEADERS, bound

    found = host_of(host)
    try:
        # A proxy that the environment names leads out of this machine, never to a server on it.
        name = urlsplit(found if "://" in found else f"//{found}").hostname
        # The package reads OLLAMA_HOST when it is imported, and fails there when that is no address.
        import ollama

        return ollama.AsyncClient(
            host=found,
            timeout=httpx.Timeout(None, connect=connect),
            trust_env=name not in _OWN_HOSTS,
            headers=HEADERS,
            event_hooks={"response": [bound]},
            # The package's own default is to go wherever an answer sends it.
            follow_redirects=False,
        )
    except (ValueError, httpx.InvalidURL) as error:
        raise EngineUnavailable(f"{found} is no address: set ollama.host or OLLAMA_HOST right") from error


def keep_alive_value(value: str | None) -> str | float | None:
    """Ollama takes a duration ("5m") or a number of seconds, and refuses a number in quotes."""
    try:
        return float(value) if value is not None else None
    except ValueError:
        return value
