"""`postil.fixed`: a fix was applied, and its lines are read again."""

from __future__ import annotations

from typing import TypeGuard

from pygls.exceptions import JsonRpcInvalidParams

from postil.core.review.finding import Span
from postil.lsp.server import PostilServer


def fixed(server: PostilServer, *given: object) -> None:
    """`postil.fixed [uri, persona, first, last]` (lines, `last` exclusive): the command of a fix, after its edit."""
    uri, persona, first, last = (*given, None, None, None, None)[:4]
    if not (isinstance(uri, str) and isinstance(persona, str) and _is_line(first) and _is_line(last)):
        raise JsonRpcInvalidParams("postil.fixed takes a document's URI, a persona, and two lines")
    # Of a fix that only takes lines away, the line that has come in their place.
    server.open_session().verify_fix(uri, persona, Span(first, max(last, first + 1)))


def _is_line(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
