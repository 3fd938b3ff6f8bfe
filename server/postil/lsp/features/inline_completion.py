"""textDocument/inlineCompletion, and the clients' notifications about shown and accepted suggestions."""

from __future__ import annotations

import msgspec
from lsprotocol import types

from postil.core.completion.cursor import Cursor, Suggestion
from postil.core.text.edits import newline_of
from postil.core.text.positions import line_span, to_column, units_of
from postil.lsp.command_args import string_args
from postil.lsp.server import PostilServer
from postil.lsp.shapes import shaped
from postil.service.documents import Document

ACCEPTED = "postil.completionAccepted"
COUNTED = ("shown", "accepted", "partiallyAccepted", "generations", "promptTokens", "cachedTokens", "outputTokens")


async def inline_completion(
    server: PostilServer, document: Document, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    """Ghost text for a cursor; None if there is none. Then `postil/status` may give the reason."""

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
    """The end of the replaced text, and the cursor with its surrounding text. The item selected in the completion menu
    counts as typed."""

    def offset(place: types.Position) -> int:
        first, last = line_span(text, place.line)
        return first + to_column(text[first:last], place.character, server.encoding)

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


def accepted(server: PostilServer, *arguments: object) -> None:
    """`postil.completionAccepted [id]`: the command of an accepted item."""
    (name,) = string_args("postil.completionAccepted", arguments, "id")
    server.open_session().completer.accepted(name or "")


def counts(server: PostilServer, *_: object) -> dict[str, int]:
    """`postil.completionCounts`: how many suggestions were shown and accepted since the start, and the tokens used."""
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
    """`{"id": …}`, or the completion item, which contains Postil's command."""

    id: str = ""
    item: _Item | None = None


def _id(params: object) -> str:
    """The id of the suggestion that a notification is about; "" if it contains none."""
    named = shaped(params, _Named) or _Named()
    return named.id or next(iter(named.item.command.arguments), "") if named.item is not None else named.id


def suggestion_text(cursor: Cursor, suggestion: Suggestion) -> str:
    """The suggestion with the word before the cursor, because menus match items by that word."""
    head = cursor.place.head
    start = len(head)
    while start and (head[start - 1].isalnum() or head[start - 1] == "_"):
        start -= 1
    return head[start:] + suggestion.insertion.text
