"""The one way up: what a session tells the program that shows its work to the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from postil.service.review.document_run import Run
from postil.service.status import Status

RunState = Literal["began", "moved", "ended"]


@dataclass(frozen=True, slots=True)
class PullOffer:
    """A model that is missing and that `engine` can download, if the user agrees."""

    model: str
    engine: str


class Client(Protocol):
    """Each method only starts work and returns at once."""

    def publish(self, uri: str) -> None:
        """What is to be shown for this document may have changed."""
        ...

    def status(self, status: Status) -> None:
        """The server's state has changed."""
        ...

    def progress(self, run: Run, state: RunState) -> None:
        """A review of a document has begun, has moved on or has ended."""
        ...

    def message(self, text: str, *, error: bool = True, offer: PullOffer | None = None) -> None:
        """A sentence for the user; with `offer`, a question whether to download a model."""
        ...
