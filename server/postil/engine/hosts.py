"""Where a server is: this machine or another one, how it may be spoken to, and what of its address may be shown."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from postil.engine.base import EngineUnavailable

# What `ollama serve` listens on where nobody says otherwise.
OLLAMA_PORT = 11434


@dataclass(frozen=True, slots=True)
class Address:
    """`url` may hold a name and a password, `shown` doesn't."""

    url: str
    shown: str
    loopback: bool


def is_loopback(host: str | None) -> bool:
    """Whether a host's name can only mean this machine."""
    name = (host or "").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def address_of(given: str, setting: str, *, allow_http: bool, port: int | None = None) -> Address:
    """The address that a setting (dotted, `openai.base_url`) or a variable names.

    Without a scheme, where there is a usual `port`, it is http on this machine and https elsewhere. EngineUnavailable,
    with the next step, for what is none, and for plain http to another machine where `allow_http` isn't set: anybody on
    the way could read the code.
    """
    section = setting.partition(".")[0]
    bare = "://" not in given
    try:
        parts = urlsplit(f"//{given}" if bare else given)
        host, number = parts.hostname, parts.port
    except ValueError as error:
        raise EngineUnavailable(f"{setting}: {given} is no address ({error}): write https://HOST:PORT") from error
    # What a server listens on, and nobody can connect to everywhere.
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


def tls_hint(error: BaseException, address: Address, section: str) -> str:
    """What to do where https is spoken to a server that may know http only; "" where that isn't it."""
    if address.loopback or not address.url.startswith("https:") or "ssl" not in str(error).lower():
        return ""
    return f" It may speak plain http only: then set {section}.allow_http = true in your user settings."


def _shown(parts: SplitResult) -> str:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().removeprefix("//")
