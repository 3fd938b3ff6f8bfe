"""workspace/executeCommand: review, reviewRange, persona, cancel, clear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from postil.core.review.finding import Span
from postil.lsp.features.text_document import review as start_review
from postil.lsp.server import PostilServer

# pygls counts an argument with a default as one that must be given; `*given` takes what comes.


def review(server: PostilServer, *given: Any) -> None:
    """`postil.review [uri]`: review an open document now."""
    _told(server, start_review(server, _uri(given), "manual"))


def review_range(server: PostilServer, *given: Any) -> None:
    """`postil.reviewRange [uri, range]`: review the units that a range touches."""
    lines = given[1] if len(given) > 1 else None
    first, last = _line(lines, "start"), _line(lines, "end")
    if first is None or last is None or last < first:
        raise JsonRpcInvalidParams("postil.reviewRange takes a document's URI and an LSP range")
    _told(server, start_review(server, _uri(given), "manual", Span(first, last + 1)))


def persona(server: PostilServer, *given: Any) -> None:
    """`postil.persona [name, on]`: turn a review persona on or off until the server ends; without `on` the other way
    round."""
    session = server.open_session()
    name, on = (*given, None, None)[:2]
    if not isinstance(name, str) or not (on is None or isinstance(on, bool)):
        raise JsonRpcInvalidParams("postil.persona takes the name of a persona, and true or false")
    enabled = session.config.enabled()
    known = dict.fromkeys(name for config in session.config for name in config.personas.names("review"))
    if name not in known and name not in enabled:
        raise JsonRpcInvalidParams(f"there is no review persona called {name!r}: known are {', '.join(known)}")
    session.switch(name, on=name not in enabled if on is None else on)


def cancel(server: PostilServer, *given: Any) -> None:
    """`postil.cancel [uri]`: stop the review of a document, or all of them."""
    server.open_session().cancel(given[0] if given and isinstance(given[0], str) else None)


def clear(server: PostilServer, *given: Any) -> None:
    """`postil.clear [uri]`: take the notes of a document away, or of all."""
    session = server.open_session()
    for known in given[:1] if given and isinstance(given[0], str) else session.findings.uris():
        session.clear(known)


def _told(server: PostilServer, reason: str | None) -> None:
    if reason is not None:
        server.window_show_message(types.ShowMessageParams(types.MessageType.Info, f"Postil: {reason}"))


def _uri(given: Sequence[Any]) -> str:
    uri = given[0] if given else None
    if not isinstance(uri, str):
        raise JsonRpcInvalidParams("the first argument is the URI of an open document")
    return uri


def _line(lines: Any, end: str) -> int | None:
    place = lines.get(end) if isinstance(lines, dict) else getattr(lines, end, None)
    line = place.get("line") if isinstance(place, dict) else getattr(place, "line", None)
    return line if isinstance(line, int) and not isinstance(line, bool) and line >= 0 else None
