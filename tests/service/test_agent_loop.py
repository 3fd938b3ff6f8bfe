"""The loop of a conversation: calls, their results, limits, circles, what ends it, and that nothing is left running."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.service.talking import Model, User, ended, hear, shown, talk

from postil.core.agent.events import CallEnded, CallStarted, Compacted, ContextUsed, Notice, Said
from postil.core.agent.permission import Answer, PermissionRequest
from postil.core.agent.tool import ToolCall
from postil.core.agent.turns import Answered, Asked, Result, Summary
from postil.engine.base import EngineRefused, EngineUnavailable
from postil.service.agent.conversation import Limits


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    place = tmp_path / "shop"
    (place / "src").mkdir(parents=True)
    (place / "src" / "fees.py").write_text("LATE = 7\n\n\ndef late(x):\n    return x * LATE / 10\n", encoding="utf-8")
    (place / "notes.md").write_text("".join(f"line {number}\n" for number in range(1, 2000)), encoding="utf-8")
    return place


def call(name: str, **arguments: object) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


READ = call("read", path="src/fees.py")
EDIT = "src/fees.py\n<<<<<<< SEARCH\n    return x * LATE / 10\n=======\n    return x * LATE / 100\n>>>>>>> REPLACE\n"


async def test_an_answer_without_calls_ends_the_turn(folder: Path) -> None:
    events = await hear(talk(folder, Model(["Hello."])))
    assert shown(events) == "Hello." and ended(events).reason == "done"


async def test_a_call_is_made_and_its_result_comes_back(folder: Path) -> None:
    model = Model([f"I look.\n{READ}", "It is 7."])
    events = await hear(talk(folder, model))
    assert shown(events) == "I look.\nIt is 7."
    (started,) = [event for event in events if isinstance(event, CallStarted)]
    assert started.title == "Read src/fees.py"
    assert "LATE = 7" in model.requests[1].messages[-1].content


async def test_the_prompt_stays_the_same_up_to_what_is_new(folder: Path) -> None:
    """An engine's cache holds as far as two prompts agree."""
    model = Model([READ, call("find", text="late"), "Done."])
    conversation = talk(folder, model)
    await hear(conversation)
    await hear(conversation, "And now?")
    texts = ["\0".join(f"{one.role}:{one.content}" for one in request.messages) for request in model.requests]
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))


async def test_native_calls_go_both_ways(folder: Path) -> None:
    model = Model([ToolCall("x1", "read", '{"path": "src/fees.py"}'), "It is 7."])
    events = await hear(talk(folder, model, form="native"))
    assert shown(events) == "It is 7."
    assert {one.name for one in model.requests[0].tools} >= {"read", "find", "check"}
    assistant, result = model.requests[1].messages[-2:]
    assert assistant.calls[0].name == "read" and result.role == "tool" and "LATE = 7" in result.content
    assert result.answers == assistant.calls[0]


async def test_a_model_without_tools_in_its_template_is_asked_in_words(folder: Path) -> None:
    model = Model([EngineRefused("m does not support tools", 400), READ, "It is 7."])
    events = await hear(talk(folder, model, form="native"))
    assert ended(events).reason == "done" and shown(events) == "It is 7."
    assert not model.requests[1].tools and "read(path: text" in model.requests[1].messages[0].content


async def test_late_constrains_the_call_alone(folder: Path) -> None:
    model = Model(["I look. <tool_call>", '{"name": "read", "arguments": {"path": "src/fees.py"}}', "It is 7."])
    events = await hear(talk(folder, model, form="late"))
    assert shown(events) == "I look. It is 7."
    free, late, _ = model.requests
    assert free.json_schema is None and late.json_schema is not None and late.prefill.endswith("<tool_call>\n")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (call("teleport", to="x"), "There is no tool called teleport"),
        (call("read", file="x"), "read(path: text, from_line?: number, to_line?: number)"),
        (call("read", path="nowhere.py"), "there is no file nowhere.py"),
        (call("read", path="../../etc/passwd"), "outside of the workspace"),
        (call("read", path="src"), "is a folder"),
        (call("calculate", expression="__import__('os')"), "only numbers"),
    ],
)
async def test_a_call_that_cannot_be_made_is_told_and_the_turn_goes_on(folder: Path, said: str, told: str) -> None:
    model = Model([said, "Sorry."])
    events = await hear(talk(folder, model))
    (made,) = [event for event in events if isinstance(event, CallEnded)]
    assert made.failed and told in made.text and told in model.requests[1].messages[-1].content
    assert ended(events).reason == "done"


