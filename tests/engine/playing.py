"""Servers played by a function: an Ollama and one that speaks the OpenAI API, which answer as the request is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.engine.faulty_http import DONE, head, piece, refusal

from postil.core.request import ChatRequest, LoadOptions, Message, Sampling

# What a request is answered with: (status, body), or pieces of text that are streamed.
Reply = tuple[int, Any] | list[str]


@dataclass(slots=True)
class Played:
    """A running server. `asked`: the path and body of each request."""

    url: str = ""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def of(self, path: str) -> list[dict[str, Any]]:
        return [body for asked, body in self.asked if asked == path]


Player = Callable[[str, dict[str, Any]], Reply]
Stream = Callable[[str, list[str], dict[str, Any]], Iterable[bytes]]


@asynccontextmanager
async def playing(play: Player, stream: Stream) -> AsyncIterator[Played]:
    played = Played()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line, *rows = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (row.partition(": ") for row in rows)}
            raw = await reader.readexactly(int(headers.get("content-length", "0")))
            path, body = line.split(" ")[1], json.loads(raw) if raw else {}
            played.asked.append((path, body))
            reply = play(path, body)
            if isinstance(reply, tuple):
                writer.write(refusal(reply[0], reply[1] if isinstance(reply[1], str) else json.dumps(reply[1])))
            else:
                for part in stream(path, reply, body):
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    played.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield played
    finally:
        server.close()


def playing_openai(play: Player) -> Any:
    def stream(path: str, pieces: list[str], body: dict[str, Any]) -> Iterable[bytes]:
        yield head()
        if path in ("/completion", "/infill"):
            for text in pieces:
                yield b"data: " + json.dumps({"content": text}).encode() + b"\n\n"
            yield b"data: " + json.dumps({"content": "", "stop": True, "stop_type": "eos"}).encode() + b"\n\n"
            return
        yield from map(piece, pieces)
        yield piece("", "length" if len(pieces) == body.get("max_tokens") else "stop")
        yield DONE

    return playing(play, stream)


def playing_ollama(play: Player) -> Any:
    def stream(path: str, pieces: list[str], body: dict[str, Any]) -> Iterable[bytes]:
        def line(text: str, **more: Any) -> bytes:
            said = {"message": {"role": "assistant", "content": text}} if path == "/api/chat" else {"response": text}
            return json.dumps({"model": body["model"], "done": False, **said, **more}).encode() + b"\n"

        yield head(kind="application/x-ndjson")
        yield from map(line, pieces)
        yield line("", done=True, done_reason="stop")

    return playing(play, stream)


def rendered(text: str) -> Reply:
    """As Ollama 0.24 answers a request that is only rendered."""
    said = {"role": "", "content": ""}
    return 200, {"model": "m", "message": said, "done": False, "_debug_info": {"rendered_template": text}}


CODE = "def area(width, height):\n    return width * height"
HEAD = "```python\ndef area(width, height):\n"
BODY = "    return width * height"
WHOLE = [f"```python\n{CODE}", "\n```", "\nIt is right."]
REST = [BODY, "\n```"]


def ask(prefill: str = HEAD, **more: Any) -> ChatRequest:
    sampling = Sampling(temperature=0.0, min_p=0.05, max_tokens=40, stop=("\n```",))
    asked = f"```python\n{CODE}\n```\n\nRewrite it."
    return ChatRequest("m", (Message("user", asked),), prefill, sampling, LoadOptions(num_ctx=2048), **more)
