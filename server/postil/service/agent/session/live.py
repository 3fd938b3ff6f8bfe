"""A conversation as a door holds it: opened at the first words, and anew where settings or its persona change."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from postil.core.agent.approval.rules import Mode
from postil.core.agent.budget import cut
from postil.core.agent.events import Ended, Event, Notice, Said
from postil.core.agent.turns import Turn
from postil.core.models import overrides
from postil.core.persona.persona import Persona
from postil.engine.base import EngineError
from postil.service.agent import open as opening
from postil.service.agent import toolbox
from postil.service.agent.door import Door
from postil.service.agent.safety.deciding import UserGate
from postil.service.agent.session.commands import Ask, Compact, ShowContext, Tell, Undo, context_page, understood
from postil.service.agent.session.engines import SharedEngines
from postil.service.agent.session.keeping import Keeping
from postil.service.agent.tools.remote import RemoteTools
from postil.service.config.load import LoadedSettings, ProblemsTold, load_settings, user_file
from postil.service.config.models_file import read_models
from postil.service.mcp.config import ServerConfig, configured
from postil.service.personas.admin import known_personas
from postil.settings import Settings

if TYPE_CHECKING:
    # An editor waits for the answer to `initialize`: the loop and the tools are imported with the first conversation.
    from postil.service.agent.conversation import Conversation

# The shipped personas.
PERSONA, REPAIRER, REVIEWER = "agent", "repairer", "reviewer"


@dataclass(frozen=True, slots=True)
class Attached:
    """A text that the user has put beside their words. `name`: a path or an address."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Current:
    """The settings and personas of now. `talkers`: the personas that can be talked with, by name."""

    settings: Settings
    foreign: frozenset[str]
    talkers: dict[str, Persona]
    repairer: Persona
    reviewer: Persona