async def test_a_model_that_goes_round_in_circles_is_told_loses_the_tool_and_is_stopped(folder: Path) -> None:
    model = Model(last=READ)
    events = await hear(talk(folder, model))
    assert ended(events).reason == "loop" and "read" in ended(events).why
    assert len(model.requests) < 12
    seen = [request.messages[-1].content for request in model.requests]
    assert any("with this result" in text for text in seen) and any("can't be used any more" in text for text in seen)


async def test_a_model_that_calls_what_is_not_there_for_ever_is_stopped(folder: Path) -> None:
    class Inventive(Model):
        def chat(self, request):  # type: ignore[no-untyped-def]
            self.says = [call(f"tool_{len(self.requests)}")]
            return super().chat(request)

    events = await hear(talk(folder, Inventive()))
    assert ended(events).reason == "loop"


async def test_the_last_step_is_an_answer(folder: Path) -> None:
    model = Model([call("read", path="notes.md", from_line=at) for at in (1, 2, 3)], last="Enough.")
    events = await hear(talk(folder, model, limits=Limits(steps=3)))
    assert "No more tools" in model.requests[-1].messages[-1].content
    assert ended(events).reason in ("done", "limit") and len(model.requests) == 3


async def test_a_result_is_cut_to_its_share(folder: Path) -> None:
    model = Model([call("read", path="notes.md"), "Long."])
    conversation = talk(folder, model, num_ctx=2048)
    await hear(conversation)
    result = next(turn for turn in conversation.turns if isinstance(turn, Result))
    assert "go on with from_line=" in result.text and len(result.text) < 2048 * 0.15 * 4 + 200


async def test_an_edit_is_asked_about_shown_and_made(folder: Path) -> None:
    user = User()
    events = await hear(talk(folder, Model([EDIT, "Done."]), user))
    assert (folder / "src" / "fees.py").read_text().endswith("return x * LATE / 100\n")
    (asked,) = user.asked
    assert asked.kind == "edit" and asked.changes[0].after.endswith("/ 100\n")
    (made,) = [event for event in events if isinstance(event, CallEnded)]
    assert not made.failed and made.changes == asked.changes


async def test_an_edit_that_is_refused_changes_nothing(folder: Path) -> None:
    before = (folder / "src" / "fees.py").read_bytes()
    model = Model([EDIT, "All right."])
    await hear(talk(folder, model, User("no")))
    assert (folder / "src" / "fees.py").read_bytes() == before
    assert "said no" in model.requests[1].messages[-1].content


async def test_a_file_that_changed_while_the_user_was_asked_is_not_written(folder: Path) -> None:
    path = folder / "src" / "fees.py"

    class Slow(User):
        async def ask(self, request: PermissionRequest) -> Answer:
            path.write_text("LATE = 8\n", encoding="utf-8")
            return "once"

    events = await hear(talk(folder, Model([EDIT, "Oh."]), Slow()))
    assert path.read_text() == "LATE = 8\n"
    assert any(isinstance(event, CallEnded) and "changed meanwhile" in event.text for event in events)


async def test_unsaved_text_is_read_and_written_through_the_editor(folder: Path) -> None:
    path = (folder / "src" / "fees.py").resolve()
    user = User(buffers={path: "LATE = 9\n\n\ndef late(x):\n    return x * LATE / 10\n"})
    model = Model([READ, EDIT, "Done."])
    await hear(talk(folder, model, user))
    assert "LATE = 9" in model.requests[1].messages[-1].content
    assert set(user.written) == {path} and user.buffers[path].startswith("LATE = 9") and "/ 100" in user.buffers[path]


