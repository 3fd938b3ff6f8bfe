"""Quick fixes end to end: offered only when they hold, all of a file at once, and read again afterwards."""

from __future__ import annotations

import asyncio
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.client import CAPABILITIES, Client
from tests.lsp.conftest import Play, stopped
from tests.lsp.test_review import A, function, lines_of, mend
from tests.lsp.test_server import Journal, applied

TWO = function("one") + "\n\n" + function("two")


async def reviewed(client: Client, text: str) -> list[dict[str, Any]]:
    client.open(A, text)
    client.save(A)
    await client.reviewed()
    return client.notes(A)


async def asked(client: Client, notes: list[dict[str, Any]], **context: Any) -> list[dict[str, Any]]:
    return await client.actions(A, notes, **context)


async def test_the_only_fix_is_preferred_two_are_a_choice(play: Play) -> None:
    async with play([mend("one"), mend("two")]) as client:
        notes = await reviewed(client, TWO)
        (action,) = await asked(client, notes[:1], only=["quickfix"])
        assert action["isPreferred"] is True
        both = await asked(client, notes, only=["quickfix"])
        assert [action["isPreferred"] for action in both] == [False, False]
        assert await asked(client, notes, only=["refactor"]) == []
        assert await asked(client, notes, only=["quickfix.other"]) == []


async def test_a_client_that_keeps_no_data_gets_its_fixes_too(play: Play) -> None:
    """Eglot 1.9 doesn't say `dataSupport`, and got no action at all."""
    bare = copy.deepcopy(CAPABILITIES)
    del bare["textDocument"]["publishDiagnostics"]["dataSupport"]
    async with play([mend("one"), mend("two")], capabilities=bare) as client:
        notes = await reviewed(client, TWO)
        assert [note.get("data") for note in notes] == [None, None]
        (action,) = await asked(client, notes[1:], only=["quickfix"])
        assert applied(TWO, action, "utf-16") == TWO.replace(function("two"), function("two", "+"))
        assert len(await client.actions(A, notes[1:], ignoring=True)) >= 2
        for changed in ({"message": "other"}, {"source": "postil (security)"}):
            assert await asked(client, [notes[1] | changed], only=["quickfix"]) == [], changed
        client.change(A, (7, 4, 7, 9, "sum"))
        await client.until(lambda: len(client.notes(A)) == 1, "the note to go")
        assert await asked(client, notes[1:], only=["quickfix"]) == []


async def test_a_fix_that_breaks_the_file_is_not_offered(play: Play) -> None:
    # The unit alone parses; in this file Python would not compile it.
    rule = mend("one", replace=[["    total = first - second\n", "    total = first + second\n    global first\n"]])
    async with play([rule]) as client:
        notes = await reviewed(client, function("one"))
        assert len(notes) == 1
        assert await asked(client, notes) == []


async def test_all_fixes_of_a_file_at_once(play: Play) -> None:
    async with play([mend("one"), mend("two")]) as client:
        await reviewed(client, TWO)
        (action,) = await asked(client, [], only=["source.fixAll"])
        assert (action["kind"], action["title"]) == ("source.fixAll.postil", "Postil: apply all fixes (2)")
        (change,) = action["edit"]["documentChanges"]
        assert change["textDocument"] == {"uri": A, "version": 1} and len(change["edits"]) == 2
        halves = [{**action, "edit": {"documentChanges": [{"edits": [edit]}]}} for edit in change["edits"]]
        text = TWO
        for half in reversed(halves):
            text = applied(text, half, "utf-16")
        assert text == TWO.replace("first - ", "first + ")
        # On save, for all tools: not for the guesses of a model, unless they are named.
        assert await asked(client, [], only=["source.fixAll"], triggerKind=2) == []
        assert len(await asked(client, [], only=["source.fixAll.postil"], triggerKind=2)) == 1
        assert await asked(client, [], only=["source.organizeImports"]) == []


async def apply_first(client: Client) -> None:
    """As an editor does: the edit, then the command."""
    (action,) = await asked(client, client.notes(A), only=["quickfix"])
    client.change(A, applied(function("one"), action, "utf-16"))
    assert "error" not in await client.command(action["command"]["command"], *action["command"]["arguments"])


async def test_after_the_fix_the_note_goes(play: Play) -> None:
    async with play([mend("one")]) as client:
        assert lines_of(await reviewed(client, function("one"))) == [1]
        await apply_first(client)
        await client.reviewed(2)
        assert client.notes(A) == []
        assert client.of("window/showMessage") == []


