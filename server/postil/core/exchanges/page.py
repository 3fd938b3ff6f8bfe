"""The page that shows what a model was shown: pieces, the text as it was sent, and the answer, as Markdown.

What others wrote (code, names, a model's answer) stands between fences that are longer than any run of backticks in it,
or is escaped: it can't become a link, a heading or a cell of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from postil.core.exchanges.infill import parts_of
from postil.core.exchanges.kept import Exchange
from postil.core.models import catalogue
from postil.core.request import ChatRequest, InfillRequest, What
from postil.core.text.markdown import literal

# Characters of the requests that a page has in whole; of the others it has the row. Viewers are slow beyond it.
MOST_SHOWN = 200_000

TITLE = "What the model was shown"
_FOR: dict[What, str] = {
    "review": "Review",
    "score": "Probabilities of a change",
    "reason": "Sentence about a note",
    "fix": "Fix for a note",
    "repair": "Candidate for a fix",
    "action": "Action",
    "completion": "Ghost text",
}
_ENDED = {
    "": "still running",
    "whole": "whole",
    "length": "cut at its limit of tokens",
    "closed": "closed by Postil, which had read enough",
    "cancelled": "cancelled (by you, by an edit, or for a request that goes first)",
}
_BEFORE, _BEGUN, _AFTER = "Before the cursor", "Beginning of the answer, to be continued", "After the cursor"
_TICKS = re.compile("`+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text is: `label` is what to read (`path:line`), `uri` what to open ("" = nobody knows)."""

    label: str
    uri: str = ""

    @property
    def link(self) -> str:
        label = literal(self.label)
        return f"[{label}](<{self.uri}>)" if self.uri and not set(self.uri) & set("<>\\\n") else label


@dataclass(frozen=True, slots=True)
class Shown:
    """An exchange with what the page needs besides: the time of the day, the place that it is about, and those of its
    pieces of other files."""

    exchange: Exchange
    when: str
    about: Place
    pieces: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text that was sent, what it is, and where it is from, as Markdown."""

    what: str
    text: str
    whence: str = ""


def page(shown: Sequence[Shown], said: str = "") -> str:
    """The requests in this order: each as a row, and in whole as many of the first as the page has room for. `said`: a
    sentence about them, as Markdown."""
    room, whole = MOST_SHOWN, 0
    for one in shown:
        room -= one.exchange.size + len(one.exchange.answer) + len(one.exchange.thinking)
        if room < 0 and whole:
            break
        whole += 1
    blocks = [f"# {TITLE}", said, _overview(shown, whole) if len(shown) > 1 else ""]
    for number, one in enumerate(shown[:whole], 1):
        blocks += [f"## {number}. {_title(one)}", *_section(one)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _title(one: Shown) -> str:
    purpose = one.exchange.request.purpose
    if purpose is None:
        return "Request"
    name = f": {literal(purpose.name)}" if purpose.name else ""
    return f"{_FOR[purpose.what]}{name}"


def _ended(exchange: Exchange) -> str:
    return f"failed: {literal(exchange.why)}" if exchange.ended == "failed" else _ENDED[exchange.ended]


def _overview(shown: Sequence[Shown], whole: int) -> str:
    rows = ["| | When | What for | About | Model | Answer |", "|--:|---|---|---|---|---|"]
    for number, one in enumerate(shown, 1):
        cells = (one.when, _title(one), one.about.link, literal(one.exchange.request.model), _ended(one.exchange))
        rows.append(f"| {number} | {' | '.join(cells)} |")
    left = len(shown) - whole
    rest = f"\n\nThe last {left} are rows only: the page has no room for their texts." if left else ""
    return "\n".join(rows) + rest


def _section(one: Shown) -> Iterator[str]:
    exchange = one.exchange
    request = exchange.request
    persona = f"persona {literal(request.purpose.persona)}, " if request.purpose is not None else ""
    took = f", {exchange.ended_at - exchange.at:.1f} s" if exchange.ended_at else ""
    about = [
        f"- Model: {literal(request.model)}, {literal(exchange.host)}",
        f"- About: {persona}{one.about.link}",
        f"- When: {one.when}{took}",
        f"- Answer: {_ended(exchange)}",
        f"- Options: {', '.join(_options(request))}",
    ]
    yield "\n".join(about)
    pieces = _infill(request, one) if isinstance(request, InfillRequest) else _chat(request, one, anew=exchange.anew)
    yield _table(pieces, exchange)
    texts = _sent(request) if isinstance(request, InfillRequest) else ((one.what, one.text) for one in pieces)
    for title, text in texts:
        yield from _block(title, text)
    if isinstance(request, ChatRequest) and request.json_schema:
        yield from _block("The form of the answer (JSON Schema)", request.json_schema)
    if exchange.thinking:
        yield from _block("What the model thought", exchange.thinking)
    yield from _block("The answer, as it came", exchange.answer)


def _chat(request: ChatRequest, one: Shown, *, anew: bool) -> list[_Piece]:
    """The messages. The server puts them into the model's template."""
    asked = [number for number, message in enumerate(request.messages) if message.role == "user"]
    # What is about code begins with it. A persona's own examples come before.
    about = [number for number in asked if request.messages[number].content.startswith("```")] or asked
    pieces: list[_Piece] = []
    for number, message in enumerate(request.messages):
        whence = one.about.link if number in about[-1:] else ""
        if message.role == "system" and request.purpose is not None:
            whence = f"persona {literal(request.purpose.persona)}"
        pieces.append(_Piece(f"Message {number + 1}: {message.role}", message.content, whence))
    if request.prefill:
        begun = "Beginning of the answer, which the engine didn't continue" if anew else _BEGUN
        pieces.append(_Piece(begun, request.prefill))
    return pieces


