"""workspace/executeCommand: review, reviewRange, persona, cancel, clear."""

from __future__ import annotations

from collections.abc import Sequence

from pygls.exceptions import JsonRpcInvalidParams

from postil.lsp.server import PostilServer
from postil.lsp.shapes import lines_touched


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


def _explain(server: PostilServer, reason: str | None) -> None:
    """Inform the user why no review was started."""
    if reason is not None:
        server.client.message(reason, error=False)


def _uri(arguments: Sequence[object]) -> str:
    uri = arguments[0] if arguments else None
    if not isinstance(uri, str):
        raise JsonRpcInvalidParams("the first argument is the URI of an open document")
    return uri
