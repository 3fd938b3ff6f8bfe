"""Settings that are nonsense, in every place where a client gives them: told, and lived with."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from tests.fuzz.counting import Counted, CountingClient, counting
from tests.lsp.test_review import A, function, lines_of, mend

HOVER = {"textDocument": {"uri": A}, "position": {"line": 0, "character": 0}}
# What a client answers to workspace/configuration, or gives with `initialize`.
SETTINGS: list[Any] = [
    None, 7, "x", True, [], [1], {}, [[]], {"postil": None}, {"postil": 7}, {"postil": {"postil": {"postil": {}}}},
    {"review": None}, {"review": 7}, {"review": []}, {"review": {"personas": "reviewer"}},
    {"review": {"personas": [None]}},
    {"review": {"min_score": "high"}}, {"review": {"min_score": 1e400}}, {"review": {"min_score": 10**400}},
    {"review.on_save": "yes", "review": {"on_save": 3}}, {"num_ctx": -1}, {"num_ctx": 2**80}, {"num_ctx": 8192.5},
    {"": {"": {"": ""}}}, {"a.b.c.d.e.f": 1}, {"review": {"exclude": ["[", "\x00", "../../**"]}},
    {"x" * 10_000: "y" * 10_000},
    {"ollama": {"host": "http://[::"}}, {"timeouts": {"connect": -1}}, {"log_level": "\ud800"}, {"\ud800": 1},
    {"jobs": 0}, {"engine": "magic"}, {"model": {"review": ""}}, {"type_name": "x"}, {"1st": {"class": 1, "def": 2}},
    [{}, {}], [None, None], {"postil": {"review": {"min_score": 0}}},
]  # fmt: skip


async def test_settings_of_any_shape_are_told_and_lived_with(counted: Counted) -> None:
    async with counted([mend("add")], options={"review": {"min_score": 0}}) as client:
        for number, given_ in enumerate(SETTINGS, 1):
            client.settings = given_
            client.notify("workspace/didChangeConfiguration", {"settings": given_ if number % 2 else None})
        client.replies["workspace/configuration"] = lambda _: {"not": "a list"}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.settings, client.replies["workspace/configuration"] = {}, lambda _: []
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.notify("workspace/didChangeConfiguration", {"settings": {"review": {"min_score": 0, "on_save": True}}})
        client.open(A, function("add"))
        client.save(A)
        await client.until(lambda: lines_of(client.notes(A)) == [1], "the note")
        await client.settled()
        told = [params["message"] for params in client.of("window/showMessage")]
        assert told and all(message.startswith("Postil: settings: ") for message in told), told
        assert client.tracebacks() == ""


async def test_options_that_are_nonsense_still_start_a_server(counted: Counted) -> None:
    nonsense = {"postil": {"review": {"personas": 7, "\ud800": "\ud800"}, "engine": [1]}, "type_name": "x y"}
    async with counted([mend("add")], options=nonsense, settings=None) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.reviewed()
        told = [params["message"] for params in client.of("window/showMessage")]
        assert len(told) == 1 and "review.personas" in told[0] and "engine" in told[0]


class Silent(CountingClient):
    """It answers nothing that it is asked."""

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message or "id" not in message:
            super()._take(message)


class Refusing(CountingClient):
    """It answers every question with an error, some of which are none."""

    errors = itertools.cycle(({"code": -32601, "message": "no"}, {"code": "x"}, "no", 5, [], {}))

    def _take(self, message: dict[str, Any]) -> None:
        if "method" in message and "id" in message:
            self._send({"id": message["id"], "error": next(self.errors)})
        else:
            super()._take(message)


@pytest.mark.parametrize("kind", [Silent, Refusing])
async def test_a_client_that_never_says_its_settings_is_not_waited_for(
    kind: type[CountingClient], tmp_path: Path
) -> None:
    settings = tmp_path / "config" / "postil" / "postil.toml"
    settings.parent.mkdir(parents=True)
    async with counting(tmp_path, [mend("add")], client_class=kind, options={"review": {"min_score": 0}}) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.until(lambda: lines_of(client.notes(A)) == [1], "the note")
        await client.until(lambda: b"watching for changes" in client.stderr, "the watch")
        settings.write_text("colour = 'red'\n", encoding="utf-8")
        await client.until(lambda: client.of("window/showMessage"), "the settings' own file to be read")
        await client.settled()
        assert client.tracebacks() == ""
        assert await client.stop() == 0
