"""Why `auto` didn't take Ollama: in the reason, for the user, and in place of a download."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests import parts
from tests.engine.certificates import leaf, serving_tls
from tests.engine.faulty_http import refusal, serving
from tests.trust.elsewhere import elsewhere, there

from postil.engine.base import EngineError, EngineUnavailable, ModelMissing
from postil.engine.choose import EngineChoice, choose_engine, choose_model
from postil.engine.download.store import CACHE_VARIABLE
from postil.engine.passed_over import notice
from postil.service.models.stores import EmbeddedStore, listed_stores, open_store
from postil.settings import Settings, settings_of

__all__ = ["elsewhere"]

ERROR = '{"error": "the reason"}'


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is here."""
    parts.xllamacpp()
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    for name in ("OLLAMA_HOST", "POSTIL_OLLAMA_API_KEY", "SSL_CERT_FILE", "SSL_CERT_DIR", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def chosen(settings: Settings) -> EngineChoice:
    choice = await choose_engine(settings)
    await choice.engine.aclose()
    assert choice.facts.name == "embedded"
    return choice


def missing(settings: Settings, choice: EngineChoice) -> EngineError:
    with pytest.raises(EngineError) as caught:
        choose_model(settings, choice.facts, None, "review")
    return caught.value


async def check_named(settings: Settings, why: str) -> None:
    """The reason everywhere, and no download in its place."""
    choice = await chosen(settings)
    assert why in choice.reason and choice.reason.startswith("Ollama isn't used: ")
    assert why in notice(choice.facts)
    error = missing(settings, choice)
    assert isinstance(error, EngineUnavailable) and why in str(error)
    assert "pull" not in str(error)
    with pytest.raises(EngineUnavailable) as caught:
        await open_store(settings, "auto")
    assert "--engine embedded" in str(caught.value)
    told: list[str] = []
    (listed,) = await listed_stores(settings, "auto", told.append)
    assert isinstance(listed, EmbeddedStore) and len(told) == 1


REFUSALS: list[tuple[int, str]] = [
    (401, "wants a key (401: the reason)"),
    (403, "refused the request (403: the reason)"),
    (500, "the reason"),
    (502, "is busy (502: the reason)"),
]


@pytest.mark.parametrize(("status", "why"), REFUSALS)
@pytest.mark.parametrize("by", ["ollama.host", "OLLAMA_HOST"])
async def test_a_refusal_of_a_named_ollama(status: int, why: str, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(refusal(status, ERROR)) as server:
        settings = settings_of({"ollama": {"host": server.url}}) if by == "ollama.host" else Settings()
        if by == "OLLAMA_HOST":
            monkeypatch.setenv(by, server.url)
        await check_named(settings, why)


async def test_a_certificate_that_isnt_trusted(tmp_path: Path) -> None:
    async with serving_tls(leaf(), tmp_path) as server:
        await check_named(settings_of({"ollama": {"host": server.url}}), "is self-signed")


async def test_plain_http_to_another_machine(elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(refusal(200, '{"models": []}')) as server:
        await check_named(settings_of({"ollama": {"host": there(server.url)}}), "ollama.allow_http = true")
        monkeypatch.setenv("OLLAMA_HOST", there(server.url))
        await check_named(Settings(), "ollama.allow_http = true")
    assert server.asked == []


async def test_a_machine_that_doesnt_answer(elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """OLLAMA_HOST=http://192.0.2.2:11434 ended in "no Ollama answers" and a question for 1.1 GB."""
    async with serving() as gone:
        pass
    settings = settings_of({"ollama": {"host": there(gone.url), "allow_http": True}})
    await check_named(settings, f"Ollama at {there(gone.url)} doesn't answer")
    monkeypatch.setenv("OLLAMA_HOST", "http://[bad")
    await check_named(Settings(), "OLLAMA_HOST")


async def test_a_pool_of_which_nobody_answers(elsewhere: str) -> None:
    async with serving() as gone:
        pass
    settings = settings_of({"ollama": {"host": gone.url}, "pool": {"hosts": [gone.url + "/x"]}})
    await check_named(settings, "None of the 2 hosts answers")


async def test_one_on_this_machine_that_isnt_running_may_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """OLLAMA_HOST is a variable of Ollama's own server, too. Both ways out are told, its own first."""
    async with serving() as gone:
        pass
    monkeypatch.setenv("OLLAMA_HOST", gone.url)
    choice = await chosen(Settings())
    assert f"Ollama at {gone.url} doesn't answer" in notice(choice.facts) and "OLLAMA_HOST" in notice(choice.facts)
    error = missing(Settings(), choice)
    assert isinstance(error, ModelMissing)
    start, pull = str(error).index("ollama serve"), str(error).index("postil models pull")
    assert start < pull
    told: list[str] = []
    assert isinstance(await open_store(Settings(), "auto", told.append), EmbeddedStore)
    assert len(told) == 1 and "takes its place" in told[0]


async def test_where_nobody_has_named_one_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as gone:
        pass
    monkeypatch.setattr("postil.engine.ollama.client.DEFAULT_HOST", gone.url)
    choice = await chosen(Settings())
    assert (choice.reason, notice(choice.facts)) == ("no Ollama answers", "")
    error = missing(Settings(), choice)
    assert isinstance(error, ModelMissing) and "Or start Ollama" in str(error)


async def test_an_error_at_the_default_address_is_said_before_the_download(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(refusal(500, ERROR)) as server:
        monkeypatch.setattr("postil.engine.ollama.client.DEFAULT_HOST", server.url)
        choice = await chosen(Settings())
    assert "the reason" in choice.reason and "the reason" in notice(choice.facts)
    error = missing(Settings(), choice)
    assert isinstance(error, ModelMissing) and error.model
    assert str(error).index("the reason") < str(error).index("postil models pull")


async def test_without_the_embedded_engine_both_reasons_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    async with serving(refusal(401, ERROR)) as server:
        with pytest.raises(EngineUnavailable, match=r"wants a key.*pip install 'postil\[embedded\]'"):
            await choose_engine(settings_of({"ollama": {"host": server.url}}))
