"""Addresses of servers: this machine or another, whether http is allowed, and what may be shown of an address."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from postil.engine.base import EngineUnavailable

# The default of `ollama serve`.
OLLAMA_PORT = 11434


@dataclass(frozen=True, slots=True)
class Address:
    """`url` may hold a name and a password, `shown` holds neither."""

    url: str
    shown: str
    loopback: bool


def is_loopback(host: str | None) -> bool:
    """Whether a host name can only be this machine."""
    name = (host or "").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def address_of(given: str, setting: str, *, allow_http: bool, port: int | None = None) -> Address:
    """The address in a setting (dotted, `openai.base_url`) or a variable.

    An address without a scheme is taken where there is a default `port`: http on this machine, https elsewhere. Raises
    EngineUnavailable, with the next step, for an invalid address, and for http to another machine unless `allow_http`
    is set: anybody on the way could read the code.
    """
    section = setting.partition(".")[0]
    bare = "://" not in given
    try:
        parts = urlsplit(f"//{given}" if bare else given)
        host, number = parts.hostname, parts.port
    except ValueError as error:
        # What comes before an @ is a name and a password, which the error may quote.
        what = f"{given} is no address ({error})" if "@" not in given else f"{given.rpartition('@')[2]} is no address"
        raise EngineUnavailable(f"{setting}: {what}: write https://HOST:PORT") from error
    # Servers listen on these addresses, but not every system can connect to them.
    unspecified = {"0.0.0.0": "127.0.0.1", "::": "::1"}
    host = unspecified.get(host or "", host) or "127.0.0.1"
    loopback = is_loopback(host)
    scheme = parts.scheme if not bare else "http" if loopback or allow_http else "https"
    if scheme not in ("http", "https") or number == 0 or (bare and port is None):
        raise EngineUnavailable(f"{setting}: {_shown(parts)} is no address: write http(s)://HOST:PORT")
    name = f"[{host}]" if ":" in host else host
    place = name if number is None and (port is None or not bare) else f"{name}:{number or port}"
    shown = f"{scheme}://{place}{parts.path}".rstrip("/")
    if scheme == "http" and not loopback and not allow_http:
        raise EngineUnavailable(
            f"{setting}: {shown} is another machine, and http sends your code there for all to read: use https, or"
            f" set {section}.allow_http = true in your user settings."
        )
    user = parts.netloc.rpartition("@")[0]
    return Address(shown.replace("://", f"://{user}@", 1) if user else shown, shown, loopback)


def _shown(parts: SplitResult) -> str:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().removeprefix("//")
