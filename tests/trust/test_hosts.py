"""Other machines: only over https or after a word of the user's, no redirects, no proxies for this one."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from tests.engine.faulty_http import DONE, head, piece, serving
from tests.trust.elsewhere import there

from postil.core.request import ChatRequest, Message
from postil.engine.base import Engine, EngineError, EngineUnavailable
from postil.engine.choose import choose_engine
from postil.engine.hosts import address_of, is_loopback
from postil.engine.ollama.admin import OllamaAdmin
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine
from postil.settings import settings_of

ASK = ChatRequest("m", (Message("user", "Hello"),))
LINE = b'{"model": "m", "message": {"role": "assistant", "content": "x"}, "done": true, "done_reason": "stop"}\n'
NDJSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"


async def answer(engine: Engine) -> str:
    try:
        async with aclosing(engine.chat(ASK)) as stream:
            return "".join([delta.text async for delta in stream])
    finally:
        await engine.aclose()


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost.example",
        "127.0.0.1.example",
        "127.1",
        "2130706433",
        "0x7f.1",
        "10.0.0.1",
        "::2",
        "::ffff:10.0.0.1",
    ],
)
def test_not_surely_this_machine(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("given", "url", "loopback"),
    [
        ("gpu", "https://gpu:11434", False),
        ("gpu:1", "https://gpu:1", False),
        ("https://gpu/ollama", "https://gpu/ollama", False),
        ("127.0.0.1", "http://127.0.0.1:11434", True),
        ("0.0.0.0:5", "http://127.0.0.1:5", True),
        ("[::]:5", "http://[::1]:5", True),
        (":5", "http://127.0.0.1:5", True),
        ("http://127.0.0.1@gpu.example", "", False),
        ("http://127.0.0.1:80@gpu.example:7", "", False),
        ("http://gpu", "", False),
    ],
)
def test_an_address_is_https_elsewhere(given: str, url: str, loopback: bool) -> None:
    if url:
        found = address_of(given, "ollama.host", allow_http=False, port=11434)
        assert (found.url, found.loopback) == (url, loopback)
        return
    with pytest.raises(EngineUnavailable, match=r"use https, or set ollama\.allow_http = true in your user settings"):
        address_of(given, "ollama.host", allow_http=False, port=11434)
    assert address_of(given, "ollama.host", allow_http=True, port=11434).url.startswith("http://")


def test_a_password_in_an_address_is_used_and_not_shown() -> None:
    found = address_of("https://me:pa55@gpu.example/v1x", "openai.base_url", allow_http=False)
    assert "me:pa55@gpu.example" in found.url
    assert found.shown == "https://gpu.example/v1x"


@pytest.mark.parametrize(
    "given",
    ["https://me:pa55@[bad", "me:pa55@[bad", "https://me:pa/55@gpu", "https://me:pa55@gpu:port", "http://me:pa55@gpu",
     "ftp://me:pa55@gpu", "https://me:pa55@gpu:0", "https://me:pa55@\u2100.example"],
)  # fmt: skip
def test_neither_does_a_message_of_an_address_that_is_none_show_it(given: str) -> None:
    with pytest.raises(EngineUnavailable) as caught:
        address_of(given, "ollama.host", allow_http=False, port=11434)
    assert "pa" not in str(caught.value).replace("path", "").replace("that", "")


async def test_plain_http_to_another_machine_is_not_spoken(elsewhere: str) -> None:
    """Nothing is sent; with the user's word it is (the control)."""
    steps = (head(), piece("x"), piece("", "stop"), DONE)
    async with serving(*steps) as server:
        for engine in ("openai", "ollama"):
            section = {"openai": {"base_url": there(server.url)}, "ollama": {"host": there(server.url)}}[engine]
            with pytest.raises(EngineUnavailable, match="allow_http"):
                await choose_engine(settings_of({"engine": engine, engine: section}))
        with pytest.raises(EngineUnavailable, match="allow_http"):
            OllamaAdmin(there(server.url))
        assert server.asked == []
        assert await answer(OpenAICompatEngine(there(server.url), allow_http=True)) == "x"
        assert len(server.asked) == 1


async def test_a_variable_that_names_another_machine_is_no_word_of_the_users(
    elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"http://{elsewhere}:1")
    with pytest.raises(EngineUnavailable, match=r"OLLAMA_HOST.*allow_http"):
        await answer(OllamaEngine())


async def test_who_speaks_http_only_is_told_of_by_name(elsewhere: str) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        place = f"{elsewhere}:{server.sockets[0].getsockname()[1]}"
        for engine in (OpenAICompatEngine(f"https://{place}"), OllamaEngine(place)):
            with pytest.raises(EngineUnavailable, match=r"plain http only: then set \w+\.allow_http"):
                await answer(engine)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_nobody_sends_us_on(status: int) -> None:
    """The code goes to the host that the user has named, and to no other that this one names."""
    async with serving(NDJSON, LINE) as other:
        to = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {other.url}/api/chat\r\nContent-Length: 0\r\n\r\n".encode()
        async with serving(to) as server:
            for engine in (OpenAICompatEngine(server.url, "key"), OllamaEngine(server.url)):
                with pytest.raises(EngineError, match=r"redirects to .*only to the address"):
                    await answer(engine)
            admin = OllamaAdmin(server.url)
            with pytest.raises(EngineError):
                await admin.models()
            await admin.aclose()
        assert len(server.asked) == 3
        assert other.asked == []
        # The control: it would have answered.
        assert await answer(OllamaEngine(other.url)) == "x"


async def test_no_proxy_sees_what_goes_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(NDJSON, LINE) as server, serving(b"HTTP/1.1 502 Proxy\r\nContent-Length: 0\r\n\r\n") as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert await answer(OllamaEngine(server.url)) == "x"
        assert proxy.asked == []
        # The control: for another machine it is asked.
        with pytest.raises(EngineError):
            await answer(OllamaEngine("http://models.example:9", allow_http=True))
        assert len(proxy.asked) == 1


async def test_a_dot_env_of_the_folder_is_not_read(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(NDJSON, LINE) as server:
        (tmp_path / ".env").write_text(f"OLLAMA_HOST={server.url}\nPOSTIL_API_KEY=stolen\n", encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        assert OllamaEngine().address == "http://127.0.0.1:11434"
        assert server.asked == []
