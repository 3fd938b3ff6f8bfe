"""Keys: from the environment or the keyring, and in no line of a log."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import httpx
import keyring
import keyring.backend
import keyring.errors
import pytest
from tests.engine.faulty_http import FaultyServer, event, head, refusal, serving
from tests.lsp.client import serving as serving_postil
from tests.trust.elsewhere import there
from tests.trust.test_hosts import answer

from postil.core.request import ChatRequest, Message
from postil.engine.base import EngineError, EngineRefused
from postil.engine.choose import choose_engine
from postil.engine.keys import api_key
from postil.engine.network.access import Access
from postil.engine.network.transport import Transport
from postil.engine.ollama.admin import admin_of
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine
from postil.logs import _Redacting, keep_out
from postil.settings import OpenAISettings, Settings, settings_of

KEY = "sk-live-0123456789abcdefABCDEF"


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 1  # pyright: ignore[reportAssignmentType]  # keyring types it as its own decorator of a number.

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password


@pytest.fixture
def ring() -> Iterator[Ring]:
    before, made = keyring.get_keyring(), Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_the_environment_comes_before_the_keyring(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_password("postil", "work", KEY)
    assert api_key(OpenAISettings(api_key_keyring="work")) == KEY
    monkeypatch.setenv("POSTIL_API_KEY", "other-key")
    assert api_key(OpenAISettings(api_key_keyring="work")) == "other-key"
    monkeypatch.delenv("POSTIL_API_KEY")
    assert api_key(OpenAISettings()) is None


def test_a_keyring_that_can_not_help_says_what_to_do(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineRefused, match="keyring set postil work"):
        api_key(OpenAISettings(api_key_keyring="work"))
    ring.locked = True
    with pytest.raises(EngineRefused, match="unlock it"):
        api_key(OpenAISettings(api_key_keyring="work"))
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    with pytest.raises(EngineRefused, match=r"pip install 'postil\[keyring\]'"):
        api_key(OpenAISettings(api_key_keyring="work"))


async def test_the_key_of_the_keyring_is_sent(ring: Ring) -> None:
    keyring.set_password("postil", "work", KEY)
    listed = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"data": []}'
    async with serving(listed) as server:
        section = {"base_url": server.url, "api_key_keyring": "work"}
        choice = await choose_engine(settings_of({"engine": "openai", "openai": section}))
        await choice.engine.aclose()
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


async def test_what_a_server_says_of_the_key_is_passed_on_without_it() -> None:
    for steps in (
        (refusal(400, f'{{"error": {{"message": "no such key: {KEY}"}}}}'),),
        (head(), event(error=f"bad {KEY}")),
    ):
        async with serving(*steps) as server:
            with pytest.raises(EngineError) as caught:
                await answer(OpenAICompatEngine(server.url, KEY))
        assert KEY not in str(caught.value)
        assert "***" in str(caught.value)


def test_the_log_shows_no_key_wherever_it_stands() -> None:
    keep_out(KEY)
    try:
        raise ValueError(f"with {KEY} in a traceback")
    except ValueError as error:
        record = logging.LogRecord(
            "postil", logging.ERROR, "f", 1, "key %s", (KEY,), (type(error), error, error.__traceback__)
        )
    told = _Redacting("%(message)s").format(record)
    assert KEY not in told
    assert told.count("***") >= 2
    for text in ("Authorization: Bearer abc.def", "at https://me:pa55@host/x", "authorization': 'Basic Zm9v'"):
        shown = _Redacting("%(message)s").format(logging.LogRecord("p", 10, "f", 1, text, (), None))
        assert not any(secret in shown for secret in ("abc.def", "pa55", "Zm9v")), shown


async def test_the_whole_log_at_debug_level_holds_neither_key_nor_source(tmp_path: Path) -> None:
    """A real server, an engine that repeats the key in its refusal, and a document with a word that is in it alone."""
    work = tmp_path / "work"
    work.mkdir()
    file = work / "a.py"
    file.write_text("def quetzal(a, b):\n    return a - b\n", encoding="utf-8")
    config = tmp_path / "config" / "postil"
    config.mkdir(parents=True)
    wrong = refusal(400, f'{{"error": {{"message": "no such key: {KEY}"}}}}')
    listed = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"data": [{"id": "m"}]}'
    async with serving(wrong) as engine:
        engine.paths["/v1/models"] = (listed,)
        (config / "postil.toml").write_text(
            f'engine = "openai"\nlog_level = "debug"\n[openai]\nbase_url = "{engine.url}"\n[review]\nshow = "all"\n',
            encoding="utf-8",
        )
        async with serving_postil(tmp_path, root=work.as_uri(), environment={"POSTIL_API_KEY": KEY}) as client:
            client.open(file.as_uri(), file.read_text(encoding="utf-8"))
            client.save(file.as_uri())
            await client.until(lambda: "no such key" in client.log(), "the engine's refusal")
            # A bug's report and a message that makes no sense are logged too.
            client.notify("textDocument/didChange", {"textDocument": {"uri": 5}, "contentChanges": "quetzal"})
            client.notify("nonsense/quetzal", {"text": "quetzal"})
            await client.synced()
            log = client.stderr.decode("utf-8", "replace")
            told = client.log()
        assert [one.headers.get("authorization") for one in engine.asked][-1] == f"Bearer {KEY}"
    assert "postil" in log
    assert KEY not in told
    assert "a - b" not in log
    assert "quetzal(" not in log


# -- Ollama's


def section(server: FaultyServer, **more: str) -> Settings:
    return settings_of({"engine": "ollama", "ollama": {"host": server.url, **more}})


async def ollama_asked(given: Settings) -> str:
    """Every way that asks an Ollama; what the user is told, "" when all are answered."""
    told = ""
    try:
        choice = await choose_engine(given)
        await choice.engine.aclose()
    except EngineError as error:
        told = str(error)
    admin = admin_of(given)
    try:
        await admin.version()
    except EngineError as error:
        told = f"{told}\n{error}"
    finally:
        await admin.aclose()
    return told


def sent(server: FaultyServer) -> set[str | None]:
    return {one.headers.get("authorization") for one in server.asked}


HELD = refusal(200, '{"models": [], "version": "1"}')
BASIC = "Basic " + base64.b64encode(b"me:p@ss/wort").decode("ascii")


async def test_ollamas_key_is_sent_as_bearer_or_basic(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_password("postil", "gpu", KEY)
    cases: list[tuple[dict[str, str], dict[str, str], str]] = [
        ({"POSTIL_OLLAMA_API_KEY": KEY}, {}, f"Bearer {KEY}"),
        ({"MINE": KEY}, {"api_key_env": "MINE"}, f"Bearer {KEY}"),
        ({}, {"api_key_keyring": "gpu"}, f"Bearer {KEY}"),
        ({"POSTIL_OLLAMA_API_KEY": "p@ss/wort"}, {"username": "me"}, BASIC),
    ]
    for environment, settings, expected in cases:
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            async with serving(HELD) as server:
                assert await ollama_asked(section(server, **settings)) == ""
            assert sent(server) == {expected}


async def test_the_password_of_ollamas_address_is_sent_to_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The `ollama` package drops it. It comes before a key, which may be another host's."""
    monkeypatch.setenv("POSTIL_OLLAMA_API_KEY", KEY)
    async with serving(HELD) as server:
        url = server.url.replace("//", "//me:p%40ss%2Fwort@")
        given = settings_of({"engine": "ollama", "ollama": {"host": url}})
        assert await ollama_asked(given) == ""
        assert sent(server) == {BASIC}
        monkeypatch.setenv("OLLAMA_HOST", url)
        assert await ollama_asked(settings_of({"engine": "ollama"})) == ""
        assert sent(server) == {BASIC}


