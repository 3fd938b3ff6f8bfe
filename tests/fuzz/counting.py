"""A client that may send anything, and counts the answers to each of its requests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from tests.lsp.client import Client, serving


def framed(body: bytes | str, length: Any = None) -> bytes:
    """A body behind its header, or behind one that says another length."""
    body = body.encode("utf-8") if isinstance(body, str) else body
    return b"Content-Length: %s\r\n\r\n" % str(len(body) if length is None else length).encode() + body


class CountingClient(Client):
    """`asked` by id, as `answered` is; errors without an id in `nameless`."""

    def __init__(self, *given: Any) -> None:
        self.asked: Counter[int | str] = Counter()
        self.nameless: list[dict[str, Any]] = []
        super().__init__(*given)

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def post(self, message: Any) -> None:
        """Any JSON in a right frame; a request with a right id is counted."""
        body = json.dumps(message).encode("utf-8")
        self.raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def _send(self, message: dict[str, Any]) -> None:
        if "id" in message and "method" in message:
            self.asked[message["id"]] += 1
        super()._send(message)

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message and message.get("id") is None:
            self.nameless.append(message["error"])
            self._wake()
        else:
            super()._take(message)

    async def asks(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request that is written by hand; its id is its own."""
        self.asked[message["id"]] += 1
        self.post(message)
        return await self.until(lambda: self.answers.get(message["id"]), f"the answer to {message}")

    def miscounted(self) -> dict[int | str, tuple[int, int]]:
        """Requests with another number of answers than they were asked: {id: (asked, answered)}."""
        every = self.asked.keys() | self.answered.keys()
        return {
            number: (self.asked[number], self.answered[number])
            for number in every
            if self.asked[number] != self.answered[number]
        }

    def tracebacks(self) -> str:
        """What the server's log holds of failures of its own."""
        return "\n".join(part[:3000] for part in self.stderr.decode("utf-8", "replace").split("Traceback")[1:4])

    async def settled(self) -> None:
        """Everything that was sent is answered, once."""
        await self.until(lambda: not any(asked > got for asked, got in self.miscounted().values()), "all answers")
        await self.synced()
        assert self.miscounted() == {}, self.log()


def counting(folder: Path, rules: list[dict[str, Any]], **more: Any) -> AbstractAsyncContextManager[CountingClient]:
    """A server whose model follows the rules, and a client that counts."""
    script = folder / "script.json"
    script.write_text(json.dumps(rules), encoding="utf-8")
    arguments = ("--engine-script", str(script), "--engine-journal", str(folder / "journal"))
    return serving(folder, **{"arguments": arguments, "client_class": CountingClient, **more})


Counted = Callable[..., AbstractAsyncContextManager[CountingClient]]
