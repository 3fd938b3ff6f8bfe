"""A fix that was applied: its unit is read again, and the user hears when the model isn't content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcInvalidParams

from postil.core.review.finding import Span
from postil.lsp.features.text_document import review
from postil.lsp.server import PostilServer

if TYPE_CHECKING:
    from postil.service.review.run import Run


@dataclass(frozen=True, slots=True)
class Applied:
    """The lines that a persona's fix has put into the document."""

    persona: str
    lines: Span


def fixed(server: PostilServer, *given: Any) -> None:
    """`postil.fixed [uri, persona, first, last]` (lines, `last` exclusive): the command of a fix, after its edit."""
    uri, persona, first, last = (*given, None, None, None, None)[:4]
    whole = all(isinstance(line, int) and not isinstance(line, bool) and line >= 0 for line in (first, last))
    if not isinstance(uri, str) or not isinstance(persona, str) or not whole:
        raise JsonRpcInvalidParams("postil.fixed takes a document's URI, a persona, and two lines")
    # Of a fix that only takes lines away, the line that has come in their place.
    lines = Span(first, max(last, first + 1))
    if review(server, uri, "manual", lines, only=(persona,)) is None:
        server.verifying[uri] = Applied(persona, lines)


def verified(server: PostilServer, run: Run) -> None:
    """The run that reads a fix again is over."""
    applied = server.verifying.pop(run.uri)
    session = server.session
    if session is None or run.failed:
        return
    document = server.workspace.text_documents.get(run.uri)
    shown = server.shown(document) if document is not None else []
    left = [one for one in session.findings.touching(run.uri, applied.persona, applied.lines) if one in shown]
    if left:
        line = left[0].span.first + 1
        server.tell(f"{applied.persona} is not content with the fix: see its note on line {line}.", error=False)
