"""Reviews over stdio: what is published, when, and what a save, a cancel and a close do to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.lsp.conftest import Play, stopped
from tests.service.test_changes import Repository

A, B = "file:///work/a.py", "file:///work/b.py"
Journal = Callable[[], list[tuple[str, str, str]]]


def function(name: str, sign: str = "-") -> str:
    return f"def {name}(first, second):\n    total = first {sign} second\n    print(total)\n    return total\n"


def mend(name: str, **more: Any) -> dict[str, Any]:
    """The model turns the minus of a function into a plus."""
    return {"match": {"contains": f"def {name}("}, "echo": True, "replace": [["first - ", "first + "]], **more}


def lines_of(notes: list[dict[str, Any]]) -> list[int]:
    return [note["range"]["start"]["line"] for note in notes]


async def test_a_note_has_all_that_an_editor_needs(play: Play) -> None:
    async with play([mend("add")]) as client:
        client.open(A, "import os\n\n\n" + function("add"))
        client.save(A)
        await client.reviewed()
        (note,) = client.notes(A)
        assert client.publishes(A)[-1]["version"] == 1
        assert note["range"] == {"start": {"line": 4, "character": 4}, "end": {"line": 4, "character": 26}}
        assert note["message"] == "Opinion (no better than chance): the fix calculates with `+` instead of `-`."
        assert note["source"] == "postil (reviewer)"
        assert note["code"] == "edit" and note["codeDescription"]["href"].endswith("/notes.md")
        assert note["severity"] == 4, "an opinion that nothing stands behind"
        assert note["data"]["fix"] == {
            "first": 4,
            "last": 5,
            "old": "    total = first - second",
            "new": "    total = first + second",
        }
        assert (note["data"]["standing"], note["data"]["touched"]) == ("chance", True)
        assert note["data"]["streaming"] is False
        (related,) = note["relatedInformation"]
        assert related["location"] == {"uri": A, "range": note["range"]}
        assert related["message"] == "Suggested:\n    total = first + second"
        assert "tags" not in note


async def test_a_line_that_should_go_is_unnecessary(play: Play) -> None:
    rule = {"match": {"contains": "def scale("}, "echo": True, "replace": [["    x = x - 1\n", ""]]}
    async with play([rule]) as client:
        client.open(A, "def scale(x):\n    x = x * 2\n    x = x - 1\n    return x\n")
        client.save(A)
        await client.reviewed()
        (note,) = client.notes(A)
        assert note["tags"] == [1]
        assert "relatedInformation" not in note


async def test_sound_code_gets_no_note(play: Play) -> None:
    """The control: nothing but the model's difference makes a note."""
    async with play([]) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.reviewed()
        assert client.notes(A) == []


async def test_a_save_asks_no_model_unless_the_user_wants_opinions(
    play: Play, tmp_path: Path, journal: Journal
) -> None:
    own = tmp_path / "config" / "postil" / "postil.toml"
    own.parent.mkdir(parents=True)
    own.write_text("", encoding="utf-8")
    async with play([mend("add")], options={"review": {"min_score": 0, "onOpen": True}}) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.synced()
        assert journal() == [] and client.progress("begin") == []
        assert client.notes(A) == [] and client.of("window/showMessage") == []
        await client.command("postil.review", A)
        await client.reviewed()
        assert lines_of(client.notes(A)) == [1], "what is asked for is shown"
        # From then on they are the user's to see: they follow the edits.
        client.change(A, (0, 0, 0, 0, "# seen\n"))
        client.save(A)
        await client.reviewed(2)
        assert lines_of(client.notes(A)) == [2]
        client.shut(A)
        client.open(A, function("add"))
        client.save(A)
        await client.synced()
        assert client.notes(A) == [] and len(client.progress("begin")) == 2, "a closed document forgets it"


async def test_only_calibrated_opinions_leave_out_those_of_others(play: Play, journal: Journal) -> None:
    async with play([mend("add")], options={"review": {"min_score": 0, "show": "calibrated"}}) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.reviewed()
        assert client.notes(A) == [] and journal() == []


