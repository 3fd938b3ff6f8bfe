"""`postil.fixed`: a fix was applied, so its lines are reviewed again."""

from __future__ import annotations

from typing import TypeGuard

from pygls.exceptions import JsonRpcInvalidParams

from postil.core.review.finding import Span
from postil.lsp.server import PostilServer


def fixed(server: PostilServer, *arguments: object) -> None:
    """`postil.fixed [uri, persona, first, last]` (lines, `last` exclusive). Clients run it after the edit of a fix."""
    uri, persona, first, last = (*arguments, None, None, None, None)[:4]
    if not (isinstance(uri, str) and isinstance(persona, str) and _is_line(first) and _is_line(last)):
        raise JsonRpcInvalidParams("postil.fixed takes a document's URI, a persona, and two lines")
    # After a fix that only removes lines, review the line that follows them.
    server.open_session().verify_fix(uri, persona, Span(first, max(last, first + 1)))


def _is_line(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
