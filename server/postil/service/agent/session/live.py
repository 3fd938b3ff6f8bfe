"""A conversation as a door holds it: opened at the first words, and anew where settings or its persona change."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
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
from postil.service.agent.door import Door
from postil.service.agent.memory import Memory, NoMemory
from postil.service.agent.safety.deciding import UserGate
from postil.service.agent.safety.preimages import PreImages
from postil.service.agent.session.commands import Ask, Compact, ShowContext, Tell, Undo, context_page, understood
from postil.service.agent.session.engines import SharedEngines
from postil.service.config.load import LoadedSettings, ProblemsTold, load_settings, user_file
from postil.service.config.models_file import read_models
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
    """`id`: of the conversation, also after a restart. `turns`: of it so far. One prompt at a time; closing its
    generator cancels all that runs."""

    def __init__(
        self,
        id: str,
        folder: Path,
        door: Door,
        engines: SharedEngines,
        turns: Sequence[Turn] = (),
        *,
        memory: Memory | None = None,
    ) -> None:
        self.id = id
        self.folder = Path(os.path.realpath(folder))
        self.persona = PERSONA
        # "": what the settings and the persona say.
        self.model = ""
        self._mode: Mode = "edit"
        self._door = door
        self._engines = engines
        self._memory = memory or NoMemory()
        self._images = PreImages(self.folder, id)
        self._turns = tuple(turns)
        self._told = ProblemsTold()
        self._sentences: list[str] = []
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
        loaded = load_settings(user_file=user_file(), workspace=self.folder, flags=flags)
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
        if isinstance(done, Undo):
            yield Said(await self.undo())
            yield Ended("done")
            return
        try:
            conversation = await self._opened()
        except EngineError as error:
            yield Ended("failed", str(error))
            return
        match done:
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
        if self._conversation is None:
            await asyncio.to_thread(self._images.sweep)
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
            images=self._images,
            memory=self._memory,
            trusted=trusted,
            foreign=current.foreign,
            began=self._began,
        )
        conversation = await opening.open_conversation(made_of, self.turns)
        self._conversation, self._gate, self._key = conversation, gate, key
        # The mode may have been set while the engine was chosen.
        gate.mode = self._mode
        return conversation

    def _began(self) -> None:
        """What is written from now on is undone together; behind the turns of an earlier process."""
        self._images.turn = max((self._images.turn, *self._images.turns())) + 1

    async def undo(self) -> str:
        """Take back what the latest turn that wrote something has written; a sentence about it."""
        turns = await asyncio.to_thread(self._images.turns)
        if not turns:
            return "There is nothing to undo."
        try:
            undone = await asyncio.to_thread(self._images.undo, turns[-1])
        except (OSError, ValueError) as error:
            return f"It can't be undone: {error}"
        if undone.refused:
            return "Nothing was undone. " + " ".join(f"{path}: {why}." for path, why in undone.refused)
        return f"Restored: {', '.join(undone.restored)}"

    async def _failed(self, conversation: Conversation) -> None:
        self._turns, self._conversation = tuple(conversation.turns), None
        await self._engines.failed(self, conversation.model.engine)

    def _hear(self, sentence: str) -> None:
        if sentence:
            self._sentences.append(sentence)

    def _news(self) -> list[str]:
        found, self._sentences = self._sentences, []
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
