"""workspace/executeCommand: review, reviewRange, persona, cancel, clear, showPrompt."""

from __future__ import annotations

from collections.abc import Sequence

from pygls.exceptions import JsonRpcInvalidParams

from postil.core.text.uri import path_of
from postil.lsp.server import PostilServer
from postil.lsp.shapes import line_of, lines_touched
from postil.service.exchanges import Wanted, about_line, prompt_page


def review(server: PostilServer, *arguments: object) -> None:
    """`postil.review [uri]`: review an open document now."""
    _explain(server, server.open_session().review(_uri(arguments), "manual"))


def review_range(server: PostilServer, *arguments: object) -> None:
    """`postil.reviewRange [uri, range]`: review the units that a range touches."""
    try:
        lines = lines_touched(arguments[1] if len(arguments) > 1 else None)
    except TypeError as error:
        raise JsonRpcInvalidParams("postil.reviewRange takes a document's URI and an LSP range") from error
    _explain(server, server.open_session().review(_uri(arguments), "manual", (lines,)))


def persona(server: PostilServer, *arguments: object) -> None:
    """`postil.persona [name, on?]`: turn a review persona on or off until the server ends. Without `on`: toggle it."""
    session = server.open_session()
    name, on = (*arguments, None, None)[:2]
    if not isinstance(name, str) or not (on is None or isinstance(on, bool)):
        raise JsonRpcInvalidParams("postil.persona takes the name of a persona, and true or false")
    enabled = session.config.enabled()
    known = dict.fromkeys(name for config in session.config for name in config.personas.names("review"))
    if name not in known and name not in enabled:
        raise JsonRpcInvalidParams(f"there is no review persona called {name!r}: known are {', '.join(known)}")
    session.switch(name, on=name not in enabled if on is None else on)


def cancel(server: PostilServer, *arguments: object) -> None:
    """`postil.cancel [uri?]`: stop the review of a document, or all reviews."""
    server.open_session().cancel(arguments[0] if arguments and isinstance(arguments[0], str) else None)


def clear(server: PostilServer, *arguments: object) -> None:
    """`postil.clear [uri?]`: remove the notes of a document, or of all documents."""
    session = server.open_session()
    named = [uri for uri in arguments[:1] if isinstance(uri, str)]
    for uri in named or session.findings.uris():
        session.clear(uri)


async def show_prompt(server: PostilServer, *arguments: object) -> str:
    """`postil.showPrompt [uri?, position or id?]`: a page, as Markdown, with the latest requests to models as they were
    sent. The first are those about the position, or about the note with this id."""
    session = server.open_session()
    wanted = await _wanted(server, arguments[:2]) if arguments and arguments[0] is not None else Wanted()
    return await prompt_page(session.engines.exchanges(), wanted, lambda path: session.config_of(path).workspace)


async def _wanted(server: PostilServer, arguments: Sequence[object]) -> Wanted:
    session, uri = server.open_session(), _uri(arguments)
    document, place = session.documents.get(uri), arguments[1] if len(arguments) > 1 else None
    if document is None:
        path = path_of(uri)
        # A page of the editor's own isn't what anybody asks about.
        return Wanted(path if path != uri else "")
    if isinstance(place, str):
        note = session.findings.named(uri, place)
        if note is None:
            return Wanted(document.path)
        return Wanted(document.path, note.span.first, frozenset({note.finding.unit}), note.finding.persona)
    line = line_of(place)
    if line is None and place is not None:
        raise JsonRpcInvalidParams("postil.showPrompt takes a document's URI, and a position or the id of a note")
    notes = session.findings.of(uri)
    return await about_line(document, line, notes) if line is not None else Wanted(document.path)


def _explain(server: PostilServer, reason: str | None) -> None:
    """Inform the user why no review was started."""
    if reason is not None:
        server.client.message(reason, error=False)


def _uri(arguments: Sequence[object]) -> str:
    uri = arguments[0] if arguments else None
    if not isinstance(uri, str):
        raise JsonRpcInvalidParams("the first argument is the URI of an open document")
    return uri
