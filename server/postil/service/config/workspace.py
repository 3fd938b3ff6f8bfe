"""One config for each folder of the workspace, and what another config means for documents that were read.

A team's settings and personas belong to the code that they were written for, so each folder's count for its own
documents. There is one engine and one process: what decides about these is the first folder's (`service/config`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from postil.service.config.client import innermost
from postil.service.config.folder import FolderConfig
from postil.settings import Settings


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
