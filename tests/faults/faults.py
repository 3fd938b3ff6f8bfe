"""What the proxy does to an answer, by the names that the matrix uses."""

from __future__ import annotations

import asyncio
import itertools
import json
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from tests.faults.proxy import Exchange, Fault

FAULTS: dict[str, Fault] = {}
# Pieces of the real answer that come before something happens in its middle.
BEFORE = 2
# A byte so often: the line of a token takes ten times the suite's time-out between two tokens.
TRICKLE_SECONDS = 0.1
# Deltas without text so often.
EMPTY_SECONDS = 0.02
FLOOD_BYTES = 50_000_000
REASON = "the proxy says no"


def _fault(fault: Fault) -> Fault:
    FAULTS[fault.__name__] = fault
    return fault


async def _first(exchange: Exchange) -> None:
    """The beginning of the real answer."""
    async with aclosing(_some(exchange)) as pieces:
        async for piece in pieces:
            await exchange.send(piece)


async def _some(exchange: Exchange, count: int = BEFORE) -> AsyncGenerator[bytes]:
    """Real pieces that aren't the last; how far the prompt is read is none yet."""
    async with aclosing(exchange.pieces()) as pieces:
        async for piece in pieces:
            yield piece
            count -= b'"prompt_progress"' not in piece
            if not count:
                return


# -- the connection


@_fault
async def reset_first(exchange: Exchange) -> None:
    exchange.reset()


@_fault
async def end_first(exchange: Exchange) -> None:
    """The connection ends in good order, without a byte."""


@_fault
async def reset_middle(exchange: Exchange) -> None:
    await _first(exchange)
    exchange.reset()


@_fault
async def end_middle(exchange: Exchange) -> None:
    """As a proxy ends an answer whose server is gone: whole chunks, and no last one."""
    await _first(exchange)


@_fault
async def stall_first(exchange: Exchange) -> None:
    await asyncio.Event().wait()


@_fault
async def stall_middle(exchange: Exchange) -> None:
    await _first(exchange)
    await asyncio.Event().wait()


@_fault
async def trickle(exchange: Exchange) -> None:
    """The real answer, too slow for any event to become whole in time."""
    async with aclosing(exchange.pieces()) as pieces:
        async for piece in pieces:
            for byte in piece:
                await exchange.send(bytes([byte]))
                await asyncio.sleep(TRICKLE_SECONDS)


@_fault
async def empties(exchange: Exchange) -> None:
    """Deltas that say nothing, for ever."""
    while True:
        await exchange.send(exchange.said(""))
        await asyncio.sleep(EMPTY_SECONDS)


@_fault
async def single_bytes(exchange: Exchange) -> None:
    """The real answer, whole, a byte at a time: every character and every line is cut in two."""
    async with aclosing(exchange.pieces()) as pieces:
        async for piece in pieces:
            for byte in piece:
                await exchange.send(bytes([byte]))
    await exchange.end()


# -- HTTP


def _status(status: int, body: str, kind: str = "application/json", *lines: str) -> Fault:
    async def refuse(exchange: Exchange) -> None:
        await exchange.begin(status, kind, *lines)
        await exchange.send(body.encode())
        await exchange.end()

    return refuse


_ERROR = json.dumps({"error": REASON})
for _code in (400, 404, 429, 500, 503):
    FAULTS[f"status_{_code}"] = _status(_code, _ERROR)
FAULTS["html"] = _status(200, "<html><body>Welcome to the router</body></html>", "text/html")
FAULTS["empty_object"] = _status(200, "{}")
FAULTS["wrong_shape"] = _status(
    200, '{"models": [{"model": 7, "name": [], "size": "big", "modified_at": "never"}, 3], "data": [null, {"id": {}}]}'
)


@_fault
async def error_page_for_ever(exchange: Exchange) -> None:
    await exchange.begin(500, "text/html")
    while True:
        await exchange.send(b"<p>Internal Server Error</p>\n" * 2000)


