"""Which slot of llama.cpp's cache a request asks for: the first is ghost text's, the others are the background's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from postil.core.request import ChatRequest, InfillRequest

# A batch is filled in the order of the slots. In the last one ghost text's prompt would wait until that of a review,
# whose end the server hasn't noticed yet, is read.
INTERACTIVE = 0


class Slots:
    """Of a server with so many. Left to itself it gives a request that comes while a cancelled one still ends another
    slot, where a review would stand before ghost text and ghost text find nothing of its prompt."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._free = list(range(count - 1, INTERACTIVE, -1))

    @contextmanager
    def taken(self, request: ChatRequest | InfillRequest) -> Iterator[int | None]:
        """The slot to ask for while the request runs; None where the server may choose: there is but one, all are
        taken, or somebody waits for a chat, which best begins in any that is free."""
        if self._count == 1 or (request.lane == "interactive" and isinstance(request, ChatRequest)):
            yield None
        elif request.lane == "interactive":
            yield INTERACTIVE
        elif not self._free:
            yield None
        else:
            # The one that was used last: what is asked next about a unit finds its prompt there.
            slot = self._free.pop()
            try:
                yield slot
            finally:
                self._free.append(slot)
