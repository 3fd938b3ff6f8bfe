"""The only interface by which a session calls its front end (the language server, the command line)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from postil.service.checks.project import ProjectCheck
from postil.service.review.document_run import Run
from postil.service.status import Status

RunState = Literal["began", "moved", "ended"]


@dataclass(frozen=True, slots=True)
class PullOffer:
    """A missing model that `engine` can download if the user agrees."""

    model: str
    engine: str


@dataclass(frozen=True, slots=True)
class RunOffer:
    """A check that not only the user's own file names. It runs once they agree to its very command line."""

    check: ProjectCheck


class Client(Protocol):
    """Each method only starts work and returns at once."""

    def publish(self, uri: str) -> None:
        """The diagnostics of this document may have changed."""
        ...

    def status(self, status: Status) -> None:
        """The server's state has changed."""
        ...

    def progress(self, run: Run, state: RunState) -> None:
        """A review of a document has begun, advanced or ended."""
        ...

    def message(self, text: str, *, error: bool = True, offer: PullOffer | RunOffer | None = None) -> None:
        """Show a sentence to the user. With `offer`, also ask whether to download a model, or to run a command."""
        ...