@_fault
async def headers_for_ever(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        await exchange.raw(b"X-Header-%d: %b\r\n" % (number, b"x" * 1000))


@_fault
async def gzip_bomb(exchange: Exchange) -> None:
    """A gigabyte of blanks in a megabyte."""
    await exchange.begin(200, None, "Content-Encoding: gzip")
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(1000):
        if data := squeeze.compress(b" " * 1_000_000):
            await exchange.send(data)
    await exchange.send(squeeze.flush())
    await exchange.end()


# -- what is said


@_fault
async def error_first(exchange: Exchange) -> None:
    await exchange.send(exchange.line({"error": REASON}))
    await exchange.end()


@_fault
async def error_middle(exchange: Exchange) -> None:
    await _first(exchange)
    await exchange.send(exchange.line({"error": REASON}))
    await exchange.end()


@_fault
async def broken_line(exchange: Exchange) -> None:
    """A line of JSON that is two lines."""
    await _first(exchange)
    piece = exchange.said("cut in two")
    half = len(piece) // 2
    await exchange.send(piece[:half] + b"\n" + piece[half:])
    await asyncio.Event().wait()


@_fault
async def half_characters(exchange: Exchange) -> None:
    """Every non-ASCII character loses its last byte; the rest of the answer is the engine's."""
    async with aclosing(exchange.pieces()) as pieces:
        async for piece in pieces:
            await exchange.send(b"".join(bytes([byte]) for byte in piece if byte < 0x80 or byte >= 0xC0))
        await exchange.send(exchange.said("caf?").replace(b"?", b"\xc3"))
        await exchange.send(exchange.last())
    await exchange.end()


@_fault
async def repeated(exchange: Exchange) -> None:
    """Each piece comes twice."""
    async with aclosing(exchange.pieces()) as pieces:
        async for piece in pieces:
            await exchange.send(piece)
            await exchange.send(piece)
    await exchange.end()


@_fault
async def endless(exchange: Exchange) -> None:
    """An answer that never ends, whatever limit was asked for."""
    await _first(exchange)
    while True:
        await exchange.send(exchange.said("again and "))


@_fault
async def endless_list(exchange: Exchange) -> None:
    """Findings of code that doesn't exist, for ever."""
    await exchange.send(exchange.said('{"findings": ['))
    for number in itertools.count():
        finding = {"quote": f"no_such_line_{number}()", "fixed": "x", "message": "wrong", "severity": "error"}
        await exchange.send(exchange.said(json.dumps(finding) + ", "))


@_fault
async def flood_of_lines(exchange: Exchange) -> None:
    """50 MB of output: the model's words in large pieces."""
    for _ in range(FLOOD_BYTES // 100_000):
        await exchange.send(exchange.said("word " * 20_000))
    await exchange.send(exchange.last())
    await exchange.end()


@_fault
async def flood_in_one_line(exchange: Exchange) -> None:
    """50 MB of output: one line, of which the end never comes."""
    await exchange.send(exchange.said("x" * 1000).partition(b"xxx")[0])
    for _ in range(FLOOD_BYTES // 100_000):
        await exchange.send(b"word " * 20_000)
    await asyncio.Event().wait()


@_fault
async def deep(exchange: Exchange) -> None:
    """JSON in which a parser drowns."""
    body = b"[" * 200_000
    await exchange.send(b"data: " + body + b"\n\n" if exchange.in_events else body + b"\n")
    await exchange.end()


@_fault
async def no_schema(exchange: Exchange) -> None:
    """Not the JSON that was asked for."""
    for text in ('{"findings": [{"quote": 7, "message": null},', ' {"quote": "x" "fixed"]}}', "\n", "]" * 50, "{{{{"):
        await exchange.send(exchange.said(text))
    await exchange.send(exchange.last())
    await exchange.end()


@_fault
async def huge_numbers(exchange: Exchange) -> None:
    """Counters and probabilities beyond every type; the words are the engine's."""
    huge = 10**300
    counters = {"prompt_eval_count": huge, "eval_count": huge, "eval_duration": huge, "prompt_eval_duration": huge}
    counters |= {"timings": {"prompt_n": huge, "cache_n": huge, "predicted_n": -1, "prompt_ms": 1e308}}
    counters |= {"usage": {"prompt_tokens": huge, "completion_tokens": huge}}
    never = float("-inf")
    row = {"token": "x", "logprob": float("nan"), "top_logprobs": [{"token": "y", "logprob": never}] * 3}
    first = {"logprobs": [row]} if exchange.path.startswith("/api/") else {"completion_probabilities": [row]}
    await exchange.send(exchange.said("a", **first))
    async with aclosing(_some(exchange)) as pieces:
        async for piece in pieces:
            await exchange.send(piece)
    await exchange.send(exchange.last(**counters))
    await exchange.end()


@_fault
async def no_text(exchange: Exchange) -> None:
    """NULs, halves of surrogate pairs, and what turns the direction of reading, among the engine's words."""
    odd = "\x00\ud83d\udc00\ud800 \u202e\x1b[31m\ufffe"
    quote = json.dumps({"findings": [{"quote": odd, "fixed": odd, "message": odd, "severity": odd}]})
    await exchange.send(exchange.said(odd + "\n"))
    async with aclosing(_some(exchange)) as pieces:
        async for piece in pieces:
            await exchange.send(piece)
    await exchange.send(exchange.said(f"{odd}\n{odd}x = 1{odd}\n{quote}\n    return a + b{odd}\n"))
    await exchange.send(exchange.last())
    await exchange.end()


# -- vectors


async def _vectors(exchange: Exchange) -> tuple[dict[str, Any], list[list[Any]]]:
    """The engine's real answer, and the vectors in it, to change."""
    async with aclosing(exchange.pieces()) as pieces:
        answer: dict[str, Any] = json.loads(b"".join([piece async for piece in pieces]))
    rows = answer["embeddings"] if "embeddings" in answer else [row["embedding"] for row in answer["data"]]
    return answer, rows


async def _whole(exchange: Exchange, answer: dict[str, Any]) -> None:
    await exchange.send(json.dumps(answer).encode())
    await exchange.end()


@_fault
async def few_vectors(exchange: Exchange) -> None:
    """One less than there are texts."""
    answer, _ = await _vectors(exchange)
    del answer["embeddings" if "embeddings" in answer else "data"][-1]
    await _whole(exchange, answer)


@_fault
async def no_numbers(exchange: Exchange) -> None:
    """As a model says them that overflows: Python's JSON has NaN in their place, llama.cpp's null."""
    answer, rows = await _vectors(exchange)
    rows[0][0] = float("nan")
    await _whole(exchange, answer)


@_fault
async def uneven_vectors(exchange: Exchange) -> None:
    """One has a number more than the others."""
    answer, rows = await _vectors(exchange)
    rows[0].append(0.0)
    await _whole(exchange, answer)


@_fault
async def half_an_object(exchange: Exchange) -> None:
    """Half of the answer, which ends in good order."""
    answer, _ = await _vectors(exchange)
    text = json.dumps(answer).encode()
    await exchange.send(text[: len(text) // 2])
    await exchange.end()


@_fault
async def flood_of_numbers(exchange: Exchange) -> None:
    """50 MB of one vector."""
    answer, rows = await _vectors(exchange)
    rows[0].append("here")
    before, _, _ = json.dumps(answer).partition('"here"')
    await exchange.send(before.encode())
    for _ in range(FLOOD_BYTES // 100_000):
        await exchange.send(b"0.12345, " * 11_000)
    await asyncio.Event().wait()


def elsewhere(url: str) -> Fault:
    """Sends the client on to another host."""

    async def redirect(exchange: Exchange) -> None:
        await exchange.begin(307, "text/plain", f"Location: {url}{exchange.path}")
        await exchange.end()

    return redirect
