"""Sessions: several at once, cancelled at any step, loaded again; modes, options, commands, trust."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from tests import parts
from tests.acp.conftest import FEES
from tests.acp.editing import MODEL, PATIENCE, Editor, Served, call, edit, says, serving, until
from tests.service import mcp_servers

import acp
from acp import schema
from postil.acp.from_acp import servers_of
from postil.service.agent.session.store import MemorySessions

READ = call("read", path="src/fees.py")
EDIT = edit("src/fees.py", "    return x * LATE / 10", "    return x * LATE / 100")
CHANGES = [says(READ, "late fee", times=1), says(EDIT, "LATE = 7", times=1)]


def untrust(tmp_path: Path) -> None:
    with (tmp_path / "config" / "postil" / "postil.toml").open("r+", encoding="utf-8") as file:
        rest = file.read()
        file.seek(0)
        file.write("trust_workspace = false\n" + rest)


async def cancelled(door: Served, session: str, turn: asyncio.Future[Any]) -> None:
    """Cancel the turn; afterwards nothing of it runs, and the session can be used."""
    await door.agent.cancel(session_id=session)
    assert (await asyncio.wait_for(turn, PATIENCE)).stop_reason == "cancelled"
    assert door.running == 0
    assert {door.editor.status(one.tool_call_id) for one in door.editor.calls()} <= {"completed", "failed"}
    assert (await door.ask(session, "and now?")).stop_reason == "end_turn"


async def test_cancel_while_the_model_writes(tmp_path: Path, folder: Path) -> None:
    async with serving(tmp_path, [says("It is", "how late", hold=str(tmp_path / "never"), times=1)]) as door:
        session = await door.session(folder)
        turn = asyncio.ensure_future(door.begin(session, "how late is it?"))
        await until(lambda: door.editor.text() == "It is")
        assert door.running == 1
        await cancelled(door, session, turn)


async def test_cancel_while_a_permission_is_open(tmp_path: Path, folder: Path) -> None:
    async with serving(tmp_path, CHANGES, Editor(answer=None), files=False) as door:
        session = await door.session(folder)
        turn = asyncio.ensure_future(door.begin(session, "mend the late fee"))
        await until(lambda: door.editor.permissions)
        await cancelled(door, session, turn)
        assert (folder / "src" / "fees.py").read_text(encoding="utf-8") == FEES


async def test_cancel_while_the_editor_does_not_answer_for_a_file(tmp_path: Path, folder: Path) -> None:
    class Hanging(Editor):
        async def read_text_file(self, session_id: str, path: str, **more: Any) -> schema.ReadTextFileResponse:
            self.read.append(path)
            await asyncio.Event().wait()
            raise AssertionError

    async with serving(tmp_path, [says(READ, "late fee", times=1)], Hanging()) as door:
        session = await door.session(folder)
        turn = asyncio.ensure_future(door.begin(session, "what is the late fee?"))
        await until(lambda: door.editor.read)
        await cancelled(door, session, turn)


async def test_cancel_while_a_check_runs_ends_its_process(tmp_path: Path, folder: Path) -> None:
    pid = tmp_path / "pid"
    with (tmp_path / "config" / "postil" / "postil.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[checks.slow]\ncommand = \"sh -c 'echo $$ > {pid}; exec sleep 600'\"\n")
    async with serving(tmp_path, [says(call("check"), "run it", times=1)]) as door:
        session = await door.session(folder)
        turn = asyncio.ensure_future(door.begin(session, "run it"))
        number = int(await until(lambda: pid.exists() and pid.read_text(encoding="utf-8").strip(), "the check"))
        assert parts.runs(number)
        await cancelled(door, session, turn)
        assert not parts.runs(number)


async def test_a_cancel_that_comes_too_late_or_for_nothing_does_no_harm(tmp_path: Path, folder: Path) -> None:
    async with serving(tmp_path, []) as door:
        session = await door.session(folder)
        await door.agent.cancel(session_id=session)
        await door.agent.cancel(session_id="nobody's")
        assert (await door.ask(session, "hello")).stop_reason == "end_turn"


async def test_what_was_said_before_a_cancel_stays(tmp_path: Path, folder: Path) -> None:
    rules = [says("It is", "how late", hold=str(tmp_path / "never"), times=1), says("Yes.", "was it late")]
    store = MemorySessions()
    async with serving(tmp_path, rules, store=store) as door:
        session = await door.session(folder)
        turn = asyncio.ensure_future(door.begin(session, "how late is it?"))
        await until(lambda: door.editor.text() == "It is")
        await cancelled(door, session, turn)
        turns = store.load(session, folder) or ()
        assert [getattr(one, "text", "") for one in turns[:2]] == ["how late is it?", "It is"]


async def test_two_sessions_at_once_do_not_mix(tmp_path: Path, folder: Path) -> None:
    gate = tmp_path / "gate"
    other = tmp_path / "other"
    other.mkdir()
    rules = [says("one ", "first", hold=str(gate)), says("two ", "second", hold=str(gate))]
    async with serving(tmp_path, rules) as door:
        a, b = await door.session(folder), await door.session(other)
        turns = [asyncio.ensure_future(door.begin(a, "first")), asyncio.ensure_future(door.begin(b, "second"))]
        await until(lambda: door.running == 2 and door.editor.text(a) and door.editor.text(b))
        await door.agent.cancel(session_id=b)
        assert (await turns[1]).stop_reason == "cancelled"
        assert not turns[0].done()
        gate.touch()
        assert (await turns[0]).stop_reason == "end_turn"
        assert (door.editor.text(a), door.editor.text(b)) == ("one ", "two ")


async def test_a_second_prompt_of_a_session_is_refused_while_one_runs(tmp_path: Path, folder: Path) -> None:
    gate = tmp_path / "gate"
    async with serving(tmp_path, [says("one ", "first", hold=str(gate))]) as door:
        session = await door.session(folder)
        turn = asyncio.ensure_future(door.begin(session, "first"))
        await until(lambda: door.running)
        with pytest.raises(acp.RequestError, match="still at work"):
            await door.ask(session, "second")
        gate.touch()
        assert (await turn).stop_reason == "end_turn"


async def test_a_conversation_is_listed_and_loaded_after_a_restart(tmp_path: Path, folder: Path) -> None:
    store = MemorySessions()
    rules = [says(READ, "late fee", times=1), says("It is 7.", "LATE = 7"), says("I said 7.", "again")]
    async with serving(tmp_path, rules, store=store) as door:
        session = await door.session(folder)
        await door.ask(session, "what is the late fee?")
        assert [one.title for one in door.editor.of("session_info_update")] == ["what is the late fee?"]
        await door.session(folder)
    async with serving(tmp_path, rules[1:], store=store) as door:
        listed = (await door.agent.list_sessions(cwd=str(folder))).sessions
        assert [(one.session_id, one.title) for one in listed] == [(session, "what is the late fee?")]
        assert not (await door.agent.list_sessions(cwd=str(tmp_path))).sessions
        loaded = await door.agent.load_session(cwd=str(folder), session_id=session, mcp_servers=[])
        assert loaded.modes.current_mode_id == "edit"
        assert [one.content.text for one in door.editor.of("user_message_chunk")] == ["what is the late fee?"]
        (read,) = door.editor.calls()
        assert (read.title, read.status) == ("Read src/fees.py", "completed")
        assert door.editor.text() == "It is 7."
        await door.ask(session, "say it again")
        assert door.editor.text().endswith("I said 7.")
        ids = [one.tool_call_id for one in door.editor.calls()]
        assert len(ids) == len(set(ids))


async def test_a_loaded_conversation_shows_an_edit_as_it_was_shown(tmp_path: Path, folder: Path) -> None:
    store = MemorySessions()
    async with serving(tmp_path, [says(f"I mend it.\n\n{EDIT}", "late fee", times=1)], store=store) as door:
        session = await door.session(folder)
        await door.ask(session, "mend the late fee")
        live = door.editor.text()
    async with serving(tmp_path, [], store=store) as door:
        await door.agent.load_session(cwd=str(folder), session_id=session, mcp_servers=[])
        assert door.editor.text().split() == live.split() and "SEARCH" not in live


@pytest.mark.parametrize("elsewhere", [False, True], ids=["unknown", "another folder's"])
async def test_a_conversation_that_is_not_there_cannot_be_loaded(tmp_path: Path, folder: Path, elsewhere: bool) -> None:
    async with serving(tmp_path, []) as door:
        session = await door.session(folder) if elsewhere else "nobody's"
        await (door.ask(session, "hello") if elsewhere else asyncio.sleep(0))
        with pytest.raises(acp.RequestError, match="no such conversation"):
            await door.agent.load_session(cwd=str(tmp_path), session_id=session, mcp_servers=[])


async def test_a_closed_session_runs_nothing_and_is_gone(tmp_path: Path, folder: Path) -> None:
    async with serving(tmp_path, [says("It is", "how late", hold=str(tmp_path / "never"))]) as door:
        session = await door.session(folder)
        turn = asyncio.ensure_future(door.begin(session, "how late is it?"))
        await until(lambda: door.running)
        await door.agent.close_session(session_id=session)
        assert (await turn).stop_reason == "cancelled" and door.running == 0
        with pytest.raises(acp.RequestError, match="no such session"):
            await door.ask(session, "hello")


@pytest.mark.parametrize("cwd", ["src", "/nowhere/at/all", "/\0"])
async def test_a_session_needs_a_folder(tmp_path: Path, folder: Path, cwd: str) -> None:
    async with serving(tmp_path, []) as door:
        with pytest.raises(acp.RequestError, match="no folder"):
            await door.agent.new_session(cwd=cwd, mcp_servers=[])


@pytest.mark.parametrize(("mode", "asked", "written"), [("ask", 0, False), ("edit", 1, True), ("auto", 0, True)])
async def test_the_mode_decides_about_edits(tmp_path: Path, folder: Path, mode: str, asked: int, written: bool) -> None:
    async with serving(tmp_path, CHANGES, files=False) as door:
        session = await door.session(folder)
        await door.agent.set_session_mode(session_id=session, mode_id=mode)
        await until(lambda: door.editor.of("current_mode_update"))
        await door.ask(session, "mend the late fee")
        assert len(door.editor.permissions) == asked
        assert ("LATE / 100" in (folder / "src" / "fees.py").read_text(encoding="utf-8")) is written


async def test_options_show_what_is_chosen_and_the_engine_has(tmp_path: Path, folder: Path) -> None:
    async with serving(tmp_path, [says("Hello.")]) as door:
        new = await door.agent.new_session(cwd=str(folder), mcp_servers=[])
        session = new.session_id
        assert [(one.id, one.current_value) for one in new.config_options or []] == [
            ("mode", "edit"),
            ("model", "default"),
            ("persona", "agent"),
        ]
        (told,) = await until(lambda: door.editor.of("config_option_update"), "the models")
        models = next(one for one in told.config_options if one.id == "model")
        assert MODEL in [one.value for one in models.options]
        set_to = await door.agent.set_config_option(config_id="mode", session_id=session, value="ask")
        assert set_to.config_options[0].current_value == "ask"
        set_to = await door.agent.set_config_option(config_id="model", session_id=session, value=MODEL)
        assert set_to.config_options[1].current_value == MODEL
        await door.ask(session, "hello")
        for wrong in (("model", "nobody's"), ("mode", "wild"), ("persona", "completer"), ("colour", "red")):
            with pytest.raises(acp.RequestError, match="can't be"):
                await door.agent.set_config_option(config_id=wrong[0], session_id=session, value=wrong[1])


async def test_another_persona_answers_and_the_conversation_goes_on(tmp_path: Path, folder: Path) -> None:
    own = tmp_path / "config" / "postil" / "personas" / "pirate.Modelfile"
    own.parent.mkdir()
    own.write_text('#: role: agent\nFROM x\nSYSTEM """You are a pirate."""\n', encoding="utf-8")
    rules: list[dict[str, Any]] = [
        {**says("Arr."), "match": {"system": "You are a pirate."}},
        says("Hello.", "hello"),
    ]
    async with serving(tmp_path, rules) as door:
        session = await door.session(folder)
        await door.ask(session, "hello")
        await door.agent.set_config_option(config_id="persona", session_id=session, value="pirate")
        await door.ask(session, "and now?")
        assert door.editor.text() == "Hello.Arr."
        # It is read again as it changes.
        own.write_text('#: role: agent\nFROM x\nSYSTEM """You are a cook."""\n', encoding="utf-8")
        await door.ask(session, "and now?")
        assert door.editor.text() == "Hello.Arr.Done."


async def test_commands_are_offered_and_understood(tmp_path: Path, folder: Path) -> None:
    rules = [says("An x.", "Read and explain src/fees.py."), says("A record.", "Write a record")]
    async with serving(tmp_path, rules) as door:
        session = await door.session(folder)
        (told,) = await until(lambda: door.editor.of("available_commands_update"))
        names = [one.name for one in told.available_commands]
        assert names == ["review", "fix", "explain", "undo", "compact", "context"]
        await door.ask(session, "/explain src/fees.py")
        await door.ask(session, "/explain")
        await door.ask(session, "/context")
        await door.ask(session, "word " * 400)
        await door.ask(session, "hello")
        before = len(door.steps())
        await door.ask(session, "/compact")
        assert len(door.steps()) == before + 2
        text = door.editor.text()
        assert "An x." in text and "Say what: /explain" in text
        assert "| Instructions and tools |" in text and "shortened" in text


async def test_in_a_workspace_that_is_not_trusted_only_what_is_shown_is_read(tmp_path: Path, folder: Path) -> None:
    untrust(tmp_path)
    path = folder / "src" / "fees.py"
    secret = folder / "secret.py"
    secret.write_text("CODE = 4711\n", encoding="utf-8")
    rules = [
        says(call("read", path="secret.py"), "read the other", times=1),
        says(call("list"), "list all", times=1),
        says(READ, "what is it", times=1),
        says("It is 7.", "LATE = 7"),
    ]
    editor = Editor(buffers={str(path): FEES, str(secret): "CODE = 4711\n"})
    async with serving(tmp_path, rules, editor) as door:
        session = await door.session(folder)
        for text in ("read the other", "list all"):
            await door.ask(session, text)
        results = [one.content[0].content.text for one in editor.of("tool_call_update") if one.status == "failed"]
        assert len(results) == 2 and all("isn't trusted" in text for text in results)
        assert not editor.read
        link = acp.resource_link_block("fees.py", path.as_uri())
        await door.agent.prompt(session_id=session, prompt=[acp.text_block("what is it in "), link])
        assert editor.text().endswith("It is 7.") and editor.read == [str(path)]


@pytest.mark.parametrize("trusted", [pytest.param(True, marks=pytest.mark.slow), False])
async def test_a_tool_of_an_mcp_server_of_the_editors_is_asked_about_and_called(
    tmp_path: Path, folder: Path, trusted: bool
) -> None:
    if not trusted:
        untrust(tmp_path)
    note = tmp_path / "note"
    given = schema.McpServerStdio(
        name="mine", command=sys.executable, args=[mcp_servers.__file__, "good", str(note)], env=[]
    )
    # There are too many tools for all of them to be shown.
    looks, calls = call("find_tool", what="mine"), call("mine_call", what="five")
    rules = [says(looks, "call it", times=1), says(calls, "mine_call", times=1), says("Five.", "you said five")]
    async with serving(tmp_path, rules) as door:
        session = (await door.agent.new_session(cwd=str(folder), mcp_servers=[given])).session_id
        assert not note.exists(), "it starts when it is first needed"
        await door.ask(session, "call it")
        called = door.editor.calls()[-1]
        assert note.exists() is trusted
        if not trusted:
            assert not door.editor.permissions and door.editor.status(called.tool_call_id) == "failed"
            return
        ((asked, _),) = door.editor.permissions
        text = "".join(one.content.text for one in asked.content or [] if one.type == "content")
        assert "MCP server mine" in text and asked.raw_input == {"what": "five"}
        assert door.editor.status(called.tool_call_id) == "completed" and door.editor.text() == "Five."


def test_servers_of_the_editors_own_are_kept_but_for_those_that_cannot_be_used(folder: Path) -> None:
    pair = schema.EnvVariable(name="A", value="1")
    header = schema.HttpHeader(name="K", value="v")
    git, web = servers_of(
        [
            schema.McpServerStdio(name="git", command="git-mcp", args=["-v"], env=[pair]),
            schema.McpServerStdio(name="git", command="another", args=[], env=[]),
            schema.McpServerStdio(name="bad", command="a\nb", args=[], env=[]),
            schema.McpServerStdio(name="none", command="", args=[], env=[]),
            schema.HttpMcpServer(type="http", name="web", url="https://x.example/mcp", headers=[header]),
            schema.SseMcpServer(type="sse", name="old", url="https://x.example/sse", headers=[]),
            schema.AcpMcpServer(type="acp", name="mine", server_id="1"),
        ],
        folder,
    )
    assert (git.source, git.command, git.args, git.env) == ("client", "git-mcp", ("-v",), (("A", "1"),))
    assert (web.url, web.headers) == ("https://x.example/mcp", (("K", "v"),))


async def test_an_editor_of_ours_sends_the_users_settings_along(tmp_path: Path, folder: Path) -> None:
    rules = [says(READ, "read it"), says("done", "")]
    async with serving(tmp_path, rules, files=False) as door:
        # The control: what isn't settings changes nothing.
        for given, failed in (({"settings": {"trustWorkspace": False}}, True), ({"settings": 7}, False), ("x", False)):
            made = await door.agent.new_session(cwd=str(folder), mcp_servers=[], postil=given)
            await door.ask(made.session_id, "read it")
            assert door.editor.of("tool_call_update")[-1].status == ("failed" if failed else "completed")


async def test_an_undo_gives_back_what_was_not_saved(tmp_path: Path, folder: Path) -> None:
    class Saving(Editor):
        async def write_text_file(self, session_id: str, path: str, content: str, **more: Any) -> None:
            await super().write_text_file(session_id, path, content)
            await asyncio.to_thread(Path(path).write_text, content, encoding="utf-8")

    path = folder / "src" / "fees.py"
    unsaved = FEES + "# an hour of work\n"
    async with serving(tmp_path, CHANGES, Saving(buffers={str(path): unsaved})) as door:
        session = await door.session(folder)
        await door.ask(session, "mend the late fee")
        assert path.read_text(encoding="utf-8") == unsaved.replace("/ 10", "/ 100")
        await door.ask(session, "/undo")
        assert path.read_text(encoding="utf-8") == unsaved
