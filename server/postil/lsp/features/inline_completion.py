"""textDocument/inlineCompletion, and what clients tell of the suggestions they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from postil.lsp.features.text_document import refused
from postil.lsp.from_lsp import path_of
from postil.lsp.server import PostilServer

if TYPE_CHECKING:
    from postil.lsp.rpc.documents import Document
    from postil.service.completion.cursor import Cursor, Suggestion

OPTIONS = types.InlineCompletionOptions()
ACCEPTED = "postil.completionAccepted"
COUNTED = ("shown", "accepted", "partiallyAccepted", "generations", "promptTokens", "cachedTokens", "outputTokens")


async def inline_completion(
    server: PostilServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    """Ghost text for a cursor; None when there is none, and then `postil/status` says why."""
    from postil.core.text.edits import newline_of
    from postil.core.text.positions import units_of

    session = server.open_session()
    document = server.workspace.text_documents.get(params.text_document.uri)
    if document is None:
        return None
    settings = session.config_of(path_of(document.uri)).settings.completion
    if not settings.enabled or refused(server, document) is not None:
        return None
    if server.modelfiles.is_open(document.uri):
        return None
    invoked = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    selected = params.context.selected_completion_info
    want = settings.candidates if invoked else 1
    text = document.source
    newline = newline_of(text)
    end, cursor = cursor_at(server, document, text, params.position, selected, invoked=invoked, want=want)
    completed = await session.completer().complete(cursor)
    chosen = selected.text if selected is not None else ""
    start = selected.range.start if selected is not None else params.position
    items = []
    for one in completed.suggestions:
        covered = units_of(cursor.after[: one.insertion.covers], server.encoding)
        items.append(
            types.InlineCompletionItem(
                insert_text=chosen + one.insertion.text.replace("\n", newline),
                range=types.Range(start, types.Position(end.line, end.character + covered)),
                command=types.Command("Postil: accepted", ACCEPTED, arguments=[one.id]),
            )
        )
    return types.InlineCompletionList(items) if items else None


def cursor_at(
    server: PostilServer,
    document: Document,
    text: str,
    position: types.Position,
    selected: types.SelectedCompletionInfo | None = None,
    *,
    invoked: bool,
    want: int = 1,
) -> tuple[types.Position, Cursor]:
    """Where the text that is replaced ends, and the cursor with the text around it; what is selected in the completion
    menu counts as typed."""
    from postil.core.text.positions import line_span, to_column
    from postil.service.completion.cursor import Cursor
    from postil.service.workspace.languages import language_of

    def offset(given: types.Position) -> int:
        first, last = line_span(text, given.line)
        return first + to_column(text[first:last], given.character, server.encoding)

    begins = ends = offset(position)
    chosen = ""
    if selected is not None:
        begins, ends, chosen = offset(selected.range.start), offset(selected.range.end), selected.text
        position = selected.range.end
    language = document.language_id or language_of(document.filename or "", text[:200].partition("\n")[0])
    before, after = text[:begins] + chosen, text[ends:]
    if "\r" in text:
        before, after = (part.replace("\r\n", "\n").replace("\r", "\n") for part in (before, after))
    return position, Cursor(document.uri, language, before, after, invoked=invoked, want=want)


def accepted(server: PostilServer, name: Any = None) -> None:
    """`postil.completionAccepted [id]`: the command of an accepted item."""
    if not isinstance(name, str):
        raise JsonRpcInvalidParams("postil.completionAccepted takes the id of a suggestion")
    server.open_session().completer().accepted(name)


def counts(server: PostilServer) -> dict[str, int]:
    """`postil.completionCounts`: what became of the suggestions since the start, and what they cost the engine."""
    found = server.open_session().completer().counts
    return {key: found[key] for key in COUNTED}


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
