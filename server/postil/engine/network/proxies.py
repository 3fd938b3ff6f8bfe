"""The proxies of the environment: which one leads to a host, and what is wrong with it."""

from __future__ import annotations

import ipaddress
import os
import urllib.request
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import urlsplit

_HTTP = ("http", "https")
_SOCKS = ("socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class Proxy:
    """`url` may hold a name and a password, `shown` holds neither. `variable`: where it comes from, for messages."""

    url: str
    shown: str
    variable: str


class WrongProxy(Exception):
    """A proxy that can't be used; `str(error)` is a sentence with the next step."""


def proxy_for(scheme: str, host: str, port: int | None) -> Proxy | None:
    """The proxy for a URL of another machine. Raises WrongProxy."""
    known = urllib.request.getproxies()
    given = known.get(scheme) or known.get("all")
    if not given or _excepted(host, port):
        return None
    variable = _variable(scheme, given)
    step = f"correct {variable}, or name {host} in NO_PROXY."
    try:
        parts = urlsplit(given if "://" in given else f"http://{given}")
        place, _ = parts.hostname, parts.port
    except ValueError as error:
        # It may quote a piece of a password.
        why = "" if "@" in given else f" ({error})"
        raise WrongProxy(f"{variable} holds no address of a proxy{why}: {step}") from error
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    if not place or any(char.isspace() or not char.isprintable() for char in shown):
        raise WrongProxy(f"{variable} holds no address of a proxy: write http://HOST:PORT there, or {step}")
    if parts.scheme in _SOCKS:
        if find_spec("socksio") is None:
            raise WrongProxy(
                f"{variable} names a SOCKS proxy ({shown}), which needs one more package: pip install"
                f" 'postil[socks]'. Or name {host} in NO_PROXY."
            )
    elif parts.scheme not in _HTTP:
        raise WrongProxy(
            f"{variable} names a proxy of a kind that Postil can't use ({shown}): set an http:// or socks5:// one, or"
            f" name {host} in NO_PROXY."
        )
    return Proxy(parts.geturl(), shown, variable)


def _variable(scheme: str, value: str) -> str:
    """The variable that holds the proxy; the system's settings hold it on macOS and Windows."""
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    return next((name for name in names if os.environ.get(name) == value), "the system's proxy setting")


def _excepted(host: str, port: int | None) -> bool:
    """Whether NO_PROXY names the host. An entry that makes no sense excepts nothing."""
    entries = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if not entries.strip():
        # The exceptions in the settings of macOS and Windows.
        return bool(urllib.request.proxy_bypass(host))
    return any(_names(entry, host.rstrip(".").lower(), port) for entry in entries.replace(",", " ").split())


def _names(entry: str, host: str, port: int | None) -> bool:
    """Whether an entry of NO_PROXY stands for the host: `*`, a name (with its subdomains), an address, a network, each
    with a port or without."""
    entry = entry.rpartition("://")[2].rstrip("/").lower() if "://" in entry else entry.lower()
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    name, colon, number = entry.rpartition(":")
    if colon and number.isdigit():
        return int(number) == port and _names(name, host, port)
    name = entry.strip("[]").removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))
