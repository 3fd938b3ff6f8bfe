"""What happens in a conversation, in its order: what a door shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from postil.core.agent.tool import ToolCall, ToolKind

# done: the model has answered. limit: of steps, seconds or tokens. loop: the same call with the same result again and
# again. overflow: the conversation doesn't fit into num_ctx any more. failed: the engine has.
EndReason = Literal["done", "cancelled", "limit", "loop", "overflow", "failed"]
PlanStatus = Literal["pending", "in_progress", "completed"]


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of the answer, to be shown. It never holds a tool call, or the beginning of one."""

    text: str


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of the model's reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """`path`: absolute. `line`: 0-based; None = the file."""

    path: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after, as text. `before` None: it is new."""

    path: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A tool was called. `title`: what it does, for people ("Read src/shop.py")."""

    call: ToolCall
    kind: ToolKind
    title: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class CallProgress:
    """What a call that takes a while does now, for people."""

    call: ToolCall
    text: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    """`text`: what the model is told of it. `failed`: it was refused, or couldn't be done."""

    call: ToolCall
    text: str
    failed: bool = False
    changes: tuple[FileChange, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanEntry:
    text: str
    status: PlanStatus


@dataclass(frozen=True, slots=True)
class Planned:
    """The whole plan as it is now."""

    entries: tuple[PlanEntry, ...]


@dataclass(frozen=True, slots=True)
class ContextUsed:
    """Tokens of the latest request, by the engine's own count, and `num_ctx`."""

    used: int
    size: int


@dataclass(frozen=True, slots=True)
class Compacted:
    """Older turns were shortened, or left out: tokens of the conversation before and after."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the user that isn't the model's."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of a turn. `why`: a sentence with the next step; "" for done and cancelled."""

    reason: EndReason
    why: str = ""


Event: TypeAlias = (
    Said | Thought | CallStarted | CallProgress | CallEnded | Planned | ContextUsed | Compacted | Notice | Ended
)