async def test_an_edit_after_which_the_file_is_broken_is_refused_unasked(folder: Path) -> None:
    user = User()
    broken = EDIT.replace("LATE / 100", "LATE / ((")
    await hear(talk(folder, Model([broken, "Oh."]), user))
    assert not user.asked and "/ 10\n" in (folder / "src" / "fees.py").read_text()


async def test_an_untrusted_workspace_is_read_only_where_it_is_open(folder: Path) -> None:
    path = (folder / "src" / "fees.py").resolve()
    model = Model([call("read", path="notes.md"), call("list"), call("check"), EDIT, READ, "Done."])
    user = User(buffers={path: "OPEN = 1\n"})
    events = await hear(talk(folder, model, user, trusted=False))
    made = [event for event in events if isinstance(event, CallEnded)]
    assert [event.failed for event in made] == [True, True, True, True, False]
    assert "OPEN = 1" in made[-1].text and not user.asked
    assert "notes.md" not in model.requests[0].messages[-1].content, "no list of files is shown to the model"


async def test_an_engine_that_fails_ends_the_turn_with_its_sentence(folder: Path) -> None:
    conversation = talk(folder, Model([EngineUnavailable("Nobody answers: start Ollama.")]))
    events = await hear(conversation)
    assert (ended(events).reason, ended(events).why) == ("failed", "Nobody answers: start Ollama.")
    assert shown(await hear(conversation, "Again.")) == "That is all.", "the conversation goes on"


async def test_closing_it_while_the_model_writes_leaves_nothing_running(folder: Path) -> None:
    model = Model(["A long answer that is never finished."])
    model.hold = asyncio.Event()
    conversation = talk(folder, model)
    async with aclosing(conversation.prompt("Go.")) as events:
        async for event in events:
            if isinstance(event, Said):
                break
    assert model.open == 0 and not conversation.busy
    assert isinstance(conversation.turns[-1], Answered) and conversation.turns[-1].text == "A long "


