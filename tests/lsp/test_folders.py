"""Several folders in one window: each document is read as its own folder says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.client import Client
from tests.lsp.conftest import ALL, Play
from tests.lsp.test_actions import ABLE, Editor, model
from tests.lsp.test_reload import STRICT, persona, write
from tests.lsp.test_review import Journal, function, lines_of, mend
from tests.service.test_changes import Repository

TEXT = function("one")
TEAM = {"review": {"min_score": 0, "personas": ["team"]}}


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with a file each."""
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        write(folder / "one.py", TEXT)
    return folders


def shown(client: Client, folder: Path, name: str = "one.py") -> list[int]:
    return lines_of(client.notes((folder / name).as_uri()))


async def saved(client: Client, *folders: Path) -> None:
    """The file of each is opened and read."""
    for folder in folders:
        before = len(client.of("postil/reviewed"))
        uri = (folder / "one.py").as_uri()
        client.open(uri, TEXT)
        client.save(uri)
        await client.until(lambda before=before: len(client.of("postil/reviewed")) > before, f"a review in {folder}")


async def test_a_folders_personas_read_its_own_documents(play: Play, two: tuple[Path, Path]) -> None:
    a, b = two
    write(a / "Modelfiles" / "team.Modelfile", persona("strict"))
    write(b / "Modelfiles" / "team.Modelfile", persona("kind"))
    async with play([STRICT], options=TEAM, folders=two) as client:
        await saved(client, a, b)
        assert (shown(client, a), shown(client, b)) == ([1], [])
        # Both folders are watched, and what changes in one is read anew in this one alone.
        await client.until(lambda: b"watching for changes" in client.stderr, "watching")
        write(b / "Modelfiles" / "team.Modelfile", persona("strict"))
        await client.until(lambda: shown(client, b) == [1], "the note of the second folder")
        await client.until(lambda: len(client.of("postil/reviewed")) == 3, "one more review")
        assert client.of("postil/reviewed")[-1]["uri"] == (b / "one.py").as_uri()
        rows = (await client.command("postil.personas"))["result"]
        assert [row["path"] for row in rows if row["name"] == "team"] == [str(a / "Modelfiles" / "team.Modelfile")]


async def test_a_folders_settings_count_for_its_own_documents(play: Play, two: tuple[Path, Path]) -> None:
    a, b = two
    write(b / "postil.toml", 'engine = "ollama"\n[review]\non_save = false\n')
    write(b / "inner" / "one.py", TEXT)
    async with play([mend("one")], folders=(a, b, b / "inner")) as client:
        await client.synced()
        told = [params["message"] for params in client.of("window/showMessage")]
        assert len(told) == 1 and f"{b / 'postil.toml'}:1: engine: counts only in the first folder" in told[0]
        assert str(a / "postil.toml") in told[0]
        client.open((b / "one.py").as_uri(), TEXT)
        client.save((b / "one.py").as_uri())
        # The folder in it has settings of its own: none.
        await saved(client, b / "inner", a)
        assert (shown(client, b / "inner"), shown(client, b), shown(client, a)) == ([1], [], [1])


async def test_the_client_is_asked_for_each_folder(play: Play, two: tuple[Path, Path]) -> None:
    a, b = two
    off = {"review": {"min_score": 0, "on_save": False}}
    async with play([mend("one")], folders=two) as client:
        answers = {None: ALL, a.as_uri(): ALL, b.as_uri(): off}
        client.replies["workspace/configuration"] = lambda params: [
            answers[item.get("scopeUri")] for item in params["items"]
        ]
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        await client.until(lambda: len(client.of("workspace/configuration")) == 2, "the question")
        asked = client.of("workspace/configuration")[-1]["items"]
        assert [item.get("scopeUri") for item in asked] == [None, a.as_uri(), b.as_uri()]
        await client.synced()
        client.open((b / "one.py").as_uri(), TEXT)
        client.save((b / "one.py").as_uri())
        await saved(client, a)
        assert (shown(client, a), shown(client, b)) == ([1], [])


