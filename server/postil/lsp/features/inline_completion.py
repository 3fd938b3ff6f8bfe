"""textDocument/inlineCompletion, and what clients tell of the suggestions they show."""

from __future__ import annotations

import msgspec
from lsprotocol import types

from postil.core.text.edits import newline_of
from postil.core.text.positions import line_span, to_column, units_of
from postil.lsp.command_args import string_args
from postil.lsp.server import PostilServer
from postil.lsp.shapes import shaped
from postil.service.completion.cursor import Cursor, Suggestion
from postil.service.documents import Document

ACCEPTED = "postil.completionAccepted"
COUNTED = ("shown", "accepted", "partiallyAccepted", "generations", "promptTokens", "cachedTokens", "outputTokens")


async def inline_completion(
    server: PostilServer, document: Document, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    """Ghost text for a cursor; None when there is none, and then `postil/status` says why."""

    session = server.open_session()
    settings = session.config_of(document.path).settings.completion
    if not settings.enabled or session.refusal(document) is not None:
        return None
    invoked = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    selected = params.context.selected_completion_info
    want = settings.candidates if invoked else 1
    text = document.text
    newline = newline_of(text)
    end, cursor = cursor_at(server, document, text, params.position, selected, invoked=invoked, want=want)
    completed = await session.complete(cursor)
    chosen = selected.text if selected is not None else ""
    start = selected.range.start if selected is not None else params.position
    items: list[types.InlineCompletionItem] = []
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

    def offset(given: types.Position) -> int:
        first, last = line_span(text, given.line)
        return first + to_column(text[first:last], given.character, server.encoding)

    begins = ends = offset(position)
    chosen = ""
    if selected is not None:
        begins, ends, chosen = offset(selected.range.start), offset(selected.range.end), selected.text
        position = selected.range.end
    language = document.language
    before, after = text[:begins] + chosen, text[ends:]
    if "\r" in text:
        before, after = (part.replace("\r\n", "\n").replace("\r", "\n") for part in (before, after))
    return position, Cursor(document.uri, language, before, after, invoked=invoked, want=want)


def accepted(server: PostilServer, *given: object) -> None:
    """`postil.completionAccepted [id]`: the command of an accepted item."""
    (name,) = string_args("postil.completionAccepted", given, "id")
    server.open_session().completer.accepted(name or "")


def counts(server: PostilServer, *_: object) -> dict[str, int]:
    """`postil.completionCounts`: what became of the suggestions since the start, and what they cost the engine."""
    found = server.open_session().completer.counts
    return {key: found[key] for key in COUNTED}


def did_show(server: PostilServer, params: object) -> None:
    server.open_session().completer.shown(_id(params))


def did_partially_accept(server: PostilServer, params: object) -> None:
    server.open_session().completer.partially_accepted(_id(params))


class _Command(msgspec.Struct):
    arguments: tuple[str, ...] = ()


class _Item(msgspec.Struct):
    command: _Command


class _Named(msgspec.Struct):
    """`{"id": …}`, or the item itself with our command."""

    id: str = ""
    item: _Item | None = None


def _id(params: object) -> str:
    """The id of the suggestion that a notification is about; "" when it names none."""
    named = shaped(params, _Named) or _Named()
    return named.id or next(iter(named.item.command.arguments), "") if named.item is not None else named.id


def suggestion_text(cursor: Cursor, suggestion: Suggestion) -> str:
    """The word that is being typed with what comes behind it, for menus that match by it."""
    head = cursor.place.head
    start = len(head)
    while start and (head[start - 1].isalnum() or head[start - 1] == "_"):
        start -= 1
    return head[start:] + suggestion.insertion.text
