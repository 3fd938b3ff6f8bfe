"""Which slot of llama.cpp's prompt cache a request names: the first is for completions, the others for reviews."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from postil.core.request import ChatRequest, InfillRequest

# llama.cpp fills a batch in the order of the slots. In the last slot a completion's prompt would wait until that of a
# cancelled review, whose end the server hasn't noticed yet, is read.
INTERACTIVE = 0


class Slots:
    """The slots of one server. While a cancelled request is still finishing, llama.cpp would assign a new request to
    another slot, where none of its prompt is cached: a review could take the completions' slot, and a completion lose
    its own."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._free = list(range(count - 1, INTERACTIVE, -1))

    @contextmanager
    def taken(self, request: ChatRequest | InfillRequest) -> Generator[int | None]:
        """The slot to name while the request runs. None where the server may choose: it has only one, all are taken, or
        the request is an interactive chat, which starts soonest in any free slot."""
        if self._count == 1 or (request.lane == "interactive" and isinstance(request, ChatRequest)):
            yield None
        elif request.lane == "interactive":
            yield INTERACTIVE
        elif not self._free:
            yield None
        else:
            # The slot that was used last: the next request about the same unit finds its prompt there.
            slot = self._free.pop()
            try:
                yield slot
            finally:
                self._free.append(slot)