async def test_a_model_that_doubts_the_fix_says_so(play: Play) -> None:
    # What it has just mended it would mend again.
    doubt = {"match": {"contains": "first + second"}, "echo": True, "replace": [["first + ", "first * "]]}
    async with play([doubt, mend("one")]) as client:
        await reviewed(client, function("one"))
        await apply_first(client)
        await client.reviewed(2)
        await client.until(lambda: client.of("window/showMessage"), "the doubt")
        (message,) = client.of("window/showMessage")
        assert "reviewer is not content with the fix: see its note on line 2" in message["message"]
        assert lines_of(client.notes(A)) == [1]


async def test_wrong_arguments_are_answered(play: Play) -> None:
    async with play([]) as client:
        for given in ((), (A,), (A, "reviewer", -1, 2), (A, "reviewer", 1, None)):
            assert "two lines" in (await client.command("postil.fixed", *given))["error"]["message"]
        assert "error" not in await client.command("postil.fixed", "file:///gone.py", "reviewer", 0, 1)


RESOLVING = copy.deepcopy(CAPABILITIES)
RESOLVING["textDocument"]["codeAction"] = {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}}
LISTED = {"review": {"min_score": 0, "method": "list"}}
QUOTE = "total = first - second"


def listed(**more: Any) -> dict[str, Any]:
    """The model lists one finding, without a mended line."""
    said = {"findings": [{"quote": QUOTE, "message": "It takes away.", "severity": "error"}]}
    return {"match": {"contains": "def one("}, "chunks": [{"text": json.dumps(said)}], "times": 1, **more}


async def on_demand(client: Client) -> dict[str, Any]:
    notes = await reviewed(client, function("one"))
    assert lines_of(notes) == [1] and notes[0]["data"]["fix"] is None
    (action,) = await asked(client, notes)
    assert action["title"] == "Postil: write a fix" and "edit" not in action
    return action


async def test_a_fix_is_written_on_demand(play: Play, journal: Journal) -> None:
    async with play([listed(), mend("one")], options=LISTED, capabilities=RESOLVING) as client:
        action = await on_demand(client)
        whole = (await client.call("codeAction/resolve", action))["result"]
        assert applied(function("one"), whole, "utf-16") == function("one").replace("first - ", "first + ")
        assert len(journal()) == 4, "nothing was asked before it was chosen"
        titles = [begun["value"]["title"] for begun in client.progress("begin")]
        assert titles[-1] == "Writing a fix for one"
        assert any("first + second" in report["value"].get("message", "") for report in client.progress("report"))


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"echo": True}, "the model changes nothing"),
        ({"echo": True, "replace": [["first - second", "(first + second"]]}, "syntax error"),
        ({"echo": True, "replace": [["first - ", "first + "]], "error": "refused"}, "The script says refused"),
    ],
)
async def test_without_a_fix_that_holds_a_sentence_says_why(play: Play, rule: dict[str, Any], why: str) -> None:
    rule = {"match": {"contains": "def one("}, **rule}
    async with play([listed(), rule], options=LISTED, capabilities=RESOLVING) as client:
        error = (await client.call("codeAction/resolve", await on_demand(client)))["error"]
        assert error["code"] == -32803 and why in error["message"]


async def test_a_fix_on_demand_can_be_cancelled(play: Play, tmp_path: Path, journal: Journal) -> None:
    slow = mend("one", hold=str(tmp_path / "never"))
    async with play([listed(), slow], options=LISTED, capabilities=RESOLVING) as client:
        action = await on_demand(client)
        asking = asyncio.create_task(client.call("codeAction/resolve", action))
        await client.until(lambda: "first" in str(client.progress("report")[-1:]), "a line of the fix")
        client.notify("window/workDoneProgress/cancel", {"token": client.progress("begin")[-1]["token"]})
        assert (await asking)["error"]["code"] == -32800
        await client.until(lambda: stopped(journal(), "chat", "one"), "the end")


async def test_code_that_changed_while_the_fix_was_written_gets_none(play: Play, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with play([listed(), mend("one", hold=str(gate))], options=LISTED, capabilities=RESOLVING) as client:
        action = await on_demand(client)
        asking = asyncio.create_task(client.call("codeAction/resolve", action))
        await client.until(lambda: len(client.progress("begin")) == 2, "the writing")
        client.change(A, (0, 0, 0, 0, "# new\n"))
        await client.synced()
        gate.touch()
        assert "has changed" in (await asking)["error"]["message"]


async def test_clients_that_resolve_nothing_are_offered_nothing(play: Play) -> None:
    async with play([listed()], options=LISTED) as client:
        assert await asked(client, await reviewed(client, function("one"))) == []
