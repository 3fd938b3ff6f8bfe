"""The settings and personas of a workspace: one configuration for each of its folders, and what a change of one means.

A team's settings and personas belong to the code that they were written for, so each folder's count for its own
documents. There is one engine and one process: what decides about these is the first folder's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import pathspec

from postil.core.persona.persona import Persona
from postil.core.suppression.baseline import Baseline
from postil.service.config.client import innermost
from postil.service.personas.load import PersonaSet
from postil.settings import Settings

Cause = Literal["save", "open", "manual", "reload"]


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads a document. `unknown`: names that no file has; the engine may have a model of that name."""

    known: tuple[Persona, ...] = ()
    unknown: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.known or self.unknown)

    def __add__(self, later: Readers) -> Readers:
        known = {persona.name: persona for persona in (*self.known, *later.known)}
        return Readers(tuple(known.values()), tuple(dict.fromkeys((*self.unknown, *later.unknown))))


@dataclass(frozen=True, slots=True)
class FolderConfig:
    """`switched`: what the user has turned on or off since the start, by name."""

    settings: Settings
    personas: PersonaSet
    workspace: Path | None = None
    switched: Mapping[str, bool] = field(default_factory=dict)
    baseline: Baseline = field(default_factory=Baseline)

    def enabled(self) -> tuple[str, ...]:
        """Names of the review personas that are on, those of the settings first."""
        named = dict.fromkeys((*self.settings.review.personas, *(name for name, on in self.switched.items() if on)))
        return tuple(name for name in named if self.switched.get(name, True))

    def readers(self, path: str, language: str, cause: Cause, only: Collection[str] | None = None) -> Readers:
        """Who reads this document now. `only`: these of them, whatever their triggers."""
        known, unknown = [], []
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

    def actors(self, path: str, language: str) -> tuple[Persona, ...]:
        """The personas that are code actions on this document."""
        known = (persona for persona in self.personas.personas.values() if persona.role == "action")
        return tuple(one for one in known if one.speaks(language) and reads(one, path, self.workspace))


def reads(persona: Persona, path: str, workspace: Path | None) -> bool:
    """Whether the persona reads the file at `path`: absolute, or relative to the workspace (a document that is no
    file has a URI here, and only the globs of names fit)."""
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
    """At least one. The first is that of the first folder, and of documents that are in no folder."""

    each: tuple[FolderConfig, ...]

    def __iter__(self) -> Iterator[FolderConfig]:
        return iter(self.each)

    @property
    def home(self) -> FolderConfig:
        return self.each[0]

    def of(self, path: str) -> FolderConfig:
        """Who reads the document at this path."""
        if len(self.each) == 1:
            return self.home
        folders = {config.workspace: config for config in self.each if config.workspace is not None}
        folder = innermost(folders, path)
        return folders[folder] if folder is not None else self.home

    def at(self, folder: Path | None) -> FolderConfig | None:
        """The config of a folder of the workspace itself."""
        return next((config for config in self.each if config.workspace == folder), None)

    def enabled(self) -> tuple[str, ...]:
        """Names of the review personas that are on anywhere, those of the first folder first."""
        return tuple(dict.fromkeys(name for config in self.each for name in config.enabled()))

    def each_as(self, change: Callable[[FolderConfig], FolderConfig]) -> WorkspaceConfig:
        return WorkspaceConfig(tuple(change(config) for config in self.each))


@dataclass(frozen=True, slots=True)
class ReviewChanges:
    """What a new config means for a document that was read. `again`: names that read it anew; `gone`: names whose notes
    are taken away first."""

    again: frozenset[str]
    gone: frozenset[str]


def review_changes(was: FolderConfig, now: FolderConfig, readers: frozenset[str]) -> ReviewChanges:
    """`readers`: names that have read the document. A persona that says the same under new triggers has not changed."""
    old, new = was.personas.personas, now.personas.personas
    on = frozenset(now.enabled())
    everything = _deciding(was.settings) != _deciding(now.settings)
    changed = {name for name in on & old.keys() if name not in new or old[name].digest != new[name].digest}
    came = {name for name in on if name in new and name not in old} | (on - frozenset(was.enabled()))
    gone = {name for name in readers if everything or name not in on or (name in changed and name not in new)}
    return ReviewChanges(frozenset(((readers if everything else readers & changed) | came) & on), frozenset(gone))


def _deciding(settings: Settings) -> tuple[object, ...]:
    """The settings that decide what a review finds."""
    review = settings.review
    asked = (settings.engine, settings.num_ctx, settings.model.review)
    return (*asked, review.method, review.min_score, review.hints, review.max_units)