async def test_an_opinion_on_a_line_of_the_last_commit_says_so(play: Play, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    repository = Repository(work)
    repository.write("a.py", function("one") + "\n\n" + function("two", "+"))
    repository.commit()
    text = function("one") + "\n\n" + function("two")
    repository.write("a.py", text)
    uri = (work / "a.py").as_uri()
    plain = "Opinion (no better than chance): the fix calculates with `+` instead of `-`."
    old = plain + " (Not on a line that differs from the last commit.)"
    async with play([mend("one"), mend("two")], root=work.as_uri()) as client:
        client.open(uri, text)
        client.save(uri)
        await client.reviewed()
        told = [(note["message"], note["data"]["touched"]) for note in client.notes(uri)]
        assert told == [(old, False), (plain, True)]
    options = {"review": {"min_score": 0, "scope": "all"}}
    async with play([mend("one"), mend("two")], root=work.as_uri(), options=options) as client:
        client.open(uri, text)
        client.save(uri)
        await client.reviewed()
        assert [note["message"] for note in client.notes(uri)] == [plain, plain]


async def test_the_first_note_is_there_before_the_model_has_ended(play: Play, tmp_path: Path, journal: Journal) -> None:
    gate = tmp_path / "gate"
    async with play([mend("one"), mend("two", hold=str(gate))]) as client:
        client.open(A, function("one") + "\n\n" + function("two"))
        client.save(A)
        await client.until(lambda: ("started", "chat", "two") in journal(), "the second function's turn")
        (note,) = await client.until(lambda: client.notes(A), "the first note")
        assert note["message"].endswith("with `+` instead of `-`.") and note["data"]["streaming"] is False
        assert client.progress("end") == []
        gate.touch()
        await client.reviewed()
        assert lines_of(client.notes(A)) == [1, 7]
        assert {kind for _, kind, _ in journal()} == {"chat"}, "no sentence is asked for"


async def test_the_models_sentence_grows_behind_the_note(play: Play, tmp_path: Path, journal: Journal) -> None:
    gate, sentence = tmp_path / "gate", tmp_path / "sentence"
    why = {"match": {"contains": "def one("}, "kind": "why", "hold": str(sentence)}
    why["chunks"] = [{"text": "It subtracts"}, {"text": " what it should add."}]
    rules = [mend("one"), mend("two", hold=str(gate)), why]
    async with play(rules, options={"review": {"min_score": 0, "reason": True}}) as client:
        client.open(A, function("one") + "\n\n" + function("two"))
        client.save(A)
        note = "Opinion (no better than chance): the fix calculates with `+` instead of `-`."
        says = note + " qwen2.5-coder:1.5b says: “{}”"
        grown = lambda: [one["message"] for one in client.notes(A)] == [says.format("It subtracts")]  # noqa: E731
        await client.until(grown, "half a sentence")
        assert client.notes(A)[0]["data"]["streaming"] is True
        assert ("finished", "why", "one") not in journal()
        sentence.touch()
        await client.until(lambda: ("started", "chat", "two") in journal(), "the second function's turn")
        await client.until(lambda: "should add" in client.notes(A)[0]["message"], "the whole sentence")
        assert client.notes(A)[0]["message"] == says.format("It subtracts what it should add.")
        assert client.progress("end") == []
        gate.touch()
        await client.reviewed()
        assert lines_of(client.notes(A)) == [1, 7]
        assert [one["data"]["streaming"] for one in client.notes(A)] == [False, False]


async def test_notes_come_one_by_one_and_all_before_the_progress_ends(play: Play) -> None:
    names = ["one", "two", "three"]
    rules = [mend(name, after_ms=50) for name in names]
    async with play(rules) as client:
        client.open(A, "\n\n".join(function(name) for name in names))
        client.save(A)
        await client.reviewed()
        counts = [len(published["diagnostics"]) for published in client.publishes(A)]
        assert counts == sorted(counts) and set(counts) == {0, 1, 2, 3}
        methods = [h.method for h in client.heard if h.method != "postil/status"]
        ended = next(
            i for i, h in enumerate(client.heard) if h.method == "$/progress" and h.params["value"]["kind"] == "end"
        )
        await client.synced()
        late = [h for h in client.heard[ended:] if h.method == "textDocument/publishDiagnostics"]
        assert late == [] and "window/workDoneProgress/create" in methods
        times = [h.at for h in client.heard if h.method == "textDocument/publishDiagnostics"]
        assert len(times) <= 3 + (times[-1] - times[0]) / 0.1, "more than ten a second"


async def test_a_second_save_asks_nothing_again(play: Play, journal: Journal) -> None:
    async with play([mend("add")]) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.reviewed(1)
        asked = len(journal())
        client.save(A)
        await client.reviewed(2)
        assert len(journal()) == asked
        assert lines_of(client.notes(A)) == [1]


async def test_a_save_during_a_review_stops_only_what_changed(play: Play, tmp_path: Path, journal: Journal) -> None:
    gate = tmp_path / "gate"
    rules = [mend("one", hold=str(gate)), mend("two", hold=str(gate)), mend("three")]
    async with play(rules, options={**{"review": {"min_score": 0}}, "jobs": 2}) as client:
        client.open(A, "\n\n".join(function(name) for name in ("one", "two", "three")))
        client.save(A)
        await client.until(lambda: {("started", "chat", "one"), ("started", "chat", "two")} <= set(journal()), "both")
        client.change(A, (8, 4, 8, 4, "# seen\n    "))
        client.save(A)
        await client.until(lambda: stopped(journal(), "chat", "two"), "the changed function to be left")
        gate.touch()
        await client.reviewed()
        steps = journal()
        one, two, three = (steps.count(("started", "chat", name)) for name in ("one", "two", "three"))
        assert ("cancelled", "chat", "one") not in steps
        assert one == three, "what stayed is read once, like any other"
        assert two == three + 1, "what changed is read again"
        assert lines_of(client.notes(A)) == [1, 7, 14]
        assert len(client.progress("end")) == 1


async def test_cancel_by_progress_keeps_what_was_found(play: Play, tmp_path: Path, journal: Journal) -> None:
    async with play([mend("one"), mend("two", hold=str(tmp_path / "never"))]) as client:
        client.open(A, function("one") + "\n\n" + function("two"))
        client.save(A)
        await client.until(lambda: ("started", "chat", "two") in journal(), "the second function's turn")
        token = (await client.until(lambda: client.progress("begin"), "progress"))[0]["token"]
        client.notify("window/workDoneProgress/cancel", {"token": token})
        await client.reviewed()
        await client.until(lambda: stopped(journal(), "chat", "two"), "the model to be stopped")
        assert lines_of(client.notes(A)) == [1]
        await client.until(lambda: client.statuses()[-1] == "ready", "ready")


async def test_cancel_by_command_and_at_once_a_new_review(play: Play, tmp_path: Path, journal: Journal) -> None:
    gate = tmp_path / "gate"
    async with play([mend("add", hold=str(gate))]) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.until(lambda: ("started", "chat", "add") in journal(), "the review")
        answer = await client.command("postil.cancel", A)
        assert answer.get("result", 0) is None
        client.save(A)
        await client.until(lambda: journal().count(("started", "chat", "add")) == 2, "the new review")
        gate.touch()
        await client.reviewed(2)
        assert lines_of(client.notes(A)) == [1]
        assert stopped(journal()[1:2], "chat", "add"), journal()


async def test_close_publishes_empty_and_stops_the_model(play: Play, tmp_path: Path, journal: Journal) -> None:
    async with play([mend("one"), mend("two", hold=str(tmp_path / "never"))]) as client:
        client.open(A, function("one") + "\n\n" + function("two"))
        client.save(A)
        await client.until(lambda: client.notes(A), "a note")
        await client.until(lambda: ("started", "chat", "two") in journal(), "the second function's turn")
        client.shut(A)
        await client.until(lambda: not client.notes(A), "no note")
        await client.until(lambda: stopped(journal(), "chat", "two"), "the model to be stopped")
        await client.reviewed()
        await client.synced()
        assert client.publishes(A)[-1]["diagnostics"] == []


async def test_two_documents_at_once(play: Play, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    rules = [mend("one", hold=str(gate)), mend("two")]
    async with play(rules, options={"review": {"min_score": 0}, "jobs": 2}) as client:
        client.open(A, function("one"))
        client.open(B, "\n" + function("two"))
        client.save(A)
        client.save(B)
        await client.reviewed(1)
        assert (lines_of(client.notes(A)), lines_of(client.notes(B))) == ([], [2])
        gate.touch()
        await client.reviewed(2)
        assert (lines_of(client.notes(A)), lines_of(client.notes(B))) == ([1], [2])
        assert len({params["token"] for params in client.progress("begin")}) == 2


async def test_a_long_file_is_read_up_to_the_limit_and_says_so(play: Play, journal: Journal) -> None:
    text = "\n\n".join(function(f"f{number}") for number in range(834))
    assert text.count("\n") > 5000 - 2
    options = {"review": {"min_score": 0, "max_units": 12}}
    async with play([mend("f11")], options=options) as client:
        client.open(A, text)
        client.save(A)
        await client.reviewed()
        assert len({name for event, kind, name in journal() if (event, kind) == ("started", "chat")}) == 12
        assert lines_of(client.notes(A)) == [11 * 6 + 1]
        told = await client.until(lambda: client.of("window/showMessage"), "the limit to be told")
        assert "only the first 12 of 834 units" in told[0]["message"]


async def test_review_of_a_range_reads_only_what_it_touches(play: Play, journal: Journal) -> None:
    async with play([mend("one"), mend("two")]) as client:
        client.open(A, function("one") + "\n\n" + function("two"))
        place = {"start": {"line": 7, "character": 0}, "end": {"line": 7, "character": 2}}
        await client.command("postil.reviewRange", A, place)
        await client.reviewed()
        assert lines_of(client.notes(A)) == [7]
        assert not any(step[2] == "one" for step in journal())
        await client.command("postil.clear", A)
        assert client.notes(A) == [] or await client.until(lambda: not client.notes(A), "no notes")


async def test_no_review_where_the_settings_say_no(play: Play, journal: Journal) -> None:
    async with play([mend("add")], options={"review": {"min_score": 0, "on_save": False}}) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.synced()
        assert journal() == [] and client.progress("begin") == []
        await client.command("postil.review", A)
        await client.reviewed()
        assert lines_of(client.notes(A)) == [1]


async def test_review_on_open_when_it_is_asked_for(play: Play) -> None:
    async with play([mend("add")], options={"review": {"min_score": 0, "onOpen": True}}) as client:
        client.open(A, function("add"))
        await client.reviewed()
        assert lines_of(client.notes(A)) == [1]


async def test_a_model_that_gives_no_answer_is_not_taken_for_approval(play: Play) -> None:
    rule = {"match": {"contains": "def add("}, "chunks": [{"text": "I find no defect in this code."}], "times": 1}
    async with play([rule, mend("add"), mend("sub")]) as client:
        client.open(A, function("add") + "\n\n" + function("sub"))
        client.save(A)
        await client.reviewed()
        await client.synced()
        told = client.of("postil/reviewed")[-1]
        assert told["unread"] == 1 and told["failed"] == 0
        status = client.of("postil/status")[-1]
        assert status["unread"] == 1
        assert "1 of 2 units of a.py could not be reviewed" in status["message"] and "prose" in status["message"]
        assert [one["message"] for one in client.of("window/showMessage")] == [f"Postil: {status['message']}"]
        assert len(client.notes(A)) == 1, "the other one was reviewed"
        client.save(A)
        await client.reviewed(2)
        await client.synced()
        assert client.of("postil/reviewed")[-1]["unread"] == 0
        status = client.of("postil/status")[-1]
        assert (status["unread"], status["message"]) == (0, "")
        assert len(client.notes(A)) == 2
