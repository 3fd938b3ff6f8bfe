"""Keys: from the environment or the keyring, and in no line of a log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
from tests.engine.faulty_http import event, head, refusal, serving
from tests.lsp.client import serving as serving_postil
from tests.trust.test_hosts import answer

from postil.engine.base import EngineError, EngineRefused
from postil.engine.choose import choose_engine
from postil.engine.keys import api_key
from postil.engine.openai.engine import OpenAICompatEngine
from postil.logs import _Redacting, keep_out
from postil.settings import OpenAISettings, settings_of

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
            f'engine = "openai"\nlog_level = "debug"\n[openai]\nbase_url = "{engine.url}"\n', encoding="utf-8"
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