async def test_the_key_for_ollamas_own_service_is_sent_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """OLLAMA_API_KEY is for ollama.com; the `ollama` package sends it to any address."""
    monkeypatch.setenv("OLLAMA_API_KEY", KEY)
    async with serving(HELD) as server:
        assert await ollama_asked(section(server)) == ""
        assert sent(server) == {None}
        # The control: with the user's word it is.
        assert await ollama_asked(section(server, api_key_env="OLLAMA_API_KEY")) == ""
    assert f"Bearer {KEY}" in sent(server)


@pytest.mark.parametrize("key", ["ключ", "a\nb", "“quoted”"])
async def test_a_wrong_key_for_ollamas_own_service_stops_nothing(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """A symptom: "http://127.0.0.1:11434 is no address"."""
    monkeypatch.setenv("OLLAMA_API_KEY", key)
    async with serving(HELD) as server:
        assert await ollama_asked(section(server)) == ""
    assert sent(server) == {None}


async def test_who_listens_at_the_default_address_gets_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is another host's, of a pool: any user of this machine may listen where no Ollama runs."""
    monkeypatch.setenv("POSTIL_OLLAMA_API_KEY", KEY)
    async with serving(refusal(401, '{"error": "who are you"}')) as stranger, serving(HELD) as gpu:
        monkeypatch.setattr("postil.engine.ollama.client.DEFAULT_HOST", stranger.url)
        given = settings_of({"engine": "ollama", "pool": {"hosts": [gpu.url]}})
        await ollama_asked(given)
        told = await ollama_asked(settings_of({"engine": "ollama"}))
    assert sent(stranger) == {None}
    assert sent(gpu) == {f"Bearer {KEY}"}
    assert "only sent to an address that ollama.host or OLLAMA_HOST names" in told


async def test_a_redirect_gets_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTIL_OLLAMA_API_KEY", KEY)
    async with serving(HELD) as other:
        on = f"HTTP/1.1 307 On\r\nLocation: {other.url}/api/tags\r\nContent-Length: 0\r\n\r\n".encode()
        async with serving(on) as server:
            assert "redirects to" in await ollama_asked(section(server))
    assert other.asked == []
    # Even a client that followed would send it to its own origin only.
    key = Transport(Access("ollama.host"), origin=server.url, authorize=lambda: asyncio.sleep(0, f"Bearer {KEY}"))
    async with serving(HELD) as other, httpx.AsyncClient(transport=key, follow_redirects=True) as client:
        await client.get(f"{other.url}/api/tags")
    assert sent(other) == {None}


async def test_plain_http_to_another_machine_carries_no_key(elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTIL_OLLAMA_API_KEY", KEY)
    async with serving(HELD) as server:
        url = there(server.url)
        with pytest.raises(EngineError, match="allow_http"):
            await choose_engine(settings_of({"engine": "ollama", "ollama": {"host": url}}))
        assert server.asked == []
        # The control: with the user's word it does.
        allowed = settings_of({"engine": "ollama", "ollama": {"host": url, "allow_http": True}})
        assert await ollama_asked(allowed) == ""
    assert sent(server) == {f"Bearer {KEY}"}


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_says_which_key_is_missing_or_wrong(
    status: int, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.set_password("postil", "gpu", KEY)
    refused = refusal(status, f'{{"error": "no such key: {KEY} {BASIC}"}}')
    async with serving(refused) as server:
        told = await ollama_asked(section(server))
        if status == 401:
            assert told.count("put it into the variable POSTIL_OLLAMA_API_KEY, or into the system's keyring") == 2
            assert "into the variable MINE" in await ollama_asked(section(server, api_key_env="MINE"))
        else:
            assert "refused the request (403" in told
        by_keyring = await ollama_asked(section(server, api_key_keyring="gpu"))
        assert by_keyring.count(f"refused the key 'gpu' in the system's keyring ({status}") == 2
        monkeypatch.setenv("POSTIL_OLLAMA_API_KEY", KEY)
        by_variable = await ollama_asked(section(server))
        assert by_variable.count(f"refused the key in the variable POSTIL_OLLAMA_API_KEY ({status}") == 2
        url = server.url.replace("//", "//me:p%40ss%2Fwort@")
        by_address = await ollama_asked(settings_of({"engine": "ollama", "ollama": {"host": url}}))
        assert by_address.count(f"refused the name and password in its address ({status}") == 2
    for words in (by_keyring, by_variable, by_address):
        assert KEY not in words and "p@ss" not in words and "p%40ss" not in words and BASIC[6:] not in words


async def test_half_a_key_at_the_end_of_a_long_message_is_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message is cut, and was cut before the key was replaced."""
    for room in range(1, len(KEY)):
        long = "x" * (300 - room) + KEY
        async with serving(refusal(400, f'{{"error": "{long}"}}')) as server:
            with pytest.raises(EngineError) as caught:
                await answer(OpenAICompatEngine(server.url, KEY))
            monkeypatch.setenv("POSTIL_OLLAMA_API_KEY", KEY)
            told = await ollama_asked(section(server))
        for words in (str(caught.value), told):
            assert "xxxx" in words and KEY[: max(room, 3)] not in words.replace("***", "")


async def test_a_model_that_runs_elsewhere_wants_a_sign_in() -> None:
    async with serving(refusal(401, '{"error": "unauthorized"}')) as server:
        engine = OllamaEngine(server.url)
        request = ChatRequest("gpt-oss:120b-cloud", (Message("user", "Hello"),))
        with pytest.raises(EngineError, match=r"sign in with `ollama signin`"):
            async with aclosing(engine.chat(request)) as stream:
                await anext(stream)
        await engine.aclose()


async def test_a_keyring_that_can_not_help_with_ollama_says_what_to_do(ring: Ring) -> None:
    async with serving(HELD) as server:
        assert "keyring set postil gpu" in await ollama_asked(section(server, api_key_keyring="gpu"))
        ring.locked = True
        assert "ollama.api_key_env" in await ollama_asked(section(server, api_key_keyring="gpu"))
    assert server.asked == []


async def test_a_key_that_is_none_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTIL_OLLAMA_API_KEY", "two\nlines")
    async with serving(HELD) as server:
        assert "has characters that no key has" in await ollama_asked(section(server))
    assert server.asked == []