async def test_closing_it_while_a_tool_works_leaves_a_result_for_each_call(folder: Path) -> None:
    entered = asyncio.Event()

    class Waiting(User):
        async def ask(self, request: PermissionRequest) -> Answer:
            entered.set()
            await asyncio.Event().wait()
            return "once"

    conversation = talk(folder, Model([EDIT]), Waiting())
    task = asyncio.ensure_future(hear(conversation))
    await asyncio.wait_for(entered.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    calls = [one.id for turn in conversation.turns if isinstance(turn, Answered) for one in turn.calls]
    assert calls and calls == [turn.call.id for turn in conversation.turns if isinstance(turn, Result)]
    assert "/ 10\n" in (folder / "src" / "fees.py").read_text()
    assert shown(await hear(conversation, "Go on.")) == "That is all."


async def test_a_user_who_cancels_instead_of_answering_ends_the_turn(folder: Path) -> None:
    events = await hear(talk(folder, Model([EDIT]), User("cancelled")))
    assert ended(events).reason == "cancelled"


async def test_a_second_prompt_waits_for_nobody(folder: Path) -> None:
    model = Model(["Long."])
    model.hold = asyncio.Event()
    conversation = talk(folder, model)
    first = asyncio.ensure_future(hear(conversation))
    await asyncio.wait_for(model.started.wait(), 10)
    assert ended(await hear(conversation, "Me, too.")).reason == "failed"
    model.hold.set()
    assert ended(await first).reason == "done"


async def test_old_results_become_a_line_before_the_window_is_full(folder: Path) -> None:
    says = [call("read", path="notes.md", from_line=at) for at in range(1, 1200, 100)]
    model = Model(says, "Read.")
    conversation = talk(folder, model, num_ctx=4096)
    events = await hear(conversation)
    compacted = [event for event in events if isinstance(event, Compacted)]
    assert compacted and all(event.after <= 0.6 * event.before for event in compacted), "each pays"
    assert any(isinstance(turn, Result) and turn.pruned for turn in conversation.turns)
    assert all(sum(len(one.content) for one in request.messages) / 3 < 4096 for request in model.requests)
    assert ended(events).reason == "done"


async def test_a_long_talk_is_replaced_by_a_record(folder: Path) -> None:
    model = Model(last="word " * 300)
    model.says = []
    conversation = talk(folder, model, num_ctx=4096)
    records = 0
    for number in range(12):
        if conversation.turns and any(isinstance(turn, Summary) for turn in conversation.turns):
            records += 1
        model.last = "word " * 300
        events = await hear(conversation, f"Question {number}: {'and so on ' * 30}")
        assert ended(events).reason == "done"
        assert all(event.used < 4096 for event in events if isinstance(event, ContextUsed))
    assert records
    (summary,) = [turn for turn in conversation.turns if isinstance(turn, Summary)]
    assert "Question 0" in summary.text, "what the user wanted is taken from the turns"
    # The user's latest words are never left out.
    assert any(isinstance(turn, Asked) and turn.text.startswith("Question 11") for turn in conversation.turns)


async def test_what_can_never_fit_is_said_and_not_sent(folder: Path) -> None:
    model = Model()
    events = await hear(talk(folder, model, num_ctx=2048), "x y " * 4000)
    assert ended(events).reason == "overflow" and "num_ctx" in ended(events).why and not model.requests


async def test_an_engine_that_left_out_a_part_of_the_prompt_is_noticed(folder: Path) -> None:
    model = Model(["It is fine."])
    model.tokens = lambda request: 20
    events = await hear(talk(folder, model), "Look at this: " + "word " * 400)
    assert ended(events).reason == "overflow" and "left out" in ended(events).why


async def test_an_empty_answer_is_said(folder: Path) -> None:
    events = await hear(talk(folder, Model([""])))
    assert any(isinstance(event, Notice) for event in events) and ended(events).reason == "done"


def chooses(tool: str) -> str:
    return json.dumps({"tool": tool})


def fills(name: str, /, **arguments: object) -> str:
    return json.dumps({"name": name, "arguments": arguments})


async def test_a_model_that_is_led_names_a_tool_fills_it_in_and_answers(folder: Path) -> None:
    model = Model([chooses("read"), fills("read", path="src/fees.py"), "It is 7."])
    events = await hear(talk(folder, model, harness=True), "Read src/fees.py: what is LATE?")
    assert shown(events) == "It is 7." and all(request.json_schema for request in model.requests[:2])
    assert model.requests[2].json_schema is None and "Question: " in model.requests[2].messages[-1].content


async def test_a_led_edit_reads_the_file_first_and_goes_on_with_the_next_step(folder: Path) -> None:
    (folder / "postil.toml").write_text("", encoding="utf-8")
    block = EDIT.replace("src/fees.py", "path/of/file")
    says = [
        chooses("edit"),
        fills("read", path="src/fees.py"),
        block,
        chooses("calculate"),
        fills("calculate", expression="1+1"),
    ]
    model = Model([*says, "All done."])
    conversation = talk(folder, model, harness=True)
    events = await hear(conversation, "Divide by 100 in src/fees.py, then calculate 1+1")
    made = [event for event in events if isinstance(event, CallEnded)]
    assert [event.call.name for event in made] == ["read", "edit", "calculate"]
    assert "/ 100" in (folder / "src" / "fees.py").read_text() and shown(events).endswith("All done.")


async def test_a_led_model_is_asked_for_what_nobody_has_named(folder: Path) -> None:
    model = Model([chooses("read"), fills("read", path="notes.md")])
    events = await hear(talk(folder, model, harness=True), "Read me the file.")
    assert shown(events) == "Which file do you mean?" and not any(isinstance(event, CallStarted) for event in events)


async def test_where_a_lookup_finds_nothing_the_question_is_searched_for(folder: Path) -> None:
    model = Model([chooses("symbol"), fills("symbol", name="late_fee")], "It is 7.")
    events = await hear(talk(folder, model, harness=True), "What does late do?")
    names = [event.call.name for event in events if isinstance(event, CallEnded)]
    assert names == ["symbol", "search"] and "return x * LATE" in model.requests[-1].messages[-1].content
