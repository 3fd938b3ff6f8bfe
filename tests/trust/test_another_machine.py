"""The whole way to another machine: a real server, an address of this machine that isn't loopback, and what arrives."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.client import serving
from tests.lsp.test_actions import ABLE, Editor
from tests.lsp.test_server import applied

KEY = "sk-" + "0123456789abcdefABCDEF"
SECRET = "ghp" + "_R8sT2uVwX4yZ6aBcD8eFgH0iJkLmN2oPqRs4"
TEXT = (
    "import os\n\n\ndef total(first, second):\n"
    f'    token = "{SECRET}"\n    password = "tiger-lily-7"\n    send(token, password)\n    return first - second\n'
)
_CODE = re.compile(r"```\w*\n(.*?)\n```", re.DOTALL)


def own_address() -> str:
    """An address of this machine that other machines use; the test is skipped without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Sends nothing: it only chooses the way.
            probe.connect(("192.0.2.1", 9))
            address = probe.getsockname()[0]
        except OSError:
            address = "127.0.0.1"
    if address.startswith("127."):
        pytest.skip("this machine has no address but loopback")
    return address


@dataclass
class Copier:
    """An engine that copies the code and turns a minus into a plus, as a model would that mends it."""

    url: str = ""
    bodies: list[Any] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = int((re.search(r"(?i)content-length: (\d+)", head) or [0, 0])[1])
        body = json.loads(await reader.readexactly(size)) if size else None
        self.keys |= set(re.findall(r"(?i)authorization: (.*)\r", head))
        if body is None:
            said = [{"data": [{"id": "m"}]}]
        else:
            self.bodies.append(body)
            said = [{"choices": [{"index": 0, "delta": {"content": one}}]} for one in self._answer(body)]
            said.append({"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]})
        kind = "application/json" if body is None else "text/event-stream"
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
        for one in said:
            text = json.dumps(one)
            writer.write((text if body is None else f"data: {text}\n\n").encode())
            await writer.drain()
        writer.close()

    def _answer(self, body: dict[str, Any]) -> list[str]:
        messages = body["messages"]
        begun = messages[-1]["content"] if messages[-1]["role"] == "assistant" else ""
        code = _CODE.search(next(one["content"] for one in messages if one["role"] == "user"))
        if body.get("max_tokens") == 1 or code is None:
            return ["It is wrong."]
        mended = "```python\n" + code[1].replace("first - ", "first + ") + "\n```"
        rest = mended[len(begun) :] if mended.startswith(begun) else mended
        # In pieces that cut what stands for a secret.
        return [rest[at : at + 7] for at in range(0, len(rest), 7)]


@asynccontextmanager
async def copier() -> AsyncGenerator[Copier]:
    made = Copier()
    async with await asyncio.start_server(made.serve, own_address(), 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        made.url = f"http://{host}:{port}"
        yield made


async def test_secrets_stay_here_and_fixes_are_right(tmp_path: Path) -> None:
    """A review with its sentence, a fix, an action and a completion: no secret arrives, the user is told once, and the
    fix is of the program as it stands."""
    config, work = tmp_path / "config" / "postil", tmp_path / "work"
    config.mkdir(parents=True)
    work.mkdir()
    (work / "a.py").write_text(TEXT, encoding="utf-8")
    async with copier() as engine:
        user = f'engine = "openai"\n[openai]\nbase_url = "{engine.url}"\nallow_http = true\n'
        user += '[review]\nshow = "all"\nreason = true\nmin_score = 0\n'
        (config / "postil.toml").write_text(user, encoding="utf-8")
        environment = {"POSTIL_API_KEY": KEY, "POSTIL_CACHE_DIR": str(tmp_path / "cache")}
        async with serving(tmp_path, root=work.as_uri(), capabilities=ABLE, environment=environment) as client:
            editor = Editor(client, work)
            client.change(editor.uri, TEXT)
            client.save(editor.uri)
            await client.reviewed()
            (note,) = client.notes(editor.uri)
            (fix,) = await client.actions(editor.uri, [note])
            assert applied(TEXT, fix, "utf-16") == TEXT.replace("first - ", "first + ")
            await editor.run("rewrite", {"start": {"line": 3, "character": 0}, "end": {"line": 3, "character": 0}})
            assert applied(TEXT, {"edit": editor.edits[0]}, "utf-16") == TEXT.replace("first - ", "first + ")
            place = {"textDocument": {"uri": editor.uri}, "position": {"line": 6, "character": 4}}
            await client.call("textDocument/inlineCompletion", {**place, "context": {"triggerKind": 1}})
            told = [one["message"] for one in client.of("window/showMessage") if "holds secrets" in one["message"]]
            page = (await client.command("postil.showPrompt"))["result"]
        assert len(told) == 1 and engine.url in told[0]
        assert len(engine.bodies) >= 3
        assert engine.keys == {f"Bearer {KEY}"}
        sent = json.dumps(engine.bodies)
        assert SECRET not in sent and SECRET[4:20] not in sent and "tiger" not in sent
        # The control: the code around them did arrive.
        assert "send(token, password)" in sent
        # The page of what was sent has the placeholders too, in the requests and in the answers.
        assert SECRET not in page and SECRET[4:20] not in page and "tiger" not in page
        assert page.count("send(token, password)") >= 4 and "## 3. " in page


async def test_without_the_users_word_nothing_arrives(tmp_path: Path) -> None:
    config, work = tmp_path / "config" / "postil", tmp_path / "work"
    config.mkdir(parents=True)
    work.mkdir()
    (work / "a.py").write_text(TEXT, encoding="utf-8")
    async with copier() as engine:
        (config / "postil.toml").write_text(
            f'engine = "openai"\n[openai]\nbase_url = "{engine.url}"\n[review]\nshow = "all"\n', encoding="utf-8"
        )
        async with serving(tmp_path, root=work.as_uri()) as client:
            client.open((work / "a.py").as_uri(), TEXT)
            client.save((work / "a.py").as_uri())
            await client.until(lambda: "openai.allow_http = true" in client.log(), "what to do")
        assert engine.bodies == [] and engine.keys == set()
