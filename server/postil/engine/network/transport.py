"""The transport of every HTTP client: the way by the environment's proxies, trust, the key, and errors with a reason.

Executed at its first use (`postil.lazy`), because its classes have bases of httpx's."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from typing import cast

import httpx

from postil.engine.hosts import is_loopback
from postil.engine.network import tls
from postil.engine.network.access import Access
from postil.engine.network.certificate import Certificate, parsed
from postil.engine.network.proxies import Proxy, WrongProxy, proxy_for

# For a look at the certificate of a server that speaks TLS, and at whether one does, after a connection has failed.
_CERTIFICATE_SECONDS = 4.0
_LOOK_SECONDS = 1.0

Authorize = Callable[[], Awaitable[str | None]]


class Unreachable(httpx.TransportError):
    """A connection that failed for a known reason: `str(error)` is that reason and the next step, as sentences."""


class Transport(httpx.AsyncBaseTransport):
    """Requests to this machine never go by a proxy, others by the one that the environment names. Certificates are
    always verified. `authorize` gives the header Authorization for requests to `origin`, and for no others."""

    def __init__(
        self,
        access: Access,
        limits: httpx.Limits | None = None,
        origin: str = "",
        authorize: Authorize | None = None,
    ) -> None:
        self._access = access
        self._limits = limits or httpx.Limits()
        self._origin = _origin(httpx.URL(origin)) if origin else None
        self._authorize = authorize
        self._routes: dict[tuple[str, bool], httpx.AsyncHTTPTransport] = {}
        self._context: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        try:
            proxy = None if is_loopback(url.host) else proxy_for(url.scheme, url.host, url.port)
            route = self._route(proxy, secure=url.scheme == "https")
        except (WrongProxy, tls.WrongCaFile) as error:
            raise Unreachable(str(error)) from error
        if self._authorize is not None and _origin(url) == self._origin:
            header = await self._authorize()
            if header is not None:
                request.headers["Authorization"] = header
        try:
            response = await route.handle_async_request(request)
        except httpx.TransportError as error:
            reason = await self._reason(error, url, proxy)
            if reason is None:
                raise
            raise Unreachable(reason) from error
        if proxy is not None and response.status_code == 407:
            await response.aclose()
            raise Unreachable(_refused(proxy, "407 Proxy Authentication Required"))
        return response

    def _route(self, proxy: Proxy | None, *, secure: bool) -> httpx.AsyncHTTPTransport:
        key = (proxy.url if proxy is not None else "", secure)
        if key not in self._routes:
            verify = tls.without_authorities()
            if secure or (proxy is not None and proxy.url.startswith("https:")):
                self._context = self._context or tls.context(self._access.ca_file)
                verify = self._context
            by = None
            if proxy is not None:
                try:
                    by = httpx.Proxy(proxy.url, ssl_context=verify if proxy.url.startswith("https:") else None)
                except (ValueError, httpx.InvalidURL) as error:
                    raise WrongProxy(f"{proxy.variable} holds no address of a proxy: correct it.") from error
            self._routes[key] = httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=self._limits, proxy=by)
        return self._routes[key]

    async def _reason(self, error: httpx.TransportError, url: httpx.URL, proxy: Proxy | None) -> str | None:
        """Why a request had no answer, where more is known than that."""
        cause = tls.cause_of(error)
        if cause is not None and url.scheme == "https":
            verified = isinstance(cause, ssl.SSLCertVerificationError)
            found = await _certificate(url) if verified and proxy is None else None
            by = f" (by the proxy {proxy.shown} of {proxy.variable})" if proxy is not None else ""
            return tls.explained(cause, f"{url.host}{by}", self._access, found)
        if cause is not None and proxy is not None and proxy.url.startswith("https:"):
            place = httpx.URL(proxy.url)
            access = Access(proxy.variable, ca_file=self._access.ca_file)
            return tls.explained(cause, f"the proxy {place.host}", access, await _certificate(place))
        if proxy is not None and isinstance(error, httpx.ProxyError):
            return _refused(proxy, str(error))
        if proxy is not None and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return (
                f"The proxy {proxy.shown} doesn't answer ({_what(error)}): correct {proxy.variable}, or name {url.host}"
                " in NO_PROXY."
            )
        hung_up = isinstance(error, httpx.RemoteProtocolError | httpx.ReadError)
        if proxy is None and url.scheme == "http" and hung_up and await _speaks_tls(url):
            return f"It speaks https, and the address says http: write https:// in {self._access.address}."
        return None

    async def aclose(self) -> None:
        for route in self._routes.values():
            await route.aclose()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _refused(proxy: Proxy, what: str) -> str:
    return (
        f"The proxy {proxy.shown} refuses the connection ({what}): does it want a name and a password? They go into"
        f" {proxy.variable}, as http://NAME:PASSWORD@HOST:PORT."
    )


def _what(error: Exception) -> str:
    return str(error) or type(error).__name__


def _looking() -> ssl.SSLContext:
    """For a handshake in which nothing is sent: it reads the certificate of a server that isn't trusted, for a message
    that names it."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


async def _handshake(url: httpx.URL, seconds: float) -> bytes | None:
    """The server's certificate (DER), b"" without one; None when it doesn't speak TLS."""
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(seconds):
            port = url.port or (443 if url.scheme == "https" else 80)
            _, writer = await asyncio.open_connection(url.host, port, ssl=_looking(), server_hostname=url.host)
            spoken = cast("ssl.SSLObject | None", writer.get_extra_info("ssl_object"))
            return (spoken.getpeercert(binary_form=True) if spoken is not None else None) or b""
    except (OSError, TimeoutError, ValueError):
        return None
    finally:
        if writer is not None:
            with contextlib.suppress(OSError):
                writer.transport.abort()


async def _certificate(url: httpx.URL) -> Certificate | None:
    found = await _handshake(url, _CERTIFICATE_SECONDS)
    return parsed(found) if found else None


async def _speaks_tls(url: httpx.URL) -> bool:
    return await _handshake(url, _LOOK_SECONDS) is not None
