"""The index over the protocol: a save and a watched file get into it, the status says when it works."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lsp.client import CAPABILITIES, Client
from tests.lsp.conftest import Play
from tests.service.indexing import held, plain_scan

from postil.service.context.index.place import IndexPlace, index_place

WANTED = {"index": {"enabled": True}}
# The scan is a process that the server starts, in the folder of the test.
HERE = {"PYTHONPATH": str(Path(__file__).resolve().parents[2] / "server")}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexPlace:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.py").write_text("def first(): pass\n", encoding="utf-8")
    return index_place(tmp_path / "work")


def said(client: Client) -> list[str]:
    return [status["index"] for status in client.of("postil/status")]


def ended(client: Client) -> Callable[[], bool]:
    return lambda: any(said(client)) and said(client)[-1] == ""


@pytest.mark.slow
async def test_saves_and_watched_files_get_into_the_index(play: Play, place: IndexPlace) -> None:
    abilities = copy.deepcopy(CAPABILITIES)
    abilities["workspace"]["didChangeWatchedFiles"] = {"dynamicRegistration": True}
    saved, other = place.root / "a.py", place.root / "b.go"
    async with play([], options=WANTED, root=place.root.as_uri(), environment=HERE, capabilities=abilities) as client:
        await client.until(ended(client), "the scan", 60.0)
        assert held(place) == plain_scan(place.root)
        globs = [
            watcher["globPattern"]
            for params in client.of("client/registerCapability")
            for one in params["registrations"]
            if one["method"] == "workspace/didChangeWatchedFiles"
            for watcher in one["registerOptions"]["watchers"]
        ]
        assert any("py" in glob and "go" in glob for glob in globs) and "**/.postilignore" in globs
        client.open(saved.as_uri(), "def first(): pass\n")
        saved.write_text("def second(): pass\n", encoding="utf-8")
        client.save(saved.as_uri())
        await client.until(lambda: held(place) == plain_scan(place.root), "the saved file", 10.0)
        other.write_text("package b\nfunc Third() {}\n", encoding="utf-8")
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": other.as_uri(), "type": 1}]})
        await client.until(lambda: held(place) == plain_scan(place.root), "the new file", 10.0)
        assert await client.stop() == 0


async def test_without_the_setting_there_is_none(play: Play, place: IndexPlace) -> None:
    async with play([], root=place.root.as_uri(), environment=HERE) as client:
        client.open((place.root / "a.py").as_uri(), "def first(): pass\n")
        client.save((place.root / "a.py").as_uri())
        await client.synced()
        assert not any(said(client))
        assert await client.stop() == 0
    assert not place.folder.exists()


@pytest.mark.slow
async def test_a_workspace_that_is_not_trusted_is_not_indexed(play: Play, place: IndexPlace) -> None:
    (place.root / "postil.toml").write_text("[index]\nenabled = true\n", encoding="utf-8")
    for trusted in (False, True):
        async with play([], options={"trust_workspace": trusted}, root=place.root.as_uri(), environment=HERE) as client:
            if trusted:
                await client.until(ended(client), "the scan", 60.0)
            else:
                await client.synced()
                assert not any(said(client))
            assert await client.stop() == 0
        assert place.folder.exists() == trusted
