"""textDocument/completion: the inline completion as a menu item, for editors without inline completion."""

from __future__ import annotations

from lsprotocol import types

from postil.core.text.edits import newline_of
from postil.core.text.positions import units_of
from postil.lsp.features.inline_completion import ACCEPTED, cursor_at, suggestion_text
from postil.lsp.server import PostilServer
from postil.service.documents import Document

# Characters of a menu item's label. The editor shows the whole text beside the menu.
MOST_LABEL = 60


async def completion(server: PostilServer, document: Document, params: types.CompletionParams) -> types.CompletionList:
    """At most one item. The list is always incomplete, so that the client asks again at the next key."""
    session = server.open_session()
    settings = session.config_of(document.path).settings.completion
    nothing = types.CompletionList(is_incomplete=True, items=[])
    wanted = settings.menu == "always" or (settings.menu == "auto" and not server.capabilities.inline_completion)
    if not wanted or not settings.enabled or session.refusal(document) is not None:
        return nothing
    kind = params.context.trigger_kind if params.context else types.CompletionTriggerKind.Invoked
    text = document.text
    invoked = kind == types.CompletionTriggerKind.Invoked
    _, cursor = cursor_at(server, document, text, params.position, invoked=invoked)
    completed = await session.complete(cursor)
    if not completed.suggestions:
        return nothing

    suggestion = completed.suggestions[0]
    whole = suggestion_text(cursor, suggestion)
    word = whole[: len(whole) - len(suggestion.insertion.text)]
    first = whole.strip().partition("\n")[0]
    covered = cursor.after[: suggestion.insertion.covers]
    position, encoding = params.position, server.encoding
    start = types.Position(position.line, position.character - units_of(word, encoding))
    end = types.Position(position.line, position.character + units_of(covered, encoding))
    item = types.CompletionItem(
        label=first[:MOST_LABEL] + ("…" if len(first) > MOST_LABEL or "\n" in whole.strip() else ""),
        kind=types.CompletionItemKind.Snippet if "\n" in whole else types.CompletionItemKind.Text,
        detail=f"postil ({settings.persona})",
        documentation=types.MarkupContent(types.MarkupKind.Markdown, f"```{cursor.language}\n{whole}\n```"),
        filter_text=word + suggestion.insertion.text.partition("\n")[0],
        text_edit=types.TextEdit(types.Range(start, end), whole.replace("\n", newline_of(text))),
        insert_text_mode=types.InsertTextMode.AsIs,
        command=types.Command("Postil: accepted", ACCEPTED, arguments=[suggestion.id]),
    )
    return types.CompletionList(is_incomplete=True, items=[item])
