"""Settings that are nonsense, in every place where a client gives them: told, and lived with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    """It never says its settings."""

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("method") != "workspace/configuration":
            super()._take(message)


async def test_a_client_that_never_says_its_settings_is_not_waited_for(tmp_path: Path) -> None:
    async with counting(tmp_path, [mend("add")], client_class=Silent, options={"review": {"min_score": 0}}) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.reviewed()
        assert lines_of(client.notes(A)) == [1]
        (tmp_path / "config" / "postil").mkdir(parents=True)
        await client.settled()
        assert await client.stop() == 0
