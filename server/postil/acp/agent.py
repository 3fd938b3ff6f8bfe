"""The methods of the protocol that an editor calls: sessions, prompts, what is chosen for them."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from acp import PROTOCOL_VERSION, Client, schema
from postil import __version__
from postil.acp import options
from postil.acp.from_acp import AcpServer, Block, servers_of, settings_of
from postil.acp.session import Session, wrong
from postil.core.agent.turns import Turn
from postil.engine.base import EngineError
from postil.service.agent.session.engines import SharedEngines
from postil.service.agent.session.store import Sessions

log = logging.getLogger(__name__)

# Of a list; the next page begins behind the last one of this.
_PAGE = 50


class PostilAgent:
    """One client. What the `acp` package calls, by the names of its `Agent`; `**more` is the `_meta` of a request."""

    def __init__(self, client: Client, engines: SharedEngines, store: Sessions) -> None:
        self._client = client
        self._engines = engines
        self._store = store
        self._sessions: dict[str, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reads = self._writes = False

    async def initialize(
        self,
        protocol_version: int,
        client_capabilities: schema.ClientCapabilities | None = None,
        client_info: schema.Implementation | None = None,
        **more: object,
    ) -> schema.InitializeResponse:
        files = client_capabilities.fs if client_capabilities is not None else None
        self._reads = files is not None and bool(files.read_text_file)
        self._writes = files is not None and bool(files.write_text_file)
        return schema.InitializeResponse(
            # The only one there is; a client that wants another says so.
            protocol_version=PROTOCOL_VERSION,
            agent_info=schema.Implementation(name="postil", title="Postil", version=__version__),
            agent_capabilities=schema.AgentCapabilities(
                load_session=True,
                mcp_capabilities=schema.McpCapabilities(http=find_spec("mcp") is not None),
                prompt_capabilities=schema.PromptCapabilities(embedded_context=True),
                session_capabilities=schema.SessionCapabilities(
                    list=schema.SessionListCapabilities(),
                    close=schema.SessionCloseCapabilities(),
                ),
            ),
            auth_methods=[],
        )

    async def authenticate(self, method_id: str, **more: object) -> None:
        """There is nothing to prove: the models are the user's own."""

    async def new_session(
        self, cwd: str, mcp_servers: Sequence[AcpServer] | None = None, **more: object
    ) -> schema.NewSessionResponse:
        session = await self._open(secrets.token_hex(16), cwd, mcp_servers or (), (), settings_of(more))
        self._behind(session)
        return schema.NewSessionResponse(
            session_id=session.id, modes=options.modes(session.live.mode), config_options=session.options()
        )

    async def load_session(
        self, cwd: str, session_id: str, mcp_servers: Sequence[AcpServer] | None = None, **more: object
    ) -> schema.LoadSessionResponse:
        there = self._sessions.get(session_id)
        folder = _folder(cwd)
        if there is not None and there.folder == folder:
            turns = there.live.turns
            await self.close_session(session_id)
        else:
            turns = await self._kept(session_id, folder)
        session = await self._open(session_id, cwd, mcp_servers or (), turns, settings_of(more))
        await session.replay()
        self._behind(session)
        return schema.LoadSessionResponse(modes=options.modes(session.live.mode), config_options=session.options())

    async def list_sessions(
        self, cwd: str | None = None, cursor: str | None = None, **more: object
    ) -> schema.ListSessionsResponse:
        folder = _folder(cwd) if cwd is not None else None
        kept = await asyncio.to_thread(self._store.list, folder)
        first = int(cursor) if cursor is not None and cursor.isdecimal() else 0
        page = kept[first : first + _PAGE]
        return schema.ListSessionsResponse(
            sessions=[
                schema.SessionInfo(
                    session_id=one.id, cwd=str(one.folder), title=one.title, updated_at=one.at.isoformat()
                )
                for one in page
            ],
            next_cursor=str(first + _PAGE) if len(kept) > first + _PAGE else None,
        )

    async def close_session(self, session_id: str, **more: object) -> None:
        session = self._session(session_id)
        del self._sessions[session_id]
        await session.aclose()

    async def prompt(self, prompt: Sequence[Block], session_id: str, **more: object) -> schema.PromptResponse:
        return await self._session(session_id).prompt(prompt)

    async def cancel(self, session_id: str, **more: object) -> None:
        session = self._sessions.get(session_id)
        if session is not None:
            session.cancel()

    async def set_session_mode(self, session_id: str, mode_id: str, **more: object) -> None:
        session = self._session(session_id)
        mode = options.mode_of(mode_id)
        if mode is None:
            raise wrong(f"there is no mode {mode_id[:80]!r}")
        await session.set_mode(mode)

    async def set_config_option(
        self, config_id: str, session_id: str, value: str | bool, **more: object
    ) -> schema.SetSessionConfigOptionResponse:
        session = self._session(session_id)
        return schema.SetSessionConfigOptionResponse(config_options=await session.choose(config_id, str(value)))

    async def aclose(self) -> None:
        """Nothing runs afterwards."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.aclose()
        await self._engines.aclose()

    async def _open(
        self,
        id: str,
        cwd: str,
        servers: Sequence[AcpServer],
        turns: tuple[Turn, ...],
        settings: Mapping[str, object] | None,
    ) -> Session:
        session = Session(
            id,
            _folder(cwd),
            self._client,
            self._engines,
            self._store,
            reads=self._reads,
            writes=self._writes,
            servers=servers_of(servers, _folder(cwd)),
            turns=turns,
            settings=settings,
        )
        await session.current()
        self._sessions[id] = session
        return session

    async def _kept(self, id: str, folder: Path) -> tuple[Turn, ...]:
        try:
            turns = await asyncio.to_thread(self._store.load, id, folder)
        except OSError as error:
            raise wrong(f"the conversation can't be read: {error.strerror or error}") from None
        if turns is None:
            raise wrong("there is no such conversation of this folder: begin a new one")
        return turns

    def _session(self, id: str) -> Session:
        session = self._sessions.get(id)
        if session is None:
            raise wrong("there is no such session: begin a new one, or load it")
        return session

    def _behind(self, session: Session) -> None:
        """What an editor is told when it knows the session: the task runs when the answer is on its way."""
        task = asyncio.create_task(_begun(session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _begun(session: Session) -> None:
    try:
        await session.begin()
    except EngineError as error:
        log.info("no list of models: %s", error)


def _folder(cwd: str) -> Path:
    if "\0" in cwd or not Path(cwd).is_absolute() or not Path(cwd).is_dir():
        raise wrong(f"{cwd[:200]!r} is no folder: cwd is the absolute path of the workspace")
    return Path(cwd).resolve()
