"""textDocument/inlineCompletion, and what clients tell of the suggestions they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from postil.lsp.features.documents import refused
from postil.lsp.server import PostilServer

if TYPE_CHECKING:
    from pygls.workspace import TextDocument

    from postil.core.text import Position
    from postil.service.complete import Cursor, Suggestion

OPTIONS = types.InlineCompletionOptions()
ACCEPTED = "postil.completionAccepted"


async def inline_completion(
    server: PostilServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    """Ghost text for a cursor; None when there is none, and then `postil/status` says why."""
    session = server.open_session()
    document = server.workspace.text_documents.get(params.text_document.uri)
    if document is None or not session.settings.completion.enabled or refused(server, document) is not None:
        return None
    invoked = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    selected = params.context.selected_completion_info
    want = session.settings.completion.candidates if invoked else 1
    text, newline = document.source, _newline_of(document.source)
    at, cursor = cursor_at(server, document, text, params.position, selected, invoked=invoked, want=want)
    completed = await session.completer().complete(cursor)
    chosen = selected.text if selected is not None else ""
    start = selected.range.start if selected is not None else params.position
    items = []
    for one in completed.suggestions:
        end = types.Position(at.line, _column(server, text, at, one.insertion.covers))
        items.append(
            types.InlineCompletionItem(
                insert_text=chosen + one.insertion.text.replace("\n", newline),
                range=types.Range(start, end),
                command=types.Command("Postil: accepted", ACCEPTED, arguments=[one.id]),
            )
        )
    return types.InlineCompletionList(items) if items else None


def cursor_at(
    server: PostilServer,
    document: TextDocument,
    text: str,
    position: types.Position,
    selected: types.SelectedCompletionInfo | None = None,
    *,
    invoked: bool,
    want: int = 1,
) -> tuple[Position, Cursor]:
    """The place in the document (columns in code points), and the cursor with the text around it; what is selected in
    the completion menu counts as typed."""
    from postil.core.text import LineIndex, Position, to_column
    from postil.service.complete import Cursor
    from postil.service.languages import language_of

    index = LineIndex(text)

    def place(given: types.Position) -> Position:
        return Position(given.line, to_column(index.line(given.line), given.character, server.encoding))

    at = place(position)
    end = index.offset(at)
    start = end
    chosen = ""
    if selected is not None:
        start, chosen = index.offset(place(selected.range.start)), selected.text
        end = max(end, index.offset(place(selected.range.end)))
        at = index.position(end)
    language = document.language_id or language_of(document.filename or "", text[:200].partition("\n")[0])
    before, after = (part.replace("\r\n", "\n").replace("\r", "\n") for part in (text[:start] + chosen, text[end:]))
    return at, Cursor(document.uri, language, before, after, invoked=invoked, want=want)


def _column(server: PostilServer, text: str, at: Position, covers: int) -> int:
    from postil.core.text import LineIndex, from_column

    return from_column(LineIndex(text).line(at.line), at.character + covers, server.encoding)


def _newline_of(text: str) -> str:
    from postil.core.edits import newline_of

    return newline_of(text)


def accepted(server: PostilServer, name: Any = None) -> None:
    """`postil.completionAccepted [id]`: the command of an accepted item."""
    if not isinstance(name, str):
        raise JsonRpcInvalidParams("postil.completionAccepted takes the id of a suggestion")
    server.open_session().completer().accepted(name)


def counts(server: PostilServer) -> dict[str, int]:
    """`postil.completionCounts`: how many suggestions were shown, accepted and partially accepted, since the start."""
    found = server.open_session().completer().counts
    return {key: found[key] for key in ("shown", "accepted", "partially accepted")}


def did_show(server: PostilServer, params: Any) -> None:
    server.open_session().completer().shown(_id(params))


def did_partially_accept(server: PostilServer, params: Any) -> None:
    server.open_session().completer().partially_accepted(_id(params))


def _id(params: Any) -> str:
    """The id of the item in the notification: `{"id": …}`, or the item itself with our command."""
    from postil.lsp.from_lsp import id_of

    item = params.get("item") if isinstance(params, dict) else getattr(params, "item", None)
    command = item.get("command") if isinstance(item, dict) else getattr(item, "command", None)
    arguments = command.get("arguments") if isinstance(command, dict) else getattr(command, "arguments", None)
    given = id_of(params) or (arguments[0] if isinstance(arguments, list | tuple) and arguments else "")
    return given if isinstance(given, str) else ""


def suggestion_text(cursor: Cursor, suggestion: Suggestion) -> str:
    """The word that is being typed with what comes behind it, for menus that match by it."""
    head = cursor.place.head
    start = len(head)
    while start and (head[start - 1].isalnum() or head[start - 1] == "_"):
        start -= 1
    return head[start:] + suggestion.insertion.text
