"""The settings and personas of each folder of a workspace, and which reviews a change of them requires.

Settings and personas of a folder apply to the documents in it. The engine and the process exist once: for them the
first folder's settings count."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import pathspec

from postil.core.models import overrides
from postil.core.persona.persona import Persona
from postil.core.suppression.baseline import Baseline
from postil.engine.base import EngineRefused
from postil.service.config.client import innermost
from postil.service.personas.load import PersonaSet
from postil.settings import Settings

Cause = Literal["save", "open", "manual", "reload"]


@dataclass(frozen=True, slots=True)
class Readers:
    """The personas that review a document. `unknown`: names without a file, perhaps of models in the engine."""

    known: tuple[Persona, ...] = ()
    unknown: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.known or self.unknown)

    def __add__(self, later: Readers) -> Readers:
        known = {persona.name: persona for persona in (*self.known, *later.known)}
        return Readers(tuple(known.values()), tuple(dict.fromkeys((*self.unknown, *later.unknown))))


@dataclass(frozen=True, slots=True)
class CompletionConfig:
    """What completions in a document depend on. `reviewer`: a review persona; if it uses the same model, its load
    options are used."""

    settings: Settings
    persona: Persona
    reviewer: Persona | None = None


@dataclass(frozen=True, slots=True)
class FolderConfig:
    """The configuration of one folder. `switched`: the personas that the user has turned on or off, by name. `models`:
    what is known of models where the user or the first folder's team says something of them; None = what is shipped.
    `foreign_checks`: names of checks that not only the user's own file decides about."""

    settings: Settings
    personas: PersonaSet
    workspace: Path | None = None
    switched: Mapping[str, bool] = field(default_factory=dict[str, bool])
    baseline: Baseline = field(default_factory=Baseline)
    models: overrides.KnownModels | None = None
    foreign_checks: frozenset[str] = frozenset()

    def enabled(self) -> tuple[str, ...]:
        """Names of the enabled review personas, those from the settings first."""
        named = dict.fromkeys((*self.settings.review.personas, *(name for name, on in self.switched.items() if on)))
        return tuple(name for name in named if self.switched.get(name, True))

    def readers(self, path: str, language: str, cause: Cause, only: Collection[str] | None = None) -> Readers:
        """The personas that review this document now. `only`: just these, whatever their triggers are."""
        known: list[Persona] = []
        unknown: list[str] = []
        for name in self.enabled():
            if only is not None and name not in only:
                continue
            persona = self.personas.personas.get(name)
            if persona is None:
                unknown.append(name)
            elif self._fits(persona, path, language) and (only is not None or cause in (*persona.triggers, "manual")):
                known.append(persona)
        return Readers(tuple(known), tuple(unknown))

    def _fits(self, persona: Persona, path: str, language: str) -> bool:
        return persona.role == "review" and persona.speaks(language) and reads(persona, path, self.workspace)

    def action_personas(self, path: str, language: str) -> tuple[Persona, ...]:
        """The personas that are offered as code actions for this document."""
        known = (persona for persona in self.personas.personas.values() if persona.role == "action")
        return tuple(one for one in known if one.speaks(language) and reads(one, path, self.workspace))

    def completion(self) -> CompletionConfig:
        """Raises EngineRefused when the completer persona isn't there."""
        name, personas = self.settings.completion.persona, self.personas.personas
        persona = personas.get(name)
        if persona is None or persona.role != "complete":
            raise EngineRefused(f"There is no completer persona called {name!r} (completion.persona).")
        reviewers = (personas.get(name) for name in self.enabled())
        return CompletionConfig(self.settings, persona, next(filter(None, reviewers), None))


def reads(persona: Persona, path: str, workspace: Path | None) -> bool:
    """Whether the persona's globs include the file at `path`, which is absolute or relative to the workspace. For a
    document that isn't a file, `path` is its URI, and only globs for file names match."""
    if not persona.include and not persona.exclude:
        return True
    shown = _relative(path, workspace)
    if persona.include and not _spec(persona.include).match_file(shown):
        return False
    return not (persona.exclude and _spec(persona.exclude).match_file(shown))


def _relative(path: str, workspace: Path | None) -> str:
    plain = path.replace("\\", "/")
    top = workspace.as_posix().rstrip("/") + "/" if workspace is not None else ""
    return plain[len(top) :] if top and plain.startswith(top) else plain.lstrip("/")


@lru_cache(maxsize=64)
def _spec(globs: tuple[str, ...]) -> pathspec.GitIgnoreSpec:
    return pathspec.GitIgnoreSpec.from_lines(globs)


@dataclass(frozen=True, slots=True)
class WorkspaceConfig:
    """The configurations of all folders, at least one. The first one also applies to documents outside all folders."""

    each: tuple[FolderConfig, ...]

    def __iter__(self) -> Iterator[FolderConfig]:
        return iter(self.each)

    @property
    def home(self) -> FolderConfig:
        return self.each[0]

    def of(self, path: str) -> FolderConfig:
        """The configuration for the document at this path."""
        if len(self.each) == 1:
            return self.home
        folders = {config.workspace: config for config in self.each if config.workspace is not None}
        folder = innermost(folders, path)
        return folders[folder] if folder is not None else self.home

    def at(self, folder: Path | None) -> FolderConfig | None:
        """The configuration of exactly this folder."""
        return next((config for config in self.each if config.workspace == folder), None)

    def enabled(self) -> tuple[str, ...]:
        """Names of the review personas that are enabled in any folder, those of the first folder first."""
        return tuple(dict.fromkeys(name for config in self.each for name in config.enabled()))

    def of_completions(self) -> list[tuple[object, ...]]:
        """What completions depend on: if it changes, cached answers are invalid."""
        return [(one.workspace, one.settings, one.personas.personas, one.models) for one in self.each]

    def each_as(self, change: Callable[[FolderConfig], FolderConfig]) -> WorkspaceConfig:
        return WorkspaceConfig(tuple(change(config) for config in self.each))


@dataclass(frozen=True, slots=True)
class ReviewChanges:
    """What a new configuration means for a reviewed document. `again`: the personas that must review it again. `gone`:
    the personas whose notes are removed first."""

    again: frozenset[str]
    gone: frozenset[str]


def review_changes(was: FolderConfig, now: FolderConfig, readers: frozenset[str]) -> ReviewChanges:
    """`readers`: the personas that have reviewed the document. New triggers alone don't change a persona."""
    old, new = was.personas.personas, now.personas.personas
    on = frozenset(now.enabled())
    everything = _deciding(was.settings) != _deciding(now.settings) or was.models != now.models
    changed = {name for name in on & old.keys() if name not in new or old[name].digest != new[name].digest}
    came = {name for name in on if name in new and name not in old} | (on - frozenset(was.enabled()))
    gone = {name for name in readers if everything or name not in on or (name in changed and name not in new)}
    return ReviewChanges(frozenset(((readers if everything else readers & changed) | came) & on), frozenset(gone))


def _deciding(settings: Settings) -> tuple[object, ...]:
    """The settings that decide what a review finds."""
    review = settings.review
    asked = (settings.engine, settings.num_ctx, settings.model.review)
    return (*asked, review.method, review.min_score, review.show, review.reason, review.max_units)
