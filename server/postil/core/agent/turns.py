"""What was said and done in a conversation, in its order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from postil.core.agent.tool import ToolCall


@dataclass(frozen=True, slots=True)
class Asked:
    """The user's words. `found`: what Postil has put beside them, pieces of code or earlier turns."""

    text: str
    found: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The model's words, as it wrote them, calls included; with a native form without them."""

    text: str
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a call came to. `title`: what it was, for people. `pruned`: the text was replaced by a line."""

    call: ToolCall
    text: str
    title: str = ""
    failed: bool = False
    pruned: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What stands in the place of all turns before it."""

    text: str


Turn: TypeAlias = Asked | Answered | Result | Summary
