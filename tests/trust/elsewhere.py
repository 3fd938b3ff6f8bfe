"""Another machine, as far as Postil can tell: a name that is not loopback and leads to a server of the test's own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

NAME = "models.example"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name. Proxies of the environment are none of this."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *more: Any, **named: Any) -> Any:
        return real("127.0.0.1" if host in (NAME, NAME.encode()) else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield NAME


def there(url: str) -> str:
    """A URL on 127.0.0.1 as one of the other machine's."""
    return url.replace("127.0.0.1", NAME)