async def test_what_is_left_out_is_the_folders_own(play: Play, two: tuple[Path, Path], journal: Journal) -> None:
    a, b = two
    write(a / ".postilignore", "inner/\n")
    write(a / "inner" / "one.py", TEXT)
    write(b / "postil.toml", '[review]\nexclude = ["/generated/"]\n')
    for folder in two:
        write(folder / "generated" / "one.py", TEXT)
    # A folder of the window's that lies in another one has no rules but its own.
    async with play([mend("one")], folders=(a, b, a / "inner")) as client:
        answer = await client.command("postil.reviewWorkspace")
        assert answer["result"] == {"files": 4, "skipped": 0, "notes": 4, "unread": 0}, answer
        assert [shown(client, folder) for folder in (a, b, a / "inner")] == [[1], [1], [1]]
        assert [shown(client, folder, "generated/one.py") for folder in two] == [[1], []]
        # In a folder that goes nothing is left to see.
        client.folders(removed=(b,))
        await client.until(lambda: shown(client, b) == [], "the notes to go")
        assert shown(client, a) == [1]


async def test_what_is_dismissed_is_written_into_the_documents_folder(play: Play, two: tuple[Path, Path]) -> None:
    a, b = two
    async with play([mend("one")], folders=two) as client:
        await saved(client, a, b)
        uri = (b / "one.py").as_uri()
        name = client.notes(uri)[0]["data"]["id"]
        answer = await client.command("postil.dismiss", uri, name, "workspace")
        assert answer["result"] == str(b / ".postil" / "baseline.json")
        await client.until(lambda: shown(client, b) == [], "the note to go")
        assert shown(client, a) == [1]
        (entry,) = json.loads((b / ".postil" / "baseline.json").read_text(encoding="utf-8"))["dismissed"]
        assert entry["path"] == "one.py"
        assert not (a / ".postil").exists()


async def test_a_folder_that_comes_and_goes(play: Play, two: tuple[Path, Path]) -> None:
    a, b = two
    write(a / "Modelfiles" / "team.Modelfile", persona("kind"))
    write(b / "Modelfiles" / "team.Modelfile", persona("strict"))
    async with play([STRICT], options=TEAM, folders=(a,)) as client:
        await saved(client, b)
        assert shown(client, b) == []
        client.folders(added=(b,))
        await client.until(lambda: shown(client, b) == [1], "the note by the folder's own persona")
        # It is watched from now on, and no longer when it is gone.
        write(b / "Modelfiles" / "team.Modelfile", persona("kind"))
        await client.until(lambda: shown(client, b) == [], "no note")
        write(b / "Modelfiles" / "team.Modelfile", persona("strict"))
        await client.until(lambda: shown(client, b) == [1], "the note again")
        client.folders(removed=(b,))
        await client.until(lambda: shown(client, b) == [], "no note by the first folder's persona")
        # The first one goes: the engine's settings are the next one's.
        client.folders(added=(b,), removed=(a,))
        await client.until(lambda: shown(client, b) == [1], "the note of the only folder")


async def test_the_changes_of_all_repositories(play: Play, tmp_path: Path) -> None:
    work = [Repository(write_folder(tmp_path / name)) for name in ("a", "b")]
    for repository in work:
        repository.write("one.py", TEXT)
    (tmp_path / "c").mkdir()
    folders = (tmp_path / "a", tmp_path / "b", tmp_path / "c")
    async with play([mend("one")], folders=folders) as client:
        answer = await client.command("postil.reviewChanges")
        assert answer["result"] == {"files": 2, "skipped": 0, "notes": 2, "unread": 0}, answer
        told = [params["message"] for params in client.of("window/showMessage")]
        assert len(told) == 1 and f"{tmp_path / 'c'} is not in a git repository" in told[0]
    async with play([], folders=(tmp_path / "c",)) as client:
        error = (await client.command("postil.reviewChanges"))["error"]
        assert "not in a git repository" in error["message"]


def write_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def test_tests_go_where_the_documents_folder_has_them(play: Play, two: tuple[Path, Path]) -> None:
    a, b = two
    write(a / "tests" / "c_test.py", "def test_c():\n    pass\n")
    write(b / "spec.py", "")
    write(b / "test" / "test_c.py", "def test_c():\n    pass\n")
    write(b / "a.py", TEXT)
    code = "```python\ndef test_one():\n    assert one(1, 2) == -1\n```\n"
    async with play([model("write-tests", code)], folders=two, capabilities=ABLE) as client:
        editor = Editor(client, b)
        answer: Any = await editor.run("write-tests")
        assert answer["result"] == str(b / "test" / "test_a.py"), answer
