"""Proxies of the environment: never for this machine, told in one sentence where they can't be used."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.engine.faulty_http import refusal, serving

from postil.core.models.catalogue import HubSource, catalogue
from postil.engine.base import EngineError
from postil.engine.choose import choose_engine
from postil.engine.download.fetch import fetch
from postil.engine.network import proxies
from postil.engine.network.proxies import WrongProxy, proxy_for
from postil.settings import settings_of

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
TAGS = refusal(200, '{"models": [], "data": []}')
# Each of these made the import of the `ollama` package fail, or the first request.
UNUSABLE = (
    "socks5://127.0.0.1:9",
    "socks5h://127.0.0.1:9",
    "socks4://127.0.0.1:9",
    "socks://127.0.0.1:9",
    "ftp://127.0.0.1:9",
    "http://[bad",
    "http://x:99999",
    "http://x:port",
    "://",
    ":::",
    "http://",
    "not an address",
)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "OLLAMA_HOST", "POSTIL_API_KEY", "POSTIL_OLLAMA_API_KEY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


async def chosen(engine: str, url: str, **more: object) -> str:
    """What the user is told, "" when the engine answers."""
    section = {"ollama": {"host": url, **more}, "openai": {"base_url": url, **more}}[engine]
    try:
        choice = await choose_engine(settings_of({"engine": engine, engine: section, "timeouts": {"connect": 2.0}}))
    except EngineError as error:
        return str(error)
    await choice.engine.aclose()
    return ""


@pytest.mark.parametrize("name", NAMES[:3] + NAMES[4:7])
@pytest.mark.parametrize("proxy", UNUSABLE)
async def test_this_machine_is_reached_whatever_they_are(
    name: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, proxy)
    async with serving(TAGS) as server:
        for engine in ("ollama", "openai"):
            assert await chosen(engine, server.url) == ""


@pytest.mark.parametrize("engine", ["ollama", "openai"])
@pytest.mark.parametrize("proxy", UNUSABLE)
async def test_another_machine_behind_one_that_cant_be_used_is_one_sentence(
    engine: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    monkeypatch.setattr(proxies, "find_spec", lambda name: None)
    told = await chosen(engine, "https://gpu.example:1")
    assert "can't be reached" in told and "ALL_PROXY" in told and "gpu.example" in told, told
    assert "NO_PROXY" in told
    assert ("pip install 'postil[socks]'" in told) == proxy.startswith("socks5"), told
    assert "Traceback" not in told and "\n" not in told


async def test_so_is_a_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks4://127.0.0.1:9")
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example")
    with pytest.raises(EngineError, match=r"HTTPS_PROXY names a proxy of a kind that Postil can't use"):
        async with aclosing(fetch(catalogue().models[0], [HubSource(repo="a/b", file="c")], tmp_path)) as steps:
            async for _ in steps:
                pass


async def test_a_socks_proxy_is_used_where_its_package_is(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("socksio")
    async with serving(TAGS) as server:

        async def socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(3)
            writer.write(b"\x05\x00")
            head = await reader.readexactly(5)
            asked.append((await reader.readexactly(head[4] + 2))[:-2])
            writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
            theirs, ours = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
            ours.write(await reader.readuntil(b"\r\n\r\n"))
            writer.write(await theirs.read())
            writer.close()
            ours.close()

        asked: list[bytes] = []
        async with await asyncio.start_server(socks, "127.0.0.1", 0) as proxy:
            monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
            assert await chosen("ollama", "http://gpu.example:1", allow_http=True) == ""
    assert asked == [b"gpu.example"]


async def test_a_proxy_that_isnt_there_or_refuses_is_named_instead_of_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving() as gone:
        pass
    monkeypatch.setenv("HTTPS_PROXY", gone.url.replace("//", "//me:pa55@"))
    told = await chosen("ollama", "https://gpu.example")
    assert f"The proxy {gone.url} doesn't answer" in told and "HTTPS_PROXY" in told
    assert "pa55" not in told and "ollama serve" not in told
    head = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    async with serving(head) as wants:
        monkeypatch.setenv("HTTPS_PROXY", wants.url)
        monkeypatch.setenv("HTTP_PROXY", wants.url)
        assert re.search(
            r"refuses the connection \(407.*HTTPS_PROXY, as", await chosen("openai", "https://gpu.example")
        )
        plain = await chosen("ollama", "http://gpu.example", allow_http=True)
    assert re.search(r"refuses the connection \(407.*HTTP_PROXY, as", plain)


# -- NO_PROXY

EXCEPTED = [
    ("gpu.example", "gpu.example"),
    ("gpu.example", "example"),
    ("gpu.example", ".example"),
    ("gpu.example", "*.example"),
    ("gpu.example", "GPU.Example."),
    ("gpu.example", "a.b, gpu.example:7"),
    ("gpu.example", "https://gpu.example"),
    ("gpu.example", "x *"),
    ("10.1.2.3", "10.0.0.0/8"),
    ("10.1.2.3", "10.1.2.3"),
    ("fd00::7", "[fd00::7]"),
    ("fd00::7", "fd00::/8"),
    ("fd00::7", "[fd00::7]:7"),
]
NOT_EXCEPTED = [
    ("gpu.example", "pu.example"),
    ("gpu.example", "gpu.example:8"),
    ("gpu.example", "[::1]"),
    ("gpu.example", "::1/128,:,/,..,[,http://"),
    ("10.1.2.3", "11.0.0.0/8"),
    ("10.1.2.3", "10.1.2.3:8"),
]


@pytest.mark.parametrize(("host", "entries"), EXCEPTED)
def test_who_is_reached_without_it(host: str, entries: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert proxy_for("https", host, 7) is not None
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, entries)
        assert proxy_for("https", host, 7) is None
        monkeypatch.delenv(name)


@pytest.mark.parametrize(("host", "entries"), NOT_EXCEPTED)
def test_who_isnt_and_nothing_raises(host: str, entries: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", entries)
    assert proxy_for("https", host, 7) is not None


def test_the_variable_that_counts_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://a.example")
    found = proxy_for("https", "gpu.example", None)
    assert found is not None and (found.variable, found.url) == ("ALL_PROXY", "http://a.example")
    monkeypatch.setenv("https_proxy", "me:pa55@b.example:3")
    found = proxy_for("https", "gpu.example", None)
    assert found is not None and found.variable.lower() == "https_proxy"
    assert found.url == "http://me:pa55@b.example:3" and found.shown == "http://b.example:3"
    for wrong in ("http://me:pa55@[b", "http://me:pa55/55@b", "socks4://me:pa55@b", "http://me:pa55@\u2100.b"):
        monkeypatch.setenv("https_proxy", wrong)
        with pytest.raises(WrongProxy) as caught:
            proxy_for("https", "gpu.example", None)
        assert "pa55" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="the variables' names have no case there")
def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://a.example")
    monkeypatch.setenv("https_proxy", "")
    found = proxy_for("https", "gpu.example", None)
    assert found is not None and found.variable == "ALL_PROXY"