def _infill(request: InfillRequest, one: Shown) -> list[_Piece]:
    parts = parts_of(request)
    places = one.pieces or tuple(Place(piece.path) for piece in parts.pieces)
    texts = [("Piece of another file", piece.text) for piece in parts.before]
    texts += [("Piece of another file, as a comment", said) for said, _ in parts.inside]
    pieces = [_Piece(what, text, place.link) for (what, text), place in zip(texts, places, strict=True)]
    if parts.imports:
        pieces.append(_Piece("Imports of the file", parts.imports, one.about.link))
    pieces.append(_Piece(_BEFORE, parts.prefix, one.about.link))
    if request.begun:
        pieces.append(_Piece(_BEGUN, request.begun))
    pieces.append(_Piece(_AFTER, request.suffix, one.about.link))
    return pieces


def _sent(request: InfillRequest) -> Iterator[tuple[str, str]]:
    """The texts as they were sent, with their titles."""
    raw = request.raw()
    if raw is not None:
        yield "The prompt, as it was sent", raw[0]
        return
    yield from ((f"Piece of {literal(one.path)}", one.text) for one in request.snippets)
    yield _BEFORE, request.prefix
    if request.begun:
        yield _BEGUN, request.begun
    yield _AFTER, request.suffix


def _table(pieces: Sequence[_Piece], exchange: Exchange) -> str:
    estimate = catalogue.catalogue().profile_of(exchange.request.model).estimate_tokens
    usage = exchange.usage
    rows = ["| What | From | Characters | Tokens |", "|---|---|--:|--:|"]
    rows += [
        f"| {piece.what} | {piece.whence} | {len(piece.text)} | ≈ {estimate(piece.text) if piece.text else 0} |"
        for piece in pieces
    ]
    characters = sum(len(piece.text) for piece in pieces)
    if usage is not None and usage.prompt_tokens:
        cached = f", {usage.cached_tokens} of them were in its cache" if usage.cached_tokens is not None else ""
        rows.append(f"| **All that was read** | counted by the engine{cached} | {characters} | {usage.prompt_tokens} |")
    else:
        tokens = sum(estimate(piece.text) for piece in pieces if piece.text)
        rows.append(f"| **All that was sent** | the engine gave no count | {characters} | ≈ {tokens} |")
    written = (
        f"{usage.output_tokens}" if usage is not None and usage.output_tokens else f"≈ {estimate(exchange.answer)}"
    )
    rows.append(f"| **The answer** | {_seconds(exchange)} | {len(exchange.answer)} | {written} |")
    rows.append("\n≈ is an estimate. The words of the model's template are in the engine's counts only.")
    return "\n".join(rows)


def _seconds(exchange: Exchange) -> str:
    usage = exchange.usage
    if usage is None or usage.prompt_seconds is None or usage.output_seconds is None:
        return ""
    return f"read in {usage.prompt_seconds:.1f} s, written in {usage.output_seconds:.1f} s"


def _options(request: ChatRequest | InfillRequest) -> Iterator[str]:
    sampling, load = request.sampling, request.load
    raw = request.raw() if isinstance(request, InfillRequest) else None
    stop = raw[1].stop if raw is not None else sampling.stop
    numbers = {
        "num_ctx": load.num_ctx,
        "num_batch": load.num_batch,
        "num_gpu": load.num_gpu,
        "num_thread": load.num_thread,
        "num_predict": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_k": sampling.top_k,
        "top_p": sampling.top_p,
        "min_p": sampling.min_p,
        "repeat_penalty": sampling.repeat_penalty,
        "seed": sampling.seed,
        "top_logprobs": request.top_logprobs or None,
    }
    yield from (f"{name} {value}" for name, value in numbers.items() if value is not None)
    if isinstance(request, ChatRequest) and request.think is not None:
        yield f"think {str(request.think).lower()}"
    if stop:
        yield "stop " + " ".join(literal(repr(word)) for word in stop)


def _block(title: str, text: str) -> Iterator[str]:
    yield f"### {title}"
    fence = "`" * max([2, *(len(run) for run in _TICKS.findall(text))]) + "`"
    yield f"{fence}text\n{text}\n{fence}" if text else "*(empty)*"
