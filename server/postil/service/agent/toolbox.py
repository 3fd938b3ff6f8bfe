"""The tools of one conversation, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from postil.core.agent.prompt import parameters
from postil.core.agent.tool import ToolSpec
from postil.service.agent.retrieval import Retrieval
from postil.service.agent.tools.asking import Recall, asking
from postil.service.agent.tools.base import Tool
from postil.service.agent.tools.editing import editing
from postil.service.agent.tools.finding import finding
from postil.service.agent.tools.looking import looking
from postil.service.agent.tools.reading import reading
from postil.service.agent.tools.remote import Finder, RemoteTool, RemoteTools
from postil.service.agent.tools.running import running
from postil.service.agent.tools.working import working
from postil.service.agent.workplace import Workplace
from postil.service.agent.writing import Writer
from postil.service.review.context import ReviewContext

# Each tool's arguments are of a type of its own.
AnyTool = Tool[Any] | RemoteTool | Finder


class Toolbox:
    """`allowed`: names or beginnings with `*` that a persona allows; empty = all. `remote`: tools of MCP servers."""

    def __init__(
        self, tools: Sequence[Tool[Any]], allowed: Sequence[str] = (), remote: RemoteTools | None = None
    ) -> None:
        self._own = {one.name: one for one in tools if not allowed or _fits(one.name, allowed)}
        self._allowed = allowed
        self._remote = remote

    async def refresh(self) -> None:
        """Before a turn of the user's: servers start, or have other tools."""
        if self._remote is not None:
            await self._remote.refresh()

    def get(self, name: str) -> AnyTool | None:
        return self._all().get(name)

    def specs(self) -> tuple[ToolSpec, ...]:
        """What a model is told of them."""
        return tuple(one.spec for one in self._all().values())

    @property
    def signatures(self) -> Mapping[str, tuple[str, ...]]:
        """The parameters of each tool, in their order."""
        return {name: tuple(key for key, _ in parameters(one.spec)[0]) for name, one in self._all().items()}

    def _all(self) -> dict[str, AnyTool]:
        found: dict[str, AnyTool] = {**self._own}
        if self._remote is not None:
            others = self._remote.shown(tuple(one.spec for one in self._own.values()))
            found |= {one.name: one for one in others if not self._allowed or _fits(one.name, self._allowed)}
        return found


def toolbox(
    place: Workplace,
    writer: Writer,
    retrieval: Retrieval,
    recall: Recall,
    reviewer: Callable[[], Awaitable[ReviewContext]],
    allowed: Sequence[str] = (),
    remote: RemoteTools | None = None,
) -> Toolbox:
    tools: list[Tool[Any]] = [
        *reading(place),
        *finding(place, retrieval),
        editing(place, writer, retrieval),
        *working(place, writer, retrieval),
        running(place, retrieval),
        *looking(place, reviewer),
        *asking(place, recall),
    ]
    return Toolbox(tools, allowed, remote)


def all_specs() -> tuple[ToolSpec, ...]:
    """What a model is told of our tools, without a workplace."""
    nowhere: Any = None
    return toolbox(nowhere, nowhere, nowhere, nowhere, nowhere).specs()


def _fits(name: str, allowed: Sequence[str]) -> bool:
    return any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in allowed)
