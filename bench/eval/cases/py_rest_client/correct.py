"""Client of the project server's REST interface. How requests are sent is left to a transport."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Response:
    """What came back; the body is JSON, or empty."""

    status: int
    body: bytes = b""


class Transport(Protocol):
    """Sends requests, for instance with http.client."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        """Send a request and return the response to it."""
        ...


class ApiError(Exception):
    """The server refused a request."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Client:
    """Talks to one server on behalf of one user."""

    def __init__(
        self,
        base_url: str,
        transport: Transport,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Make a client that sends the given headers with each request."""
        self._headers = dict(headers or {})
        self._base_url = base_url.rstrip("/")
        self._transport = transport

    def sign_in(self, name: str, password: str) -> None:
        """Get a token, and send it with all further requests of this client."""
        session = self._request("POST", "/sessions", body={"name": name, "password": password})
        self._headers["Authorization"] = f"Bearer {session['token']}"

    def sign_out(self) -> None:
        """Give the token back, if there is one."""
        if "Authorization" in self._headers:
            self._request("DELETE", "/sessions/current")
            del self._headers["Authorization"]

    def project(self, slug: str) -> dict[str, Any]:
        """Return a project."""
        return self._request("GET", f"/projects/{quote(slug, safe='')}")

    def issues(self, slug: str, **filters: str) -> Iterator[dict[str, Any]]:
        """Yield the issues of a project that match the filters, page after page."""
        path = f"/projects/{quote(slug, safe='')}/issues"
        page: int | None = 1
        while page is not None:
            answer = self._request("GET", f"{path}?{urlencode({**filters, 'page': page})}")
            yield from answer["items"]
            page = answer.get("next_page")

    def _request(self, method: str, path: str, body: Any = None) -> Any:
        """Return the decoded answer, or None if it has no body; raises ApiError if it isn't a success."""
        headers = {**self._headers, "Accept": "application/json"}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        response = self._transport.send(method, self._base_url + path, headers, data)
        if not 200 <= response.status < 300:
            raise ApiError(response.status, response.body.decode(errors="replace"))
        return json.loads(response.body) if response.body else None
