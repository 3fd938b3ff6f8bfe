"""What an engine was sent and has answered, of its latest requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

from postil.core.request import ChatRequest, Delta, InfillRequest, Usage, encodable

# A page of them is looked through by eye.
MOST = 20
# Characters of their texts together, some 30 of prompts that fill a context of 8,192 tokens.
MOST_CHARS = 1_000_000
# Characters of one answer with its thoughts: more than any review writes.
MOST_ANSWER = 50_000

# "": it runs. closed: Postil has read enough of it. length: its limit of tokens ended it.
Ending = Literal["", "whole", "length", "closed", "cancelled", "failed"]


@dataclass(slots=True, eq=False)
class Exchange:
    """A request as it was sent, after the redaction, and its answer as it came so far. `host`: which engine, where.
    Times are the clock's, in seconds; `ended_at` 0.0 while it runs. `anew`: the engine didn't continue the beginning of
    an answer. `why`: the message of a failure. As a context manager it notes how the answer ended."""

    request: ChatRequest | InfillRequest
    host: str
    clock: Callable[[], float]
    at: float
    answer: str = ""
    thinking: str = ""
    usage: Usage | None = None
    ended: Ending = ""
    ended_at: float = 0.0
    why: str = ""
    anew: bool = False

    @property
    def size(self) -> int:
        """The characters that were sent."""
        return sum(map(len, _texts(self.request)))

    def feed(self, delta: Delta) -> None:
        """A piece of the answer, as it came."""
        if delta.anew:
            self.anew, self.answer = True, ""
        room = max(0, MOST_ANSWER - len(self.answer) - len(self.thinking))
        self.answer += encodable(delta.text[:room])
        self.thinking += encodable(delta.thinking[: max(0, room - len(delta.text))])
        self.usage = delta.usage or self.usage
        if delta.finish is not None:
            self.ended = "length" if delta.finish == "length" else "whole"

    def __enter__(self) -> Exchange:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended_at = self.clock()
        if isinstance(error, Exception):
            self.ended, self.why = "failed", str(error) or type(error).__name__
        elif not self.ended:
            # A cancelled task and a closed generator raise what is no Exception.
            self.ended = "closed" if error is None or isinstance(error, GeneratorExit) else "cancelled"


class Exchanges:
    """The `latest` ones of one engine, the newest first, bounded in number and in characters."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.latest: tuple[Exchange, ...] = ()

    def begin(self, request: ChatRequest | InfillRequest, host: str) -> Exchange:
        """A request goes out. One that alone has more characters than are kept is in no list."""
        exchange = Exchange(request, host, self._clock, self._clock())
        self.latest = newest((exchange, *self.latest))
        return exchange


def newest(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """The newest of these, the newest first, as many as are kept."""
    kept: list[Exchange] = []
    room = MOST_CHARS
    # Sorting is stable: of those of one moment the order stays.
    for one in sorted(exchanges, key=lambda one: -one.at):
        # One that alone is too long takes the place of no other.
        if one.size > MOST_CHARS:
            continue
        room -= one.size
        if room < 0 or len(kept) == MOST:
            break
        kept.append(one)
    return tuple(kept)


def _texts(request: ChatRequest | InfillRequest) -> Iterable[str]:
    if isinstance(request, InfillRequest):
        snippets = (text for one in request.others for text in one)
        return (request.prefix, request.begun, request.suffix, request.path, *snippets)
    return (*(message.content for message in request.messages), request.prefill, request.json_schema or "")
