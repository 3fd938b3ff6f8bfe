"""Who decides whether a call may be made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from postil.core.agent.permission import PermissionRequest


@dataclass(frozen=True, slots=True)
class Decision:
    """`why`: of a denial, for the model; "" where the user has said no. `lasting`: they have said "always", now."""

    verdict: Literal["allow", "deny", "cancelled"]
    why: str = ""
    lasting: bool = False


class Gate(Protocol):
    """Rules, kept approvals, and the user."""

    async def decide(self, request: PermissionRequest) -> Decision: ...
