"""A note judged to be none goes at once, stays away, and comes back when the judgement is taken back."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.client import CAPABILITIES, Client
from tests.lsp.conftest import ALL, Play
from tests.lsp.test_review import function, lines_of, mend
from tests.lsp.test_server import applied

TWO = function("one") + "\n\n" + function("two")
RULES = [mend("one"), mend("two")]
ABLE = copy.deepcopy(CAPABILITIES)
ABLE["workspace"]["applyEdit"] = True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    return made


async def reviewed(client: Client, uri: str, text: str = TWO, count: int = 1) -> list[dict[str, Any]]:
    client.open(uri, text)
    client.save(uri)
    await client.reviewed(count)
    return client.notes(uri)


async def ways(client: Client, uri: str, notes: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {action["title"]: action for action in await client.actions(uri, notes, ignoring=True)}


def places(action: dict[str, Any]) -> tuple[Any, ...]:
    """An action's one edit as a change of the document."""
    ((edit,),) = (change["edits"] for change in action["edit"]["documentChanges"])
    start, end = edit["range"]["start"], edit["range"]["end"]
    return start["line"], start["character"], end["line"], end["character"], edit["newText"]


async def shown(client: Client, uri: str, lines: list[int]) -> None:
    await client.until(lambda: lines_of(client.notes(uri)) == lines, f"notes on {lines}")


async def saved(client: Client, uri: str) -> None:
    """Reviewed once more."""
    before = len(client.of("postil/reviewed"))
    client.save(uri)
    await client.reviewed(before + 1)


async def test_a_comment_hides_the_note_and_taking_it_away_brings_it_back(play: Play, folder: Path) -> None:
    uri = (folder / "a.py").as_uri()
    async with play(RULES, root=folder.as_uri()) as client:
        first, second = await reviewed(client, uri)
        action = (await ways(client, uri, [first]))["Postil: ignore this note here"]
        assert "isPreferred" not in action
        after = applied(TWO, action, "utf-16")
        assert after == TWO.replace("    total = first -", "    # postil: ignore[reviewer]\n    total = first -", 1)
        client.change(uri, places(action))
        below = second["range"]["start"]["line"] + 1
        await shown(client, uri, [below])
        # The unit has changed: it is read again, and the note that comes again stays away.
        await saved(client, uri)
        assert lines_of(client.notes(uri)) == [below]
        # Without its comment the note of the unit as it was comes from the cache.
        client.change(uri, (1, 0, 2, 0, ""))
        await saved(client, uri)
        assert lines_of(client.notes(uri)) == [1, below - 1]


async def test_a_line_above_a_note_put_in_and_taken_back_in_the_fewest_characters(play: Play, folder: Path) -> None:
    """Neovim begins the new line behind the white space of the one below; the note on that line went for good."""
    uri = (folder / "a.py").as_uri()
    async with play(RULES, root=folder.as_uri()) as client:
        await reviewed(client, uri)
        client.change(uri, (1, 4, 1, 4, "# postil: ignore[reviewer]\n    "))
        await client.until(lambda: len(client.notes(uri)) == 1, "the first note to be ignored")
        client.change(uri, (1, 4, 2, 4, ""))
        await client.until(lambda: len(client.notes(uri)) == 2, "the note to be back")
        assert lines_of(client.notes(uri))[0] == 1
        # What is joined with a line of its own is another line.
        client.change(uri, (0, 4, 1, 4, ""))
        await client.until(lambda: len(client.notes(uri)) == 1, "the note to go with its line")


async def test_a_whole_file(play: Play, folder: Path) -> None:
    uri = (folder / "a.py").as_uri()
    async with play(RULES, root=folder.as_uri()) as client:
        notes = await reviewed(client, uri)
        actions = await client.actions(uri, notes, ignoring=True)
        titles = [action["title"] for action in actions]
        assert titles.count("Postil: ignore reviewer in this file") == 1
        assert titles.count("Postil: ignore this note here") == 2
        action = actions[titles.index("Postil: ignore reviewer in this file")]
        client.change(uri, places(action))
        await shown(client, uri, [])
        await saved(client, uri)
        assert client.notes(uri) == []
        # What isn't shown isn't applied with all the others either.
        assert await client.actions(uri, [], only=["source.fixAll"]) == []


