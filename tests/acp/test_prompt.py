"""A turn over the protocol: words, calls, permissions, files by way of the editor, what ends it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.acp.conftest import FEES
from tests.acp.editing import Editor, call, edit, says, serving

import acp
from acp import schema

READ = call("read", path="src/fees.py")
EDIT = edit("src/fees.py", "    return x * LATE / 10", "    return x * LATE / 100")
CHANGES = [says(READ, "late fee", times=1), says(EDIT, "LATE = 7", times=1)]


async def test_a_question_is_answered_in_pieces(tmp_path: Path, folder: Path) -> None:
    rule = says("", "how late")
    rule["chunks"] = [{"text": "It is "}, {"text": "seven."}]
    async with serving(tmp_path, [rule]) as door:
        answer = await door.ask(await door.session(folder), "how late is it?")
        assert answer.stop_reason == "end_turn"
        assert door.editor.text() == "It is seven." and len(door.editor.of("agent_message_chunk")) == 2


async def test_a_call_is_shown_with_its_place_its_input_and_its_result(tmp_path: Path, folder: Path) -> None:
    async with serving(tmp_path, [says(READ, "late fee", times=1), says("It is 7.", "LATE = 7")], files=False) as door:
        await door.ask(await door.session(folder), "what is the late fee?")
        (begun,) = door.editor.calls()
        assert (begun.title, begun.kind, begun.raw_input) == ("Read src/fees.py", "read", {"path": "src/fees.py"})
        assert begun.locations[0].path == str(folder / "src" / "fees.py")
        (ended,) = door.editor.of("tool_call_update")
        assert ended.status == "completed" and "LATE = 7" in ended.content[0].content.text
        assert door.editor.text() == "It is 7." and not door.editor.permissions


@pytest.mark.parametrize("files", [True, False], ids=["by the editor", "on the disk"])
async def test_an_edit_is_asked_about_as_a_difference_and_written(tmp_path: Path, folder: Path, files: bool) -> None:
    path = folder / "src" / "fees.py"
    async with serving(tmp_path, CHANGES, Editor(buffers={str(path): FEES}), files=files) as door:
        await door.ask(await door.session(folder), "mend the late fee")
        ((asked, options),) = door.editor.permissions
        (change,) = [one for one in asked.content or [] if one.type == "diff"]
        assert (change.path, change.old_text) == (str(path), FEES) and "LATE / 100" in change.new_text
        assert [one.kind for one in options] == ["allow_once", "allow_always", "reject_once"]
        assert asked.tool_call_id == door.editor.calls()[-1].tool_call_id
        assert door.editor.status(asked.tool_call_id) == "completed"
        text = door.editor.written[str(path)] if files else path.read_text(encoding="utf-8")
        assert "LATE / 100" in text and (path.read_text(encoding="utf-8") == FEES) is files
        shown = [one for update in door.editor.of("tool_call_update") for one in update.content or []]
        assert any(one.type == "diff" and "LATE / 100" in one.new_text for one in shown)


async def test_an_always_is_kept_and_a_turn_is_undone_byte_for_byte(tmp_path: Path, folder: Path) -> None:
    path = folder / "src" / "fees.py"
    back = edit("src/fees.py", "    return x * LATE / 100", "    return x * LATE / 1000")
    async with serving(
        tmp_path, [says(EDIT, "once", times=1), says(back, "again", times=1)], Editor(answer="always"), files=False
    ) as door:
        session = await door.session(folder)
        await door.ask(session, "once")
        await door.ask(session, "again")
        assert len(door.editor.permissions) == 1, "the second edit isn't asked about"
        assert "LATE / 1000" in path.read_text(encoding="utf-8")
        await door.ask(session, "/undo")
        assert "LATE / 100\n" in path.read_text(encoding="utf-8")
        await door.ask(session, "/undo")
        assert path.read_text(encoding="utf-8") == FEES
        await door.ask(session, "/undo")
        assert "nothing to undo" in door.editor.text()


@pytest.mark.parametrize("answer", ["no", "cancelled", "what was never offered"])
async def test_without_a_yes_nothing_is_written(tmp_path: Path, folder: Path, answer: str) -> None:
    path = folder / "src" / "fees.py"
    async with serving(tmp_path, CHANGES, Editor(answer=answer, buffers={str(path): FEES})) as door:
        ended = await door.ask(await door.session(folder), "mend the late fee")
        assert ended.stop_reason == ("cancelled" if answer == "cancelled" else "end_turn")
        assert len(door.editor.permissions) == 1 and not door.editor.written
        assert path.read_text(encoding="utf-8") == FEES
        assert door.editor.status(door.editor.permissions[0][0].tool_call_id) == "failed"


async def test_an_unsaved_buffer_is_read_not_the_disk(tmp_path: Path, folder: Path) -> None:
    path = str(folder / "src" / "fees.py")
    rules = [says(READ, "late fee", times=1), says("It is 9.", "LATE = 9")]
    async with serving(tmp_path, rules, Editor(buffers={path: "LATE = 9\r\n"})) as door:
        await door.ask(await door.session(folder), "what is the late fee?")
        assert door.editor.text() == "It is 9." and path in door.editor.read


async def test_line_ends_of_a_buffer_stay(tmp_path: Path, folder: Path) -> None:
    path = str(folder / "src" / "fees.py")
    async with serving(tmp_path, CHANGES, Editor(buffers={path: FEES.replace("\n", "\r\n")})) as door:
        await door.ask(await door.session(folder), "mend the late fee")
        assert door.editor.written[path] == FEES.replace("/ 10\n", "/ 100\n").replace("\n", "\r\n")


async def test_an_editor_that_fails_is_gone_round(tmp_path: Path, folder: Path) -> None:
    path = folder / "src" / "fees.py"
    async with serving(tmp_path, CHANGES, Editor(broken=True)) as door:
        await door.ask(await door.session(folder), "mend the late fee")
        assert door.editor.read and "LATE / 100" in path.read_text(encoding="utf-8")


async def test_a_write_that_the_editor_forbids_is_not_made_on_the_disk(tmp_path: Path, folder: Path) -> None:
    class Strict(Editor):
        async def write_text_file(self, session_id: str, path: str, content: str, **more: Any) -> None:
            raise acp.RequestError.internal_error({"details": "Permission denied for fs/write_text_file"})

    path = folder / "src" / "fees.py"
    async with serving(tmp_path, CHANGES, Strict(buffers={str(path): FEES})) as door:
        session = await door.session(folder)
        await door.agent.set_session_mode(session_id=session, mode_id="auto")
        await door.ask(session, "mend the late fee")
        assert path.read_text(encoding="utf-8") == FEES
        assert door.editor.status(door.editor.calls()[-1].tool_call_id) == "failed"


async def test_an_editor_that_hangs_is_gone_round(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(Editor):
        async def read_text_file(self, session_id: str, path: str, **more: Any) -> schema.ReadTextFileResponse:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr("postil.acp.door.FILE_SECONDS", 0.05)
    async with serving(tmp_path, [says(READ, "late fee", times=1), says("It is 7.", "LATE = 7")], Hanging()) as door:
        await door.ask(await door.session(folder), "what is the late fee?")
        assert door.editor.text() == "It is 7."


async def test_what_is_shown_to_the_model_is_named_and_put_beside(tmp_path: Path, folder: Path) -> None:
    uri = (folder / "src" / "fees.py").as_uri()
    rules = [says("Both.", "Compare `src/fees.py` with `notes.txt` please.\n\nnotes.txt:\n```\nnine\n```")]
    async with serving(tmp_path, rules) as door:
        session = await door.session(folder)
        notes = acp.embedded_text_resource((folder / "notes.txt").as_uri(), "nine\n")
        prompt = [
            acp.text_block("Compare "),
            acp.resource_link_block("fees.py", uri),
            acp.text_block("with "),
            acp.resource_block(notes),
            acp.text_block("please."),
        ]
        await door.agent.prompt(session_id=session, prompt=prompt)
        assert door.editor.text() == "Both."


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (acp.image_block("aGk=", "image/png"), "read no images"),
        (acp.audio_block("aGk=", "audio/wav"), "hear no audio"),
        (acp.text_block("  "), "nothing to answer"),
        (acp.resource_block(acp.embedded_blob_resource("file:///x.bin", "aGk=")), "isn't text"),
        (acp.resource_block(acp.embedded_text_resource("file:///x/.env", "KEY=1")), "never shown to a model"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_a_sentence(
    tmp_path: Path, folder: Path, block: Any, why: str
) -> None:
    async with serving(tmp_path, []) as door:
        session = await door.session(folder)
        with pytest.raises(acp.RequestError, match=why):
            await door.agent.prompt(session_id=session, prompt=[block])
        assert not door.steps()
        assert (await door.ask(session, "hello")).stop_reason == "end_turn"


async def test_an_engine_that_fails_at_once_is_an_error_and_the_next_prompt_works(tmp_path: Path, folder: Path) -> None:
    async with serving(tmp_path, [says("", "first", error="refused", times=1), says("Here.", "second")]) as door:
        session = await door.session(folder)
        with pytest.raises(acp.RequestError, match="The script says refused"):
            await door.ask(session, "first")
        assert (await door.ask(session, "second")).stop_reason == "end_turn"
        assert door.editor.text() == "Here."


async def test_an_engine_that_fails_in_the_middle_is_said(tmp_path: Path, folder: Path) -> None:
    async with serving(tmp_path, [says("It is ", "first", error="broken")]) as door:
        answer = await door.ask(await door.session(folder), "first")
        assert answer.stop_reason == "end_turn" and "The script says broken" in door.editor.text()


async def test_a_model_that_goes_round_in_circles_is_said(tmp_path: Path, folder: Path) -> None:
    async with serving(tmp_path, [says(READ)]) as door:
        answer = await door.ask(await door.session(folder), "go")
        assert answer.stop_reason == "end_turn" and "round in circles" in door.editor.text()
        # Each call has come to an end for the editor, and each is another one.
        ids = [one.tool_call_id for one in door.editor.calls()]
        assert len(ids) == len(set(ids)) > 2
        assert {door.editor.status(id) for id in ids} <= {"completed", "failed"}


async def test_a_conversation_that_does_not_fit_ends_with_max_tokens(tmp_path: Path, folder: Path) -> None:
    async with serving(tmp_path, []) as door:
        answer = await door.ask(await door.session(folder), "word " * 20_000)
        assert answer.stop_reason == "max_tokens" and "begin a new one" in door.editor.text()


async def test_a_call_that_was_never_there_is_shown_whole(tmp_path: Path, folder: Path) -> None:
    async with serving(tmp_path, [says(call("teleport", to="x"), "go", times=1)]) as door:
        await door.ask(await door.session(folder), "go")
        (begun,) = door.editor.calls()
        assert (begun.title, begun.raw_input) == ("teleport", {"to": "x"})
        assert door.editor.status(begun.tool_call_id) == "failed" and "<tool_call>" not in door.editor.text()
