"""workspace/executeCommand: review, reviewRange, cancel, clear."""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from postil.core.finding import Span
from postil.lsp.features.documents import review as start_review
from postil.lsp.server import PostilServer


def review(server: PostilServer, uri: Any = None) -> None:
    """`postil.review [uri]`: review an open document now."""
    _told(server, start_review(server, _uri(uri), "manual"))


def review_range(server: PostilServer, uri: Any = None, lines: Any = None) -> None:
    """`postil.reviewRange [uri, range]`: review the units that a range touches."""
    first, last = _line(lines, "start"), _line(lines, "end")
    if first is None or last is None or last < first:
        raise JsonRpcInvalidParams("postil.reviewRange takes a document's URI and an LSP range")
    _told(server, start_review(server, _uri(uri), "manual", Span(first, last + 1)))


def cancel(server: PostilServer, uri: Any = None) -> None:
    """`postil.cancel [uri]`: stop the review of a document, or all of them."""
    server.open_session().cancel(uri if isinstance(uri, str) else None)


def clear(server: PostilServer, uri: Any = None) -> None:
    """`postil.clear [uri]`: take the notes of a document away, or of all."""
    session = server.open_session()
    for known in [uri] if isinstance(uri, str) else session.findings.uris():
        session.clear(known)


def _told(server: PostilServer, reason: str | None) -> None:
    if reason is not None:
        server.window_show_message(types.ShowMessageParams(types.MessageType.Info, f"Postil: {reason}"))


def _uri(uri: Any) -> str:
    if not isinstance(uri, str):
        raise JsonRpcInvalidParams("the first argument is the URI of an open document")
    return uri


def _line(lines: Any, end: str) -> int | None:
    place = lines.get(end) if isinstance(lines, dict) else getattr(lines, end, None)
    line = place.get("line") if isinstance(place, dict) else getattr(place, "line", None)
    return line if isinstance(line, int) and not isinstance(line, bool) and line >= 0 else None