async def test_in_the_workspace_it_survives_edits_above_a_new_server_and_another_name(play: Play, folder: Path) -> None:
    uri = (folder / "a.py").as_uri()
    async with play(RULES, root=folder.as_uri()) as client:
        first, second = await reviewed(client, uri)
        action = (await ways(client, uri, [first]))["Postil: ignore this note in the workspace"]
        answer = await client.command(action["command"]["command"], *action["command"]["arguments"])
        file = folder / ".postil" / "baseline.json"
        assert answer["result"] == str(file)
        await shown(client, uri, lines_of([second]))
        (entry,) = json.loads(file.read_text(encoding="utf-8"))["dismissed"]
        assert (entry["persona"], entry["path"], entry["unit"]) == ("reviewer", "a.py", "one")
        (told,) = client.of("window/showMessage")
        assert "Commit it" in told["message"]
    other = (folder / "b.py").as_uri()
    async with play(RULES, root=folder.as_uri()) as client:
        notes = await reviewed(client, other, "import os\n\n\n" + TWO)
        assert lines_of(notes) == [second["range"]["start"]["line"] + 3]
        # Taken back in the file: the note is there again, and nothing is read anew.
        runs = len(client.of("postil/reviewed"))
        file.unlink()
        await shown(client, other, [4, second["range"]["start"]["line"] + 3])
        assert len(client.of("postil/reviewed")) == runs


async def test_the_command_writes_a_comment_with_its_reason(play: Play, folder: Path) -> None:
    uri = (folder / "a.py").as_uri()
    async with play(RULES, root=folder.as_uri(), capabilities=ABLE) as client:
        edits: list[dict[str, Any]] = []
        client.replies["workspace/applyEdit"] = lambda params: edits.append(params["edit"]) or {"applied": True}
        (note, _) = await reviewed(client, uri)
        answer = await client.command("postil.dismiss", uri, note["data"]["id"], "line", "a debt\nis owed")
        assert answer["result"] == str(folder / "a.py")
        assert "    # postil: ignore[reviewer] a debt is owed\n" in applied(TWO, {"edit": edits[0]}, "utf-16")
        client.replies["workspace/applyEdit"] = lambda params: {"applied": False, "failureReason": "read only"}
        answer = await client.command("postil.dismiss", uri, note["data"]["id"], "file")
        assert "read only" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "uri is a text"),
        (("URI", "nothing", "line"), "exist any more"),
        (("URI", "ID", "everywhere"), "line, file, workspace"),
        (("file:///none", "ID", "line"), "exist any more"),
    ],
)
async def test_wrong_arguments_are_told(play: Play, folder: Path, arguments: tuple[str, ...], says: str) -> None:
    uri = (folder / "a.py").as_uri()
    async with play(RULES, root=folder.as_uri()) as client:
        (note, _) = await reviewed(client, uri)
        known = {"URI": uri, "ID": note["data"]["id"]}
        answer = await client.command("postil.dismiss", *(known.get(one, one) for one in arguments))
        assert says in answer["error"]["message"]


async def test_a_broken_baseline_is_told_once_hides_nothing_and_is_left_alone(play: Play, folder: Path) -> None:
    uri = (folder / "a.py").as_uri()
    file = folder / ".postil" / "baseline.json"
    file.parent.mkdir()
    file.write_text('{"version": 1, "dismised": []}', encoding="utf-8")
    async with play(RULES, root=folder.as_uri()) as client:
        (note, _) = await reviewed(client, uri)
        (told,) = client.of("window/showMessage")
        assert "unknown field `dismised`" in told["message"]
        answer = await client.command("postil.dismiss", uri, note["data"]["id"], "workspace")
        assert "unknown field `dismised`" in answer["error"]["message"]
        assert "dismised" in file.read_text(encoding="utf-8")
        assert len(client.of("window/showMessage")) == 1


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_workspace_that_isnt_trusted_hides_nothing(play: Play, folder: Path, trusted: bool) -> None:
    uri = (folder / "a.py").as_uri()
    async with play(RULES, root=folder.as_uri()) as client:
        (note, _) = await reviewed(client, uri)
        await client.command("postil.dismiss", uri, note["data"]["id"], "workspace")
    async with play(RULES, options={**ALL, "trust_workspace": trusted}, root=folder.as_uri()) as client:
        notes = await reviewed(client, uri)
        assert len(notes) == (1 if trusted else 2)
        titles = await ways(client, uri, notes)
        assert ("Postil: ignore this note in the workspace" in titles) is trusted
        if not trusted:
            answer = await client.command("postil.dismiss", uri, notes[0]["data"]["id"], "workspace")
            assert "trust_workspace" in answer["error"]["message"]


async def test_without_a_folder_there_is_no_baseline(play: Play) -> None:
    uri = "file:///nowhere/a.py"
    async with play(RULES) as client:
        notes = await reviewed(client, uri)
        assert "Postil: ignore this note in the workspace" not in await ways(client, uri, notes)
        answer = await client.command("postil.dismiss", uri, notes[0]["data"]["id"], "workspace")
        assert "No folder is open" in answer["error"]["message"]
