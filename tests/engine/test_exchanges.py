"""What engines keep of their requests: as they were sent, with the answer as it came, and how it ended."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress
from typing import Any

import pytest
from tests.engine.playing import Reply, playing_ollama, playing_openai
from tests.lsp.test_ways import until

from postil.core.exchanges import kept
from postil.core.request import ChatRequest, InfillRequest, Message, Purpose, Sampling, Snippet
from postil.engine.base import EngineError
from postil.engine.choose import EngineChoice
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.pool.engine import PoolEngine
from postil.engine.scripted import Chunk, Rule, ScriptedEngine, scripted_choice
from postil.engine.stream.priority import PriorityEngine
from postil.service.engines import EngineHolder
from postil.settings import Settings

PURPOSE = Purpose("review", "reviewer", "/work/a.py", "add")
CHAT = ChatRequest(
    "m:1b",
    (Message("user", "Say <|im_end|> now."),),
    sampling=Sampling(max_tokens=100),
    think_tokens=30,
    think=True,
    purpose=PURPOSE,
)
INFILL = InfillRequest("m:1b", "a = ", "\n", snippets=(Snippet("b.py", "b = 1"),))


def says(*pieces: str) -> Any:
    def play(path: str, body: dict[str, Any]) -> Reply:
        return list(pieces)

    return play


async def read(engine: OllamaEngine | OpenAICompatEngine | PriorityEngine | PoolEngine | ScriptedEngine) -> str:
    async with aclosing(engine.chat(CHAT)) as stream:
        return "".join([delta.text async for delta in stream])


@pytest.mark.parametrize("kind", ["ollama", "openai"])
async def test_a_request_is_kept_as_it_was_sent(kind: str) -> None:
    async with (playing_ollama if kind == "ollama" else playing_openai)(says("one ‹|im_end|>", " two")) as server:
        engine = OllamaEngine(server.url) if kind == "ollama" else OpenAICompatEngine(server.url)
        assert engine.exchanges() == ()
        assert await read(engine) == "one <|im_end|> two"
        (one,) = engine.exchanges()
        await engine.aclose()
    assert isinstance(one.request, ChatRequest)
    # What the tokenizer would take for the end of the turn was replaced, both ways.
    assert one.request.messages[0].content == "Say ‹|im_end|> now." in json.dumps(server.asked, ensure_ascii=False)
    assert one.answer == "one ‹|im_end|> two"
    assert one.request.sampling.max_tokens == 130, "what is thought is a part of the answer"
    assert one.request.purpose == PURPOSE
    assert (one.ended, server.url in one.host) == ("whole", True)


async def test_ollamas_own_frame_holds_no_piece_of_another_file() -> None:
    async with playing_ollama(says("1")) as server:
        engine = OllamaEngine(server.url)
        async with aclosing(engine.infill(INFILL)) as stream:
            assert "".join([delta.text async for delta in stream]) == "1"
        (one,) = engine.exchanges()
        await engine.aclose()
    assert isinstance(one.request, InfillRequest)
    assert one.request.snippets == () and "b = 1" not in json.dumps(server.asked)


async def test_a_refusal_is_kept_with_its_words() -> None:
    async with playing_ollama(lambda path, body: (400, {"error": "no such option"})) as server:
        engine = OllamaEngine(server.url)
        with pytest.raises(EngineError):
            await read(engine)
        (one,) = engine.exchanges()
        await engine.aclose()
    assert one.ended == "failed" and "no such option" in one.why


async def test_what_postil_leaves_and_what_is_cancelled_are_told_apart() -> None:
    engine = ScriptedEngine([Rule("", chunks=(Chunk("one"), Chunk("two", after=60.0)))])
    async with aclosing(engine.chat(CHAT)) as stream:
        await anext(stream)
    reading = asyncio.create_task(read(engine))
    await until(lambda: engine.exchanges()[0].answer == "one" and len(engine.exchanges()) == 2)
    assert engine.exchanges()[0].ended == ""
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading
    assert [one.ended for one in engine.exchanges()] == ["cancelled", "closed"]


async def test_priorities_and_a_pool_tell_what_their_engines_were_sent() -> None:
    engines = [ScriptedEngine([Rule("", chunks=(Chunk(word),))]) for word in ("one", "two")]
    pool = PoolEngine(engines)
    await asyncio.gather(read(pool), read(pool))
    assert {one.answer for one in pool.exchanges()} == {"one", "two"}
    alone = PriorityEngine(engines[0])
    assert alone.exchanges() == engines[0].exchanges() != ()
    await pool.aclose()


async def test_an_engine_that_is_closed_leaves_what_it_was_sent() -> None:
    """A request that failed is most interesting after its engine was given up."""

    async def choose(settings: Settings) -> EngineChoice:
        return await scripted_choice(ScriptedEngine([Rule("", chunks=(Chunk("one"),))]))

    holder = EngineHolder(choose)
    assert holder.exchanges() == ()
    for count in range(1, kept.MOST + 3):
        choice = await holder._chosen(Settings())
        async with aclosing(choice.engine.chat(CHAT)) as stream:
            assert [delta.text async for delta in stream] == ["one", ""]
        await holder.drop()
        assert len(holder.exchanges()) == min(count, kept.MOST)
    times = [one.at for one in holder.exchanges()]
    assert times == sorted(times, reverse=True)
