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
from postil.service.agent.tools.running import running
from postil.service.agent.tools.working import working
from postil.service.agent.workplace import Workplace
from postil.service.agent.writing import Writer
from postil.service.review.context import ReviewContext

# Each tool's arguments are of a type of its own.
AnyTool = Tool[Any]


class Toolbox:
    """`chosen`: names or prefixes with `*` that a persona allows; empty = all."""

    def __init__(self, tools: Sequence[AnyTool], chosen: Sequence[str] = ()) -> None:
        self._tools = {one.name: one for one in tools if not chosen or _fits(one.name, chosen)}

    def get(self, name: str) -> AnyTool | None:
        return self._tools.get(name)

    def specs(self, *, without: frozenset[str] = frozenset(), code_in_json: bool = True) -> tuple[ToolSpec, ...]:
        """What a model is told of them."""
        return tuple(
            one.spec
            for one in self._tools.values()
            if one.name not in without and (code_in_json or not one.writes_code)
        )

    @property
    def signatures(self) -> Mapping[str, tuple[str, ...]]:
        """The parameters of each tool, in their order."""
        return {name: tuple(key for key, _ in parameters(one.spec)[0]) for name, one in self._tools.items()}


def toolbox(
    place: Workplace,
    writer: Writer,
    retrieval: Retrieval,
    recall: Recall,
    reviewer: Callable[[], Awaitable[ReviewContext]],
    chosen: Sequence[str] = (),
) -> Toolbox:
    tools: list[AnyTool] = [
        *reading(place),
        *finding(place, retrieval),
        editing(place, writer, retrieval),
        *working(place, writer, retrieval),
        running(place, retrieval),
        *looking(place, reviewer),
        *asking(place, recall),
    ]
    return Toolbox(tools, chosen)


def all_specs() -> tuple[ToolSpec, ...]:
    """What a model is told of our tools, without a workplace."""
    nowhere: Any = None
    return toolbox(nowhere, nowhere, nowhere, nowhere, nowhere).specs()


def _fits(name: str, chosen: Sequence[str]) -> bool:
    return any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in chosen)
