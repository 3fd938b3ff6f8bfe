"""Personas as code actions on a selection or a function: offered, run with progress and cancel, applied."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcRequestCancelled

from postil.core.actions.answer import appended, replacement
from postil.core.actions.request import ActionInput, Subject, head_of, subject_of
from postil.core.persona.persona import Persona
from postil.core.review.finding import Span
from postil.core.review.quick_fixes import syntax_regression
from postil.core.text.markdown import inert, literal
from postil.core.text.uri import path_of
from postil.engine.base import Progress
from postil.lsp.command_args import REQUEST_FAILED, engine_errors_answered, string_args
from postil.lsp.server import PostilServer
from postil.lsp.shapes import lines_of, shaped
from postil.lsp.to_lsp import text_edit, workspace_edit
from postil.service.actions.run import ActionRun, Sheet, source_of, tests_place
from postil.service.documents import Document

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
    found: list[types.CodeAction] = []
    path = document.path
    for persona in session.config_of(path).actors(path, document.language):
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


async def run(server: PostilServer, *given: object) -> str | None:
    """`postil.action [persona, uri, range, typed?]`: run an action. The path of the file that it has written to or
    shown; None when the edit was not taken or there is nothing to see."""
    name, uri, typed = string_args(ACTION, (*given[:2], *given[3:4]), "persona", "uri", "typed", optional=1)
    session = server.open_session()
    personas = session.config_of(path_of(str(uri))).personas
    persona = personas.personas.get(str(name))
    if persona is None or persona.role != "action":
        known = ", ".join(personas.names("action"))
        raise JsonRpcInvalidParams(f"there is no action persona called {name!r}: known are {known}")
    document = server.open_session().documents.opened(str(uri))
    if document is None:
        raise JsonRpcInvalidParams(f"{uri} is not open")
    try:
        lines = lines_of(given[2] if len(given) > 2 else None)
    except TypeError as error:
        raise JsonRpcInvalidParams(f"{ACTION}: range is an LSP range") from error
    return await _Action(server, persona, document, lines).run(typed)


class _Answer(msgspec.Struct):
    text: str


class _Action:
    """One run: the document as it was when it was chosen."""

    def __init__(self, server: PostilServer, persona: Persona, document: Document, lines: Span) -> None:
        self.server = server
        self.session = server.open_session()
        self.persona = persona
        self.document = document
        self.uri, self.text, self.version = document.uri, document.text, document.version
        self.language = document.language
        self.lines = lines
        self._opened = False

    async def run(self, typed: str | None) -> str | None:

        why = self.session.refusal(self.document)
        if why is not None:
            raise JsonRpcException(f"{path_of(self.uri)} is not shown to a model: {why}", REQUEST_FAILED)
        subject = await asyncio.to_thread(subject_of, self.text, self.language, self.lines)
        if subject is None:
            raise JsonRpcException("There is no code here: select some, or put the cursor into it.", REQUEST_FAILED)
        if self.persona.asks and typed is None:
            typed = await self._input()
        words = ActionInput(typed or "", self._shown(path_of(self.uri)))
        if self.persona.does == "tests":
            return await self._tests(subject, words)
        if self.persona.does == "show":
            return await self._show(subject, words)
        return await self._replace(subject, words)

    async def _input(self) -> str:
        """The user's answer to the persona's question."""
        persona = self.persona
        if not self.server.capabilities.input:
            raise JsonRpcException(
                f"{persona.title} asks: {persona.asks} This editor can't ask: give the answer as the fourth argument"
                f" of {ACTION}.",
                REQUEST_FAILED,
            )
        question = {"title": persona.title, "prompt": persona.asks}
        answer = shaped(await self.server.protocol.send_request_async(INPUT, question), _Answer)
        if answer is None or not answer.text.strip():
            raise JsonRpcRequestCancelled
        return answer.text.strip()

    # -- what becomes of the answer

    async def _replace(self, subject: Subject, words: ActionInput) -> str | None:

        run = await self._written(subject, words)
        edit, why = await asyncio.to_thread(replacement, self.text, subject, run.code or "", self.persona)
        if edit is None:
            raise JsonRpcException(f"Nothing was edited: {why}.", REQUEST_FAILED)
        self._still()
        changes = [text_edit(self.text, edit, self.server.encoding)]
        capabilities = self.server.capabilities
        change = workspace_edit(self.uri, self.version, changes, capabilities, confirm=self._label(subject))
        return path_of(self.uri) if await self._applied(change) else None

    async def _tests(self, subject: Subject, words: ActionInput) -> str | None:

        path = Path(path_of(self.uri))
        place = await asyncio.to_thread(tests_place, path, self.language, self._folder())
        if place is None:
            raise JsonRpcException(
                f"Where {self.language} has its tests is not known here. A persona with `#: does: show` writes them"
                " for you to copy.",
                REQUEST_FAILED,
            )
        words = replace(words, tests=self._shown(str(place)), head=head_of(self.text, subject))
        run = await self._written(subject, words)
        change = await self._added(place, run.code or "", self._label(subject))
        if not await self._applied(change):
            return None
        await self._open(place)
        return str(place)

    async def _added(self, place: Path, code: str, label: str) -> types.WorkspaceEdit:
        """The edit that puts tests at the end of a file, which is made where there is none."""

        uri, capabilities = place.as_uri(), self.server.capabilities
        opened = self.session.documents.opened(uri)
        version, new = opened.version if opened is not None else None, False
        if opened is not None:
            text = opened.text
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

    async def _show(self, subject: Subject, words: ActionInput) -> str | None:

        title = literal(self._label(subject))
        sheet = Sheet.of(self.persona.name, self.uri, subject.name)
        run = await self._written(subject, words, lambda text: self._grow(sheet, title, inert(text)))
        text = inert(run.answer)
        self.session.explanations.keep(self.language, subject.text, f"**{title}**\n\n{text.strip()}")
        await self._grow(sheet, title, text)
        await asyncio.to_thread(sheet.tidy)
        if not self.server.capabilities.show_document:
            self.server.client.message(f"{title}\n\n{text.strip()}", error=False)
        return str(sheet.path)

    async def _grow(self, sheet: Sheet, title: str, text: str) -> None:
        """The page as it is now, opened when it begins."""
        try:
            await asyncio.to_thread(sheet.write, title, text)
        except OSError as error:
            raise JsonRpcException(f"can't write {sheet.path}: {error.strerror or error}", REQUEST_FAILED) from error
        if not self._opened:
            self._opened = True
            await self._open(sheet.path)

    # -- what all of them need

    async def _written(
        self, subject: Subject, words: ActionInput, grown: Callable[[str], Awaitable[None]] | None = None
    ) -> ActionRun:
        """The model's answer."""

        session = self.session
        with engine_errors_answered():
            context = await session.reviews.context(self.persona, path_of(self.uri))
            run = ActionRun(context, subject, words)
            if not await self.server.client.with_progress(self._label(subject), _growing(run, grown)):
                raise JsonRpcRequestCancelled
        if run.why:
            raise JsonRpcException(f"{self.persona.title}: {run.why}.", REQUEST_FAILED)
        return run

    def _label(self, subject: Subject) -> str:
        return f"{self.persona.title}: {subject.name}"

    def _shown(self, path: str) -> str:
        """A path as the model is words it."""
        folder = self._folder()
        top = f"{folder.as_posix()}/" if folder is not None else ""
        return path.removeprefix(top) if top else path.rpartition("/")[2]

    def _folder(self) -> Path | None:
        return self.session.config_of(path_of(self.uri)).workspace

    def _still(self) -> None:
        document = self.session.documents.opened(self.uri)
        if document is None or document.text != self.text:
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


async def _growing(run: ActionRun, grown: Callable[[str], Awaitable[None]] | None) -> AsyncGenerator[Progress]:
    """The run's steps, its answer words in between."""

    loop = asyncio.get_running_loop()
    last = loop.time() - SHEET_SECONDS
    async with aclosing(run.steps()) as steps:
        async for step in steps:
            yield step
            if grown is not None and loop.time() - last >= SHEET_SECONDS and run.answer.strip():
                last = loop.time()
                await grown(run.answer)
