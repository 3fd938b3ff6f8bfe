"""The adapter of `bench.agent` opens the product's own conversation, and counts its requests."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from bench.agent.runner import How, done
from bench.agent.score import Record
from bench.agent.subject import NUM_CTX, Subject, Talk, settings_for
from bench.agent.tasks import TASKS, load

from postil.engine.choose import EngineChoice
from postil.engine.scripted import Chunk, Rule, ScriptedEngine, scripted_choice
from postil.service.agent.door import Door
from postil.settings import Settings

HOW = How("qwen2.5-coder:1.5b", "prompted", "free", seconds=30)


def record(name: str, *rules: Rule) -> Record:
    """Of a task whose model plays a script."""

    def opened(
        folder: Path,
        model: str,
        form: str,
        driver: str,
        engine: str,
        door: Door,
        *,
        num_ctx: int = NUM_CTX,
        memory: bool = True,
    ) -> Subject:
        del memory
        script = ScriptedEngine(list(rules))

        async def choose(settings: Settings) -> EngineChoice:
            del settings
            return await scripted_choice(script)

        settings = settings_for(folder, model, engine, num_ctx)
        return Talk(folder, settings, form, driver, door, choose)

    kind, _, folder = name.partition("/")
    return asyncio.run(done(load(kind, TASKS / kind / folder), HOW, opened))


def says(text: str, times: int | None = None) -> Rule:
    return Rule("", "agent", chunks=(Chunk(text),), times=times)


def call(name: str, **arguments: object) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


def test_a_question_is_read_up_and_answered() -> None:
    found = record(
        "questions/ferry_late",
        says(call("read", path="ferry/boarding.py"), times=1),
        says("It is `after_gate_surcharge`."),
    )
    assert found.solved, (found.why, found.ended_why)
    assert [(one.name, one.valid, one.failed) for one in found.calls] == [("read", True, False)]
    assert (found.ended, found.raw, found.steps) == ("done", 0, 2)


def test_an_edit_is_allowed_and_mends() -> None:
    block = (
        "seats.py\n<<<<<<< SEARCH\n    return row * width + seat\n=======\n    return row * width + seat - 1\n"
        ">>>>>>> REPLACE\n"
    )
    found = record("mend/seat_rows", says(block, times=1), says("Mended."))
    assert found.solved, (found.why, found.ended_why, found.said)
    assert not record("mend/seat_rows", says("Mended.")).solved


def test_a_tool_that_is_not_there_is_a_false_call() -> None:
    found = record("tools/none_hello", says(call("teleport", to="x"), times=1), says("Hello!"))
    assert [(one.name, one.valid, one.false) for one in found.calls] == [("teleport", False, True)]
    assert not found.solved and found.raw == 0
