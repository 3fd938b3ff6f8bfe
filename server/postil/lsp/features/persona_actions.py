"""Personas as code actions on a selection or a function: offered, run with progress and cancel, applied."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcRequestCancelled

from postil.core.review.finding import Span
from postil.lsp.command_args import REQUEST_FAILED, engine_errors_answered, string_args
from postil.lsp.from_lsp import language_of, lines_of, path_of
from postil.lsp.server import PostilServer

if TYPE_CHECKING:
    from pathlib import Path

    from postil.core.actions.request import Subject
    from postil.core.persona.persona import Persona
    from postil.lsp.rpc.documents import Document
    from postil.service.actions.run import ActionRun

ACTION = "postil.action"
INPUT = "postil/input"
MOVED = "The document has changed while the model wrote, and nothing was edited: choose the action again."
# A page that grows is read as it comes; an editor that reads it anew with every token flickers.
SHEET_SECONDS = 0.5


def offers(server: PostilServer, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:
    """One code action for each persona of role `action` that is for this document. What it is about is found when it
    is chosen: menus open at once."""
    session = server.session
    lines = lines_of(params.range)
    if session is None or not _has_code(document, lines):
        return []
    found = []
    path = path_of(document.uri)
    for persona in session.config_of(path).actors(path, language_of(document)):
        if persona.asks and not server.capabilities.input:
            # Its question couldn't be asked; a key can be bound to the command with the answer.
            continue
        # A name of letters alone (an abbreviation) stays as it is.
        head, rest = persona.title[:1], persona.title[1:]
        title = f"Postil: {head.lower() if rest[:1].islower() else head}{rest}"
        arguments = [persona.name, document.uri, params.range]
        command = types.Command(title, ACTION, arguments=arguments)
        found.append(types.CodeAction(title, persona.kind, command=command))
    return found


def _has_code(document: Document, lines: Span) -> bool:
    text = document.lines[lines.first : max(lines.last, lines.first + 1)]
    return any(line.strip() for line in text)


async def run(server: PostilServer, *given: Any) -> str | None:
    """`postil.action [persona, uri, range, typed?]`: run an action. The path of the file that it has written to or
    shown; None when the edit was not taken or there is nothing to see."""
    name, uri, typed = string_args(ACTION, (*given[:2], *given[3:4]), "persona", "uri", "typed", optional=1)
    session = server.open_session()
    personas = session.config_of(path_of(str(uri))).personas
    persona = personas.personas.get(str(name))
    if persona is None or persona.role != "action":
        known = ", ".join(personas.names("action"))
        raise JsonRpcInvalidParams(f"there is no action persona called {name!r}: known are {known}")
    document = server.workspace.text_documents.get(str(uri))
    if document is None:
        raise JsonRpcInvalidParams(f"{uri} is not open")
    try:
        lines = lines_of(given[2] if len(given) > 2 else None)
    except TypeError as error:
        raise JsonRpcInvalidParams(f"{ACTION}: range is an LSP range") from error
    return await _Action(server, persona, document, lines).run(typed)


class _Action:
    """One run: the document as it was when it was chosen."""

    def __init__(self, server: PostilServer, persona: Persona, document: Document, lines: Span) -> None:
        self.server = server
        self.persona = persona
        self.uri, self.text, self.version = document.uri, document.source, document.version
        self.language = language_of(document)
        self.lines = lines

    async def run(self, typed: str | None) -> str | None:
        from postil.core.actions.request import ActionInput, subject_of
        from postil.lsp.features.text_document import refused

        why = refused(self.server, self.server.workspace.text_documents[self.uri])
        if why is not None:
            raise JsonRpcException(f"{path_of(self.uri)} is not shown to a model: {why}", REQUEST_FAILED)
        subject = await asyncio.to_thread(subject_of, self.text, self.language, self.lines)
        if subject is None:
            raise JsonRpcException("There is no code here: select some, or put the cursor into it.", REQUEST_FAILED)
        if self.persona.asks and typed is None:
            typed = await self._input()
        told = ActionInput(typed or "", self._shown(path_of(self.uri)))
        if self.persona.does == "tests":
            return await self._tests(subject, told)
        if self.persona.does == "show":
            return await self._show(subject, told)
        return await self._replace(subject, told)

    async def _input(self) -> str:
        """The user's answer to the persona's question."""
        persona = self.persona
        if not self.server.capabilities.input:
            raise JsonRpcException(
                f"{persona.title} asks: {persona.asks} This editor can't ask: give the answer as the fourth argument"
                f" of {ACTION}.",
                REQUEST_FAILED,
            )
        answer = await self.server.protocol.send_request_async(INPUT, {"title": persona.title, "prompt": persona.asks})
        text = answer.get("text") if isinstance(answer, dict) else getattr(answer, "text", None)
        if not isinstance(text, str) or not text.strip():
            raise JsonRpcRequestCancelled
        return text.strip()

    # -- what becomes of the answer

    async def _replace(self, subject: Subject, told: Any) -> str | None:
        from postil.core.actions.answer import replacement
        from postil.lsp.to_lsp import text_edit, workspace_edit

        run = await self._written(subject, told)
        edit, why = await asyncio.to_thread(replacement, self.text, subject, run.code or "", self.persona)
        if edit is None:
            raise JsonRpcException(f"Nothing was edited: {why}.", REQUEST_FAILED)
        self._still()
        changes = [text_edit(self.text, edit, self.server.encoding)]
        capabilities = self.server.capabilities
        change = workspace_edit(self.uri, self.version, changes, capabilities, confirm=self._label(subject))
        return path_of(self.uri) if await self._applied(change) else None

    async def _tests(self, subject: Subject, told: Any) -> str | None:
        from dataclasses import replace
        from pathlib import Path

        from postil.core.actions.request import head_of
        from postil.service.actions.run import tests_place

        path = Path(path_of(self.uri))
        place = await asyncio.to_thread(tests_place, path, self.language, self._folder())
        if place is None:
            raise JsonRpcException(
                f"Where {self.language} has its tests is not known here. A persona with `#: does: show` writes them"
                " for you to copy.",
                REQUEST_FAILED,
            )
        told = replace(told, tests=self._shown(str(place)), head=head_of(self.text, subject))
        run = await self._written(subject, told)
        change = await self._added(place, run.code or "", self._label(subject))
        if not await self._applied(change):
            return None
        await self._open(place)
        return str(place)

    async def _added(self, place: Path, code: str, label: str) -> types.WorkspaceEdit:
        """The edit that puts tests at the end of a file, which is made where there is none."""
        from postil.core.actions.answer import appended
        from postil.core.review.quick_fixes import syntax_regression
        from postil.lsp.to_lsp import text_edit, workspace_edit
        from postil.service.actions.run import source_of

        uri, capabilities = place.as_uri(), self.server.capabilities
        opened = self.server.workspace.text_documents.get(uri)
        version, new = opened.version if opened is not None else None, False
        if opened is not None:
            text = opened.source
        else:
            try:
                source = await asyncio.to_thread(source_of, place)
            except OSError as error:
                raise JsonRpcException(str(error), REQUEST_FAILED) from error
            new = source is None
            text = source.text.replace("\n", source.newline) if source is not None else ""
        if new and not (capabilities.create_files and capabilities.document_changes):
            raise JsonRpcException(
                f"This editor can't make a file for a server: make {place} first, and choose the action again.",
                REQUEST_FAILED,
            )
        edit = appended(text, code)
        wrong = syntax_regression(text, text[: edit.start] + edit.new, self.language)
        if wrong is not None:
            raise JsonRpcException(f"Nothing was written to {place}: {wrong}.", REQUEST_FAILED)
        change = text_edit(text, edit, self.server.encoding)
        return workspace_edit(uri, version, [change], capabilities, confirm=label, create=new)

    async def _show(self, subject: Subject, told: Any) -> str | None:
        from postil.core.text.markdown import inert, literal
        from postil.service.actions.run import Sheet

        title = literal(self._label(subject))
        sheet = Sheet.of(self.persona.name, self.uri, subject.name)
        run = await self._written(subject, told, lambda text: self._grow(sheet, title, inert(text)))
        text = inert(run.answer)
        self.server.open_session().explain(self.language, subject.text, f"**{title}**\n\n{text.strip()}")
        await self._grow(sheet, title, text)
        await asyncio.to_thread(sheet.tidy)
        if not self.server.capabilities.show_document:
            self.server.tell(f"{title}\n\n{text.strip()}", error=False)
        return str(sheet.path)

    async def _grow(self, sheet: Any, title: str, text: str) -> None:
        """The page as it is now, opened when it begins."""
        first = not getattr(self, "_opened", False)
        try:
            await asyncio.to_thread(sheet.write, title, text)
        except OSError as error:
            raise JsonRpcException(f"can't write {sheet.path}: {error.strerror or error}", REQUEST_FAILED) from error
        if first:
            self._opened = True
            await self._open(sheet.path)

    # -- what all of them need

    async def _written(self, subject: Subject, told: Any, grown: Any = None) -> ActionRun:
        """The model's answer."""
        from postil.lsp.task_progress import with_progress
        from postil.service.actions.run import ActionRun

        session = self.server.open_session()
        with engine_errors_answered():
            context = await session.reviews.context(self.persona, path_of(self.uri))
            run = ActionRun(context, subject, told)
            if not await with_progress(self.server, self._label(subject), _growing(run, grown)):
                raise JsonRpcRequestCancelled
        if run.why:
            raise JsonRpcException(f"{self.persona.title}: {run.why}.", REQUEST_FAILED)
        return run

    def _label(self, subject: Subject) -> str:
        return f"{self.persona.title}: {subject.name}"

    def _shown(self, path: str) -> str:
        """A path as the model is told it."""
        folder = self._folder()
        top = f"{folder.as_posix()}/" if folder is not None else ""
        return path.removeprefix(top) if top else path.rpartition("/")[2]

    def _folder(self) -> Path | None:
        return self.server.open_session().config_of(path_of(self.uri)).workspace

    def _still(self) -> None:
        document = self.server.workspace.text_documents.get(self.uri)
        if document is None or document.source != self.text:
            raise JsonRpcException(MOVED, REQUEST_FAILED)

    async def _applied(self, change: types.WorkspaceEdit) -> bool:
        if not self.server.capabilities.apply_edit:
            raise JsonRpcException("This editor takes no edits from a server (workspace/applyEdit).", REQUEST_FAILED)
        label = f"Postil: {self.persona.title}"
        answer = await self.server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(change, label))
        if not answer.applied and answer.failure_reason:
            raise JsonRpcException(f"The editor has not made the edit: {answer.failure_reason}", REQUEST_FAILED)
        return answer.applied

    async def _open(self, path: Path) -> None:
        if self.server.capabilities.show_document:
            params = types.ShowDocumentParams(path.as_uri(), take_focus=False)
            await self.server.window_show_document_async(params)


async def _growing(run: ActionRun, grown: Any) -> Any:
    """The run's steps, its answer told in between."""
    from contextlib import aclosing

    loop = asyncio.get_running_loop()
    last = loop.time() - SHEET_SECONDS
    async with aclosing(run.steps()) as steps:
        async for step in steps:
            yield step
            if grown is not None and loop.time() - last >= SHEET_SECONDS and run.answer.strip():
                last = loop.time()
                await grown(run.answer)
