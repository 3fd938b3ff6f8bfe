"""What may stand before a request: nothing, what ghost text puts there on a slow and on a fast engine, a control."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bench.context.project import Project

from postil.core.request import Snippet, Usage
from postil.service.completion.nearby import Nearby
from postil.service.context.index.store import Store
from postil.service.context.indexes import Indexes
from postil.service.jobs import Jobs

T = TypeVar("T")

# Prompt tokens a second: two cores that read the 1.5B, and an engine that a graphics card serves.
SLOW, FAST = 60.0, 3000.0
CONTROL = "strangers"


def listed(ways: Mapping[str, object]) -> Callable[[str], list[str]]:
    """For argparse: names of ways with commas between."""

    def names(text: str) -> list[str]:
        found = text.split(",")
        if unknown := [name for name in found if name not in ways]:
            raise ArgumentTypeError(f"no way is called {unknown[0]!r}")
        return found

    return names


class OneIndex(Indexes):
    """An index that is there already, for a document of which `path` is the place in it."""

    def __init__(self, store: Store, path: str) -> None:
        super().__init__(Jobs(), lambda _: None)
        self._store = store
        self._path = path

    async def ask(self, path: str, question: Callable[[Store, str], T]) -> T | None:
        del path
        return question(self._store, self._path)

    async def readable(self, path: str, found: tuple[Snippet, ...]) -> tuple[Snippet, ...]:
        del path
        return found


@dataclass(frozen=True, slots=True)
class Way:
    """What ghost text knows: whether it looks for anything, how fast it takes the engine for, and whether the index is
    that of another package."""

    speed: float = 0.0
    stranger: bool = False

    def looking(self) -> Nearby | None:
        """As a completer has it once the engine has answered."""
        if not self.speed:
            return None
        nearby = Nearby()
        nearby.measured(Usage(prompt_tokens=1000, prompt_seconds=1000 / self.speed))
        return nearby

    def indexes(self, project: Project, stranger: Project, path: str) -> Indexes:
        return OneIndex((stranger if self.stranger else project).store, path)


# In the control, what helps is no knowledge of the project.
WAYS: Mapping[str, Way] = {
    "none": Way(),
    "slow": Way(SLOW),
    "fast": Way(FAST),
    CONTROL: Way(FAST, stranger=True),
}
