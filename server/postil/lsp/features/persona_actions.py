"""Personas as code actions on a selection or a function: lists them, runs them with progress, applies the result."""

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
from postil.service.actions.run import ActionRun, ExplanationFile, source_of, tests_place
from postil.service.documents import Document

ACTION = "postil.action"
INPUT = "postil/input"
MOVED = "The document has changed while the model was writing. Nothing was edited: choose the action again."
NO_MODULE = "A test can't import the code of a notebook: move it into a module, and choose the action there."
# Minimum interval between two writes of an explanation: editors reload the file, and would flicker at every token.
WRITE_SECONDS = 0.5


def offers(server: PostilServer, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:
    """One code action for each persona of role `action` that fits this document. Its subject is determined only when it
    is chosen, so that the menu opens at once."""
    session = server.session
    lines = lines_of(params.range)
    if session is None or not _has_code(document, lines):
        return []
    found: list[types.CodeAction] = []
    path = document.path
    for persona in session.config_of(path).action_personas(path, document.language):
        if persona.asks and not server.capabilities.input:
            # The client can't show its question. A key can still be bound to the command with an answer.
            continue
        if persona.does == "tests" and document.is_cell:
            continue
        # A title that begins with an abbreviation keeps its capital letter.
        head, rest = persona.title[:1], persona.title[1:]
        title = f"Postil: {head.lower() if rest[:1].islower() else head}{rest}"
        arguments = [persona.name, document.uri, params.range]
        command = types.Command(title, ACTION, arguments=arguments)
        found.append(types.CodeAction(title, persona.kind, command=command))
    return found


def _has_code(document: Document, lines: Span) -> bool:
    text = document.lines[lines.first : max(lines.last, lines.first + 1)]
    return any(line.strip() for line in text)


async def run(server: PostilServer, *arguments: object) -> str | None:
    """`postil.action [persona, uri, range, typed?]`: run an action. Returns the path of the edited or shown file; None
    if the user declined the edit."""
    name, uri, typed = string_args(ACTION, (*arguments[:2], *arguments[3:4]), "persona", "uri", "typed", optional=1)
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
        lines = lines_of(arguments[2] if len(arguments) > 2 else None)
    except TypeError as error:
        raise JsonRpcInvalidParams(f"{ACTION}: range is an LSP range") from error
    return await _Action(server, persona, document, lines).run(typed)


class _Answer(msgspec.Struct):
    text: str


class _Action:
    """One run of an action, with the document's text and version at its start."""

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
            raise JsonRpcException(f"{self.document.path} is not shown to a model: {why}", REQUEST_FAILED)
        subject = await asyncio.to_thread(subject_of, self.text, self.language, self.lines)
        if subject is None:
            raise JsonRpcException("There is no code here: select some, or put the cursor into it.", REQUEST_FAILED)
        if self.persona.asks and typed is None:
            typed = await self._input()
        inputs = ActionInput(typed or "", self._shown(self.document.path))
        if self.persona.does == "tests":
            return await self._tests(subject, inputs)
        if self.persona.does == "show":
            return await self._show(subject, inputs)
        return await self._replace(subject, inputs)

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

    # -- the three kinds of result

    async def _replace(self, subject: Subject, inputs: ActionInput) -> str | None:

        run = await self._written(subject, inputs)
        edit, why = await asyncio.to_thread(replacement, self.text, subject, run.code or "", self.persona)
        if edit is None:
            raise JsonRpcException(f"Nothing was edited: {why}.", REQUEST_FAILED)
        self._check_unchanged()
        changes = [text_edit(self.text, edit, self.server.encoding)]
        capabilities = self.server.capabilities
        change = workspace_edit(self.uri, self.version, changes, capabilities, confirm=self._label(subject))
        return self.document.path if await self._applied(change) else None

    async def _tests(self, subject: Subject, inputs: ActionInput) -> str | None:

        if self.document.is_cell:
            raise JsonRpcException(NO_MODULE, REQUEST_FAILED)
        path = Path(self.document.path)
        place = await asyncio.to_thread(tests_place, path, self.language, self._folder())
        if place is None:
            raise JsonRpcException(
                f"Where {self.language} has its tests is not known here. A persona with `#: does: show` writes them"
                " for you to copy.",
                REQUEST_FAILED,
            )
        inputs = replace(inputs, tests=self._shown(str(place)), head=head_of(self.text, subject))
        run = await self._written(subject, inputs)
        change = await self._added(place, run.code or "", self._label(subject))
        if not await self._applied(change):
            return None
        await self._open(place)
        return str(place)

    async def _added(self, place: Path, code: str, label: str) -> types.WorkspaceEdit:
        """The edit that appends tests to a file, which is created if it doesn't exist."""

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
        problem = syntax_regression(text, text[: edit.start] + edit.new, self.language)
        if problem is not None:
            raise JsonRpcException(f"Nothing was written to {place}: {problem}.", REQUEST_FAILED)
        change = text_edit(text, edit, self.server.encoding)
        return workspace_edit(uri, version, [change], capabilities, confirm=label, create=new)

    async def _show(self, subject: Subject, inputs: ActionInput) -> str | None:

        title = literal(self._label(subject))
        file = ExplanationFile.of(self.persona.name, self.uri, subject.name)
        run = await self._written(subject, inputs, lambda text: self._write(file, title, inert(text)))
        text = inert(run.answer)
        self.session.explanations.keep(self.language, subject.text, f"**{title}**\n\n{text.strip()}")
        await self._write(file, title, text)
        await asyncio.to_thread(file.remove_oldest)
        if not self.server.capabilities.show_document:
            self.server.client.message(f"{title}\n\n{text.strip()}", error=False)
        return str(file.path)

    async def _write(self, file: ExplanationFile, title: str, text: str) -> None:
        """Write the explanation's current text. The first call also opens the file in the editor."""
        try:
            await asyncio.to_thread(file.write, title, text)
        except OSError as error:
            raise JsonRpcException(f"can't write {file.path}: {error.strerror or error}", REQUEST_FAILED) from error
        if not self._opened:
            self._opened = True
            await self._open(file.path)

    # -- shared by all kinds

    async def _written(
        self, subject: Subject, inputs: ActionInput, show: Callable[[str], Awaitable[None]] | None = None
    ) -> ActionRun:
        """The finished run with the model's answer. `show` is called with the growing text."""

        session = self.session
        with engine_errors_answered():
            context = await session.reviews.context(self.persona, self.document.path)
            run = ActionRun(context, subject, inputs)
            if not await self.server.client.with_progress(self._label(subject), _showing(run, show)):
                raise JsonRpcRequestCancelled
        if run.why:
            raise JsonRpcException(f"{self.persona.title}: {run.why}.", REQUEST_FAILED)
        return run

    def _label(self, subject: Subject) -> str:
        return f"{self.persona.title}: {subject.name}"

    def _shown(self, path: str) -> str:
        """A path as it is shown to the model: relative to the workspace, otherwise the file name alone."""
        folder = self._folder()
        top = f"{folder.as_posix()}/" if folder is not None else ""
        return path.removeprefix(top) if top else path.rpartition("/")[2]

    def _folder(self) -> Path | None:
        return self.session.config_of(self.document.path).workspace

    def _check_unchanged(self) -> None:
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


async def _showing(run: ActionRun, show: Callable[[str], Awaitable[None]] | None) -> AsyncGenerator[Progress]:
    """The run's steps. `show` is called with the answer so far, at most every WRITE_SECONDS."""

    loop = asyncio.get_running_loop()
    last = loop.time() - WRITE_SECONDS
    async with aclosing(run.steps()) as steps:
        async for step in steps:
            yield step
            if show is not None and loop.time() - last >= WRITE_SECONDS and run.answer.strip():
                last = loop.time()
                await show(run.answer)
