"""Client for the ticket service, whose answers come in pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Ticket:
    """A support ticket."""

    number: int
    status: str
    assignee: str | None


@dataclass(frozen=True)
class Page:
    """Some tickets, and the cursor of the next page (None on the last page)."""

    tickets: list[Ticket]
    next_cursor: str | None


class TicketApi(Protocol):
    """The remote service."""

    def fetch(self, cursor: str | None) -> Page:
        """Return the page with the given cursor; None stands for the first page."""


class TicketReader:
    """Hides the pages from the callers."""

    def __init__(self, api: TicketApi) -> None:
        self._api = api

    def all_tickets(self) -> Iterator[Ticket]:
        """Yield the tickets of all pages, in the order of the service."""
        page = self._api.fetch(None)
        yield from page.tickets
        while page.next_cursor is not None:
            page = self._api.fetch(page.next_cursor)
            yield from page.tickets

    def unassigned(self) -> list[Ticket]:
        """Return the tickets that nobody takes care of."""
        return [ticket for ticket in self.all_tickets() if ticket.assignee is None]

    def count_by_status(self) -> dict[str, int]:
        """Return the number of tickets for each status that occurs."""
        counts: dict[str, int] = {}
        for ticket in self.all_tickets():
            counts[ticket.status] = counts.get(ticket.status, 0) + 1
        return counts
