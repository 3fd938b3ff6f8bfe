"""What is measured: a conversation, opened on a folder. The only file here that knows the product's conversation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from postil.core.agent.events import Event
from postil.core.agent.permission import Answer, PermissionRequest
from postil.service.agent.door import Door

FORMS = ("native", "prompted", "late")
DRIVERS = ("auto", "free", "harness")
NUM_CTX = 8192


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the engine, by the engine's own counts. `cached_tokens`: of the prompt, None where it doesn't say.
    `sent_tokens`: what was sent has at least so many, by our count; None where nobody has counted."""

    prompt_tokens: int
    output_tokens: int = 0
    cached_tokens: int | None = None
    sent_tokens: int | None = None


class Subject(Protocol):
    """A conversation, open while it is entered."""

    async def __aenter__(self) -> Subject: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def prompt(self, text: str) -> AsyncGenerator[Event]:
        """One turn. The last event is `Ended`."""
        ...

    def requests(self) -> Sequence[Asked]:
        """All requests so far, in their order; empty where the adapter can't tell."""
        ...


class Open(Protocol):
    """Opens a conversation; the tests have one of their own."""

    def __call__(
        self,
        folder: Path,
        model: str,
        form: str,
        driver: str,
        engine: str,
        door: Door,
        *,
        num_ctx: int = NUM_CTX,
        memory: bool = True,
    ) -> Subject: ...


class BenchDoor:
    """A user who says yes once to what stays in the folder, and no to all else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def ask(self, request: PermissionRequest) -> Answer:
        """As `Door.ask`."""
        inside = all((self._folder / one.path).resolve().is_relative_to(self._folder) for one in request.changes)
        return "once" if request.kind in ("read", "edit", "check", "run") and inside else "no"

    async def text_of(self, path: Path) -> str | None:
        """There is no editor."""
        del path
        return None

    async def write(self, path: Path, text: str) -> bool:
        """There is no editor."""
        del path, text
        return False


def open_subject(
    folder: Path,
    model: str,
    form: str,
    driver: str,
    engine: str,
    door: Door,
    *,
    num_ctx: int = NUM_CTX,
    memory: bool = True,
) -> Subject:
    """The product's conversation. `memory` False: older turns are left out, and nothing brings them back."""
    del folder, model, form, driver, engine, door, num_ctx, memory
    raise SystemExit("bench/agent/subject.py: the adapter to the conversation isn't written yet")
