"""The tables of all methods and commands of the server. A feature's module is executed at its first use (postil/lazy),
so the tables refer to handlers only inside lambdas."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from lsprotocol import types

from postil.lsp.features import (
    calibrate,
    code_action,
    commands,
    completion,
    dismiss,
    fix_on_demand,
    fixed,
    hover,
    inline_completion,
    lifecycle,
    model_commands,
    modelfile,
    persona_actions,
    persona_commands,
    review_files,
)
from postil.lsp.features.verify import command as verify_command
from postil.lsp.features.verify import resolve as verify_resolve
from postil.lsp.server import PostilServer
from postil.lsp.sync import notebook_document, text_document
from postil.service import session as sessions

CODE_ACTIONS = types.CodeActionOptions(
    code_action_kinds=[
        types.CodeActionKind.QuickFix,
        "source.fixAll.postil",
        types.CodeActionKind.Refactor,
        types.CodeActionKind.Source,
    ],
    resolve_provider=True,
)

# Handlers of methods take and return lsprotocol types; handlers of commands, JSON values.
Handler = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Method:
    """A method for one document, with a handler per kind of document. A handler takes server, document and parameters,
    and may be async. `default` is the result for other kinds, and for a document that isn't open."""

    name: str
    code: Callable[[], Handler] | None = None
    modelfile: Callable[[], Handler] | None = None
    options: object = None
    default: Callable[[], object] = lambda: None

    async def answer(self, server: PostilServer, params: Any) -> object:
        document = server.open_session().documents.opened(params.text_document.uri)
        if document is None:
            return self.default()
        handler = self.modelfile if document.kind == "modelfile" else self.code
        if handler is None or document.is_too_large:
            return self.default()
        return await _finished(handler()(server, document, params))


DOCUMENT_METHODS = (
    Method(
        types.TEXT_DOCUMENT_CODE_ACTION,
        lambda: code_action.code_action,
        lambda: modelfile.code_action,
        CODE_ACTIONS,
        default=list,
    ),
    Method(types.TEXT_DOCUMENT_HOVER, lambda: hover.hover, lambda: modelfile.hover),
    Method(
        types.TEXT_DOCUMENT_COMPLETION,
        lambda: completion.completion,
        lambda: modelfile.completion,
        types.CompletionOptions(resolve_provider=False),
        default=lambda: types.CompletionList(is_incomplete=True, items=[]),
    ),
    Method(
        types.TEXT_DOCUMENT_INLINE_COMPLETION,
        lambda: inline_completion.inline_completion,
        options=types.InlineCompletionOptions(),
    ),
    Method(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, modelfile=lambda: modelfile.document_symbol),
    Method(types.TEXT_DOCUMENT_FORMATTING, modelfile=lambda: modelfile.formatting),
)

# These handlers must not be async: in pygls, later messages may overtake an async handler. So they only start work.
NOTIFICATIONS: dict[str, Callable[[], Handler]] = {
    types.INITIALIZED: lambda: lifecycle.initialized,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: lambda: lifecycle.did_change_configuration,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: lambda: lifecycle.did_change_watched_files,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: lambda: lifecycle.did_change_workspace_folders,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL: lambda: lifecycle.progress_cancel,
    types.TEXT_DOCUMENT_DID_OPEN: lambda: text_document.did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: lambda: text_document.did_change,
    types.TEXT_DOCUMENT_DID_SAVE: lambda: text_document.did_save,
    types.TEXT_DOCUMENT_DID_CLOSE: lambda: text_document.did_close,
    types.NOTEBOOK_DOCUMENT_DID_OPEN: lambda: notebook_document.did_open,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE: lambda: notebook_document.did_change,
    types.NOTEBOOK_DOCUMENT_DID_SAVE: lambda: notebook_document.did_save,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE: lambda: notebook_document.did_close,
    "postil/didShow": lambda: inline_completion.did_show,
    "postil/didPartiallyAccept": lambda: inline_completion.did_partially_accept,
}

COMMANDS: dict[str, Callable[[], Handler]] = {
    "postil.review": lambda: commands.review,
    "postil.reviewRange": lambda: commands.review_range,
    "postil.reviewChanges": lambda: review_files.changes,
    "postil.reviewWorkspace": lambda: review_files.workspace,
    "postil.persona": lambda: commands.persona,
    "postil.fix": lambda: verify_command.fix,
    "postil.fixed": lambda: fixed.fixed,
    "postil.action": lambda: persona_actions.run,
    "postil.calibrate": lambda: calibrate.calibrate,
    "postil.dismiss": lambda: dismiss.dismiss,
    "postil.cancel": lambda: commands.cancel,
    "postil.clear": lambda: commands.clear,
    "postil.showPrompt": lambda: commands.show_prompt,
    "postil.personas": lambda: persona_commands.personas,
    "postil.pushPersona": lambda: persona_commands.push,
    "postil.pullPersona": lambda: persona_commands.pull,
    "postil.newPersona": lambda: persona_commands.new,
    "postil.checkPersonas": lambda: persona_commands.check,
    "postil.models": lambda: model_commands.models,
    "postil.pullModel": lambda: model_commands.pull,
    "postil.removeModel": lambda: model_commands.remove,
    "postil.copyModel": lambda: model_commands.copy,
    "postil.loadModel": lambda: model_commands.load,
    "postil.unloadModel": lambda: model_commands.unload,
    "postil.completionAccepted": lambda: inline_completion.accepted,
    "postil.completionCounts": lambda: inline_completion.counts,
}


def make_server(engines: sessions.EngineHolder | None = None) -> PostilServer:
    """A server with all features."""
    server = PostilServer(engines)
    server.feature(types.INITIALIZE)(_initialize)
    server.feature(types.SHUTDOWN)(_shutdown)
    server.feature(types.CODE_ACTION_RESOLVE)(_resolve)
    for method in DOCUMENT_METHODS:
        server.feature(method.name, method.options)(_document_method(method))
    for name, handler in NOTIFICATIONS.items():
        options = types.SaveOptions(include_text=False) if name == types.TEXT_DOCUMENT_DID_SAVE else None
        server.feature(name, options)(_notification(handler))
    for name, handler in COMMANDS.items():
        server.command(name)(_command(handler))
    return server


def _initialize(ls: PostilServer, params: types.InitializeParams) -> None:
    lifecycle.initialize(ls, params)


async def _shutdown(ls: PostilServer, params: None) -> None:
    await lifecycle.shutdown(ls, params)


async def _resolve(ls: PostilServer, action: types.CodeAction) -> types.CodeAction:
    resolved = await fix_on_demand.resolve(ls, action)
    return await verify_resolve.resolve(ls, resolved) if resolved.edit is None else resolved


# pygls passes the server to functions whose first parameter is named `ls`.


def _document_method(method: Method) -> Handler:
    async def handle(ls: PostilServer, params: Any) -> object:
        return await method.answer(ls, params)

    return handle


def _notification(handler: Callable[[], Handler]) -> Handler:
    def handle(ls: PostilServer, params: Any) -> None:
        handler()(ls, params)

    return handle


def _command(handler: Callable[[], Handler]) -> Handler:
    async def handle(ls: PostilServer, *arguments: Any) -> object:
        return await _finished(handler()(ls, *arguments))

    return handle


async def _finished(result: object) -> object:
    """The result of a handler, awaited if the handler is async."""
    return await cast("Awaitable[object]", result) if isinstance(result, Awaitable) else result
