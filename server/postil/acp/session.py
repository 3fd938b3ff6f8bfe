"""One session of an editor: a conversation, the turn that runs, and what the editor is told of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from acp.helpers import update_current_mode

from acp import Client, RequestError, schema
from postil.acp import options, to_acp
from postil.acp.door import EditorDoor
from postil.acp.from_acp import Block, Unusable, words_of
from postil.core.agent.approval.rules import Mode
from postil.core.agent.events import Ended
from postil.core.agent.turns import Turn
from postil.core.persona.persona import Persona
from postil.service.agent.session.engines import SharedEngines
from postil.service.agent.session.live import Current, LiveSession
from postil.service.agent.session.store import Sessions, title_of
from postil.service.mcp.config import ServerConfig

log = logging.getLogger(__name__)

Options = list[schema.SessionConfigOptionSelect | schema.SessionConfigOptionBoolean]


def wrong(why: str, code: int = -32602) -> RequestError:
    """An error with the sentence at both places where editors look for it."""
    return RequestError(code, why, {"details": why})


class Session:
    """`servers`: MCP servers that the editor has passed on; to be started only where the workspace is trusted, because
    an editor reads a workspace's files too. `settings`: the user's, of an editor that has some."""

    def __init__(
        self,
        id: str,
        folder: Path,
        client: Client,
        engines: SharedEngines,
        store: Sessions,
        *,
        reads: bool,
        writes: bool,
        servers: tuple[ServerConfig, ...] = (),
        turns: tuple[Turn, ...] = (),
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.id = id
        self._client = client
        self._store = store
        self._updates = to_acp.Updates("")
        self._door = EditorDoor(client, id, reads=reads, writes=writes, id_of=lambda call: self._updates.id_of(call))
        self.live = LiveSession(folder, self._door, engines, turns, id=id, servers=servers, client=settings)
        self._turn: asyncio.Task[schema.PromptResponse] | None = None
        self._cancelled = False
        self._titled = bool(turns)
        self._models: tuple[str, ...] = ()
        self._personas: dict[str, Persona] = {}

    @property
    def folder(self) -> Path:
        return self.live.folder

    async def current(self) -> Current:
        """The settings of now; the choices follow them."""
        current = await asyncio.to_thread(self.live.current)
        self._door.only_shown = not current.settings.trust_workspace
        self._personas = current.talkers
        return current

    async def begin(self) -> None:
        """Behind the answer to the request that made the session: before it, editors don't know the session."""
        await self._tell(to_acp.commands())
        self._models = await self.live.models()
        if self._models:
            await self._tell_options()

    async def replay(self) -> None:
        for update in to_acp.replayed(self.live.turns):
            await self._tell(update)

    async def prompt(self, blocks: Sequence[Block]) -> schema.PromptResponse:
        """Raises RequestError: another turn runs, it can't be read, or the engine has failed before it said a word."""
        if self._turn is not None:
            raise wrong("this session is still at work: wait for it, or cancel it", -32600)
        # Ids of calls begin anew where a conversation is opened anew.
        self._updates = to_acp.Updates(secrets.token_hex(3))
        self._cancelled = False
        turn = self._turn = asyncio.create_task(self._run(blocks))
        try:
            await asyncio.wait({turn})
        finally:
            await self._end(turn)
            self._turn = None
            self._keep()
        if not self._titled and self.live.turns:
            self._titled = True
            await self._tell(to_acp.titled(title_of(self.live.turns)))
        if turn.cancelled() or self._cancelled:
            for update in self._updates.left("failed"):
                await self._tell(update)
            return schema.PromptResponse(stop_reason="cancelled")
        return turn.result()

    def cancel(self) -> None:
        """The turn that runs answers its own request."""
        if self._turn is not None:
            self._cancelled = True
            self._turn.cancel()

    async def set_mode(self, mode: Mode) -> None:
        self.live.mode = mode
        await self._tell(update_current_mode(mode))
        await self._tell_options()

    async def choose(self, id: str, value: str) -> Options:
        """Set an option. Raises RequestError for what can't be chosen."""
        if id == options.MODE and (mode := options.mode_of(value)) is not None:
            self.live.mode = mode
            await self._tell(update_current_mode(mode))
        elif id == options.MODEL and value in (options.DEFAULT, self.live.model, *self._models):
            self.live.model = "" if value == options.DEFAULT else value
        elif id == options.PERSONA and value in self._personas:
            self.live.persona = value
        else:
            raise wrong(f"{id} can't be {value[:80]!r}")
        return self.options()

    def options(self) -> Options:
        live = self.live
        return options.options(live.mode, live.model, self._models, live.persona, self._personas)

    async def aclose(self) -> None:
        if (turn := self._turn) is not None:
            self.cancel()
            await self._end(turn)
        await self.live.aclose()

    async def _run(self, blocks: Sequence[Block]) -> schema.PromptResponse:
        current = await self.current()
        try:
            words = await asyncio.to_thread(words_of, blocks, self.folder, tuple(current.settings.review.exclude))
        except Unusable as error:
            raise wrong(str(error)) from None
        self._door.shown.update(words.named)
        ended = Ended("done")
        async with aclosing(self.live.prompt(words.text, words.attached)) as events:
            async for event in events:
                for update in self._updates.of(event):
                    await self._tell(update)
                if isinstance(event, Ended):
                    ended = event
        if ended.reason == "failed" and not self._updates.said:
            raise wrong(ended.why or "the model has failed", -32603)
        if ended.why:
            await self._tell(to_acp.sentence(ended.why))
        return schema.PromptResponse(stop_reason=to_acp.stop_of(ended))

    async def _end(self, turn: asyncio.Task[schema.PromptResponse]) -> None:
        """Cancel it, and wait until nothing of it runs."""
        if not turn.done():
            turn.cancel()
        await asyncio.wait({turn})

    def _keep(self) -> None:
        try:
            self._store.save(self.id, self.folder, self.live.turns)
        except OSError as error:
            log.warning("the conversation can't be kept: %s", error.strerror or error)

    async def _tell_options(self) -> None:
        update = schema.ConfigOptionUpdate(session_update="config_option_update", config_options=self.options())
        await self._tell(update)

    async def _tell(
        self,
        update: to_acp.Update | schema.AvailableCommandsUpdate | schema.CurrentModeUpdate | schema.ConfigOptionUpdate,
    ) -> None:
        try:
            await self._client.session_update(session_id=self.id, update=update)
        except ConnectionError:
            log.debug("the editor has gone")