class LiveSession:
    """`turns`: of the conversation so far. `client`: settings of an editor's. One prompt at a time; closing its
    generator cancels all that runs."""

    def __init__(
        self,
        folder: Path,
        door: Door,
        engines: SharedEngines,
        turns: Sequence[Turn] = (),
        *,
        id: str = "",
        servers: Sequence[ServerConfig] = (),
        client: Mapping[str, object] | None = None,
    ) -> None:
        """`id`: of the conversation, under which it is kept. `servers`: MCP servers that the door itself names."""
        self.folder = Path(os.path.realpath(folder))
        self._keeping = Keeping(self.folder, id or secrets.token_hex(16))
        self._given = tuple(servers)
        self._remote: RemoteTools | None = None
        self._configs: tuple[ServerConfig, ...] = ()
        self.persona = PERSONA
        # "": what the settings and the persona say.
        self.model = ""
        self._mode: Mode = "edit"
        self._door = door
        self._client = client
        self._engines = engines
        self._turns = tuple(turns)
        self._told = ProblemsTold()
        self._sentences: list[str] = []
        self._heard: set[str] = set()
        self._conversation: Conversation | None = None
        self._gate: UserGate | None = None
        self._key: tuple[object, ...] = ()

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(self._conversation.turns) if self._conversation is not None else self._turns

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        if self._gate is not None:
            self._gate.mode = mode

    def current(self) -> Current:
        """Reads files."""
        flags = {"model.review": self.model} if self.model else {}
        loaded = load_settings(user_file=user_file(), workspace=self.folder, client=self._client, flags=flags)
        settings = loaded.settings
        models, problems, _ = read_models(user_file().parent, self.folder if settings.trust_workspace else None)
        overrides.use_known(models)
        self._hear(self._told.news((*loaded.problems, *problems)))
        return _current(loaded, self.folder)

    async def models(self) -> tuple[str, ...]:
        """Names of the models that can be chosen; none if no engine answers."""
        current = await asyncio.to_thread(self.current)
        holder = await self._engines.of(self, current.settings)
        return await holder.names(current.settings)

    async def prompt(self, text: str, attached: Sequence[Attached] = ()) -> AsyncGenerator[Event]:
        """What happens; Ended at last. Slash commands are understood."""
        done = understood(text)
        if isinstance(done, Tell):
            yield Said(done.text)
            yield Ended("done")
            return
        try:
            conversation = await self._opened()
        except EngineError as error:
            yield Ended("failed", str(error))
            return
        match done:
            case Undo():
                yield Said(await asyncio.to_thread(self._keeping.undo))
                yield Ended("done")
                return
            case ShowContext():
                yield Said(context_page(conversation))
                yield Ended("done")
                return
            case Compact():
                events = conversation.compact()
            case Ask(words):
                events = conversation.prompt(_with(words, attached, conversation.meter.retrieved_chars))
        async with aclosing(events) as stream:
            async for event in stream:
                for sentence in self._news():
                    yield Notice(sentence)
                if isinstance(event, Ended) and event.reason == "failed":
                    await self._failed(conversation)
                yield event

    async def aclose(self) -> None:
        self._turns, self._conversation = self.turns, None
        self._keeping.close()
        if self._remote is not None:
            await self._remote.servers.aclose()
        await self._engines.leave(self)

    async def _opened(self) -> Conversation:
        """The conversation by the settings of now. Raises EngineError."""
        current = await asyncio.to_thread(self.current)
        settings = current.settings
        persona = current.talkers.get(self.persona)
        if persona is None:
            self._hear(f"there is no persona {self.persona} any more: {PERSONA} answers")
            self.persona, persona = PERSONA, current.talkers[PERSONA]
        key = settings, current.foreign, persona, current.repairer, current.reviewer
        if self._conversation is not None and key == self._key:
            return self._conversation
        holder = await self._engines.of(self, settings)
        trusted = settings.trust_workspace
        gate = UserGate(self.folder, self._door, trusted=trusted, mode=self._mode, tell=self._hear)
        made_of = opening.Opening(
            folder=self.folder,
            settings=settings,
            persona=persona,
            repairer=current.repairer,
            reviewer=current.reviewer,
            engines=holder,
            door=self._door,
            gate=gate,
            images=self._keeping.images,
            memory=self._keeping.memory,
            trusted=trusted,
            foreign=current.foreign,
            began=self._keeping.begin,
            keep=self._keeping.memory.keep,
            remote=await self._servers(settings),
        )
        conversation = await opening.open_conversation(made_of, self.turns)
        self._conversation, self._gate, self._key = conversation, gate, key
        # The mode may have been set while the engine was chosen.
        gate.mode = self._mode
        return conversation

    async def _servers(self, settings: Settings) -> RemoteTools | None:
        """The tools of MCP servers; None where no server is named, so that their package isn't imported."""
        found = await asyncio.to_thread(configured, settings, self.folder)
        self._hear_each(map(str, found.problems))
        named = {one.name for one in found.servers}
        configs = (*found.servers, *(one for one in self._given if one.name not in named))
        if configs == self._configs:
            return self._remote
        if self._remote is not None:
            await self._remote.servers.aclose()
        self._configs, self._remote = configs, None
        if configs and settings.trust_workspace:
            try:
                from postil.service.mcp.servers import Servers
            except ImportError:
                self._hear("MCP servers are named, and the package for them isn't here: pip install 'postil[agent]'")
                return None
            servers = Servers(configs, tuple(one.name for one in toolbox.all_specs()))
            self._hear_each(f"{name} waits for your yes: postil mcp accept {name}" for name in servers.waiting)
            self._remote = RemoteTools(servers)
        return self._remote

    def _hear_each(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            if sentence not in self._heard:
                self._heard.add(sentence)
                self._hear(sentence)

    async def _failed(self, conversation: Conversation) -> None:
        self._turns, self._conversation = tuple(conversation.turns), None
        await self._engines.failed(self, conversation.model.engine)

    def _hear(self, sentence: str) -> None:
        if sentence:
            self._sentences.append(sentence)

    def _news(self) -> list[str]:
        found, self._sentences = [*self._sentences, *self._keeping.news()], []
        return found


def _current(loaded: LoadedSettings, folder: Path) -> Current:
    personas = known_personas(loaded.settings, folder).personas
    # A reviewer without words of its own is no one to talk with.
    talkers = {
        name: one for name, one in personas.items() if one.role == "agent" or (one.role == "review" and one.system)
    }
    reviewers = [personas[name] for name in loaded.settings.review.personas if name in personas]
    reviewer = next((one for one in reviewers if one.role == "review"), personas[REVIEWER])
    return Current(loaded.settings, loaded.foreign_checks, talkers, personas[REPAIRER], reviewer)


def _with(words: str, attached: Sequence[Attached], room: int) -> str:
    """The user's words with what they have attached, which is cut to what fits."""
    parts = [words]
    for one in attached:
        fence = "```"
        while fence in one.text:
            fence += "`"
        text = cut(one.text, max(200, room // len(attached)), "[cut: read the rest with the tool read]")
        parts.append(f"{one.name}:\n{fence}\n{text.rstrip()}\n{fence}")
    return "\n\n".join(parts)
