"""Many files reviewed without opening them: the changes that git knows of, and the whole workspace."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.lsp.client import Client
from tests.lsp.conftest import ALL, Play
from tests.lsp.test_review import Journal, function, lines_of, mend
from tests.service.test_changes import Repository

RULES = [mend("one"), mend("two"), mend("three")]


@pytest.fixture
def work(tmp_path: Path) -> Repository:
    folder = tmp_path / "work"
    folder.mkdir()
    return Repository(folder)


def notes(client: Client, work: Repository, name: str) -> list[int]:
    return lines_of(client.notes((work.folder / name).as_uri()))


async def test_the_changes_that_git_knows_of(play: Play, work: Repository, journal: Journal) -> None:
    two = function("one", "+") + "\n\n" + function("two")
    work.write("old.py", function("three"))
    work.write("src/both.py", two)
    work.commit()
    work.write("src/both.py", two.replace("def one(first", "def one(the_first"))
    work.write("new file.py", function("three"))
    work.write("picture.bin", "\0\0\0")
    async with play(RULES, root=work.folder.as_uri()) as client:
        answer = await client.command("postil.reviewChanges")
        assert answer["result"] == {"files": 2, "skipped": 1, "notes": 1, "unread": 0}, answer
        # The unit that was changed is sound, the faulty one beside it was not asked for.
        assert notes(client, work, "src/both.py") == []
        assert notes(client, work, "new file.py") == [1]
        assert notes(client, work, "old.py") == []
        assert {name for _, kind, name in journal() if kind == "chat"} >= {"one", "three"}
        assert "two" not in {name for *_, name in journal()}
        # One progress for all of them, one that can be cancelled.
        begins = client.progress("begin")
        assert [begin["value"]["title"] for begin in begins] == ["Reviewing the changes (2 files)"]
        assert begins[0]["value"]["cancellable"] is True
        # Since a revision.
        work.commit()
        assert (await client.command("postil.reviewChanges"))["result"]["files"] == 0
        assert (await client.command("postil.reviewChanges", "HEAD~1"))["result"]["files"] == 2
        error = (await client.command("postil.reviewChanges", "nowhere"))["error"]
        assert "nowhere" in error["message"]


@pytest.mark.parametrize(("jobs", "at_once"), [(1, 1), (2, 2)])
async def test_as_many_files_at_once_as_units(
    play: Play, work: Repository, tmp_path: Path, journal: Journal, jobs: int, at_once: int
) -> None:
    """Of a pool of hosts only one had work while small files were read one after the other."""
    names = ("one", "two", "three")
    for name in names:
        work.write(f"{name}.py", function(name))
    rules = [mend(name, hold=str(tmp_path / f"gate_{name}")) for name in names]

    def begun() -> set[str]:
        return {name for event, kind, name in journal() if (event, kind) == ("started", "chat")}

    async with play(rules, root=work.folder.as_uri(), options={**ALL, "jobs": jobs}) as client:
        whole = asyncio.create_task(client.command("postil.reviewWorkspace"))
        await client.until(lambda: len(begun()) == at_once, "the first files")
        await client.synced()
        assert len(begun()) == at_once
        for name in names:
            (tmp_path / f"gate_{name}").touch()
        assert (await whole)["result"] == {"files": 3, "skipped": 0, "notes": 3, "unread": 0}
        assert begun() == set(names)


async def test_the_whole_workspace(play: Play, work: Repository) -> None:
    for name in ("one", "two", "three"):
        work.write(f"{name}.py", function(name))
    work.write("ignored/two.py", function("two"))
    work.write(".postilignore", "ignored/\n")
    work.write("notes.txt", "nothing to read")
    uri = (work.folder / "one.py").as_uri()
    async with play(RULES, root=work.folder.as_uri()) as client:
        # An open document counts as it is in the editor.
        client.open(uri, "# moved\n" + function("one"))
        answer = await client.command("postil.reviewWorkspace")
        assert answer["result"] == {"files": 3, "skipped": 0, "notes": 3, "unread": 0}, answer
        assert notes(client, work, "one.py") == [2]
        assert notes(client, work, "two.py") == [1]
        # The notes of an open document go with it, those of the others stay when one has looked at them.
        client.shut(uri)
        two = (work.folder / "two.py").as_uri()
        client.open(two, function("two"))
        client.change(two, (0, 0, 0, 0, "\n"))
        await client.until(lambda: notes(client, work, "two.py") == [2])
        client.shut(two)
        await client.synced()
        assert notes(client, work, "one.py") == []
        assert notes(client, work, "two.py") == [2]
        await client.command("postil.clear")
        await client.until(lambda: notes(client, work, "three.py") == [])


@pytest.mark.parametrize("show", ["verified", "all"])
async def test_a_switched_persona_counts_for_files_that_are_not_open(
    play: Play, work: Repository, tmp_path: Path, show: str
) -> None:
    """Whatever is shown unasked: these notes were asked for."""
    work.write("one.py", function("one"))
    own = tmp_path / "config" / "postil" / "postil.toml"
    own.parent.mkdir(parents=True)
    own.write_text(f'[review]\nshow = "{show}"\n', encoding="utf-8")
    async with play(RULES, root=work.folder.as_uri()) as client:
        await client.command("postil.reviewWorkspace")
        assert notes(client, work, "one.py") == [1]
        await client.command("postil.persona", "reviewer", False)
        await client.until(lambda: notes(client, work, "one.py") == [])
        await client.command("postil.persona", "reviewer", True)
        await client.until(lambda: notes(client, work, "one.py") == [1])


async def test_cancel_ends_it_and_keeps_what_was_found(play: Play, work: Repository, tmp_path: Path) -> None:
    work.write("a_one.py", function("one"))
    work.write("b_two.py", function("two"))
    work.write("c_three.py", function("three"))
    rules = [mend("one"), mend("two", hold=str(tmp_path / "gate")), mend("three")]
    async with play(rules, root=work.folder.as_uri()) as client:
        client.replies["window/workDoneProgress/create"] = lambda _: None
        begun = client.call("workspace/executeCommand", {"command": "postil.reviewWorkspace", "arguments": []})
        answer = asyncio.ensure_future(begun)
        await client.until(lambda: any("b_two" in str(step["value"]) for step in client.progress("report")))
        client.notify("window/workDoneProgress/cancel", {"token": client.progress("begin")[0]["token"]})
        assert (await answer)["error"]["code"] == -32800
        assert notes(client, work, "a_one.py") == [1]
        assert notes(client, work, "c_three.py") == []
        # The next review works.
        client.open((work.folder / "c_three.py").as_uri(), function("three"))
        client.save((work.folder / "c_three.py").as_uri())
        await client.until(lambda: notes(client, work, "c_three.py") == [1])


async def test_git_is_not_run_in_a_workspace_that_is_not_trusted(play: Play, work: Repository) -> None:
    work.write("one.py", function("one"))
    work.commit()
    async with play(RULES, root=work.folder.as_uri(), options={**ALL, "trust_workspace": False}) as client:
        assert "trusted" in (await client.command("postil.reviewChanges"))["error"]["message"]
        assert (await client.command("postil.reviewWorkspace"))["result"]["notes"] == 1


async def test_without_a_folder_there_is_nothing_to_look_through(play: Play) -> None:
    async with play(RULES) as client:
        assert "folder" in (await client.command("postil.reviewWorkspace"))["error"]["message"]
        assert "folder" in (await client.command("postil.reviewChanges"))["error"]["message"]


async def test_what_could_not_be_reviewed_is_counted_over_all_files(play: Play, work: Repository) -> None:
    """A symptom: "3 files read, 0 notes", though the model had answered nothing."""
    for name in ("one", "two", "three"):
        work.write(f"{name}.py", function(name))
    nothing = {"match": {"contains": "def two("}, "chunks": []}
    broken = {"match": {"contains": "def three("}, "chunks": [], "error": "broken"}
    async with play([mend("one"), nothing, broken], root=work.folder.as_uri(), options=ALL) as client:
        answer = await client.command("postil.reviewWorkspace")
        assert answer["result"] == {"files": 3, "skipped": 0, "notes": 1, "unread": 2}, answer


async def test_files_without_notes_are_not_all_remembered(play: Play, work: Repository, journal: Journal) -> None:
    """Of files that nobody opened the latest `cache.files`, and those with notes: another persona reads these."""
    for number in range(6):
        work.write(f"clean{number}.py", function(f"clean{number}"))
    work.write("a.py", function("one"))
    options = {**ALL, "cache": {"files": 2}}
    async with play(RULES, root=work.folder.as_uri(), options=options) as client:
        answer = await client.command("postil.reviewWorkspace")
        assert answer["result"] == {"files": 7, "skipped": 0, "notes": 1, "unread": 0}
        before = len(journal())
        await client.command("postil.persona", "security", True)
        await client.until(lambda: len(client.of("postil/reviewed")) == 10, "those that are remembered to be read")
        again = {name for event, kind, name in journal()[before:] if (event, kind) == ("started", "chat")}
        assert again == {"one", "clean4", "clean5"}
        assert notes(client, work, "a.py") != []
