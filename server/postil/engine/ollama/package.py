"""Executes the `ollama` package without the client that it makes for its module-level functions.

That client reads OLLAMA_HOST, the proxies and the certificates of the environment, and raises for those that it can't
use (a SOCKS proxy without `socksio`, an entry of NO_PROXY in brackets, an SSL_CERT_FILE that is gone), whichever host
is meant. Nothing here uses these functions.
"""

from __future__ import annotations

import importlib
import threading
from functools import cache
from typing import Any

import ollama

from postil.engine.base import EngineUnavailable

_lock = threading.Lock()


def load() -> None:
    """Before the first use of the package; it is deferred until then (`postil.lazy`). EngineUnavailable, with the next
    step, when it can't be executed."""
    with _lock:
        try:
            _load()
        except Exception as error:  # third parties' modules raise anything when they are imported
            raise EngineUnavailable(
                f"The package `ollama` can't be loaded ({type(error).__name__}: {error}): install Postil again, or set"
                " engine to embedded."
            ) from error


def _nothing(client: object) -> None:
    """Instead of the constructor."""


@cache
def _load() -> None:
    # A module of a package that waits: the package isn't executed for it.
    made: Any = importlib.import_module("ollama._client")
    original = made.Client.__init__
    made.Client.__init__ = _nothing
    try:
        # The first attribute executes the package, if it waits.
        ollama.AsyncClient  # noqa: B018
    finally:
        made.Client.__init__ = original
