"""The engine of a session, and what a completion gets of it."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from tests.engine.playing import Reply, playing_ollama

from postil.core.models.told import OLLAMA
from postil.core.persona.persona import from_modelfile
from postil.core.syntax.split import plan
from postil.engine.base import EngineFacts, EngineRefused, ModelInfo, ModelMissing
from postil.engine.choose import EngineChoice
from postil.engine.described import described
from postil.engine.scripted import ScriptedEngine
from postil.service.engines import EngineHolder
from postil.service.review.cache import ReviewCache
from postil.service.review.fallback import Fallback
from postil.service.review.units import review_units
from postil.settings import ModelSettings, OllamaSettings, ReviewSettings, Settings

SMALL, LARGE = "qwen2.5-coder:0.5b", "qwen2.5-coder:1.5b"


def persona(role: str, model: str, *lines: str):
    found, problems = from_modelfile(role, "\n".join([f"#: role: {role}", f"FROM {model}", *lines]))
    assert found is not None, problems
    return found


def holder(*models: ModelInfo, infill: bool = True) -> EngineHolder:
    facts = EngineFacts("ollama", "here", tuple(described(model, OLLAMA) for model in models))

    async def choose(settings: Settings) -> EngineChoice:
        engine = ScriptedEngine([])
        engine.traits = replace(engine.traits, suffix=infill)
        return EngineChoice(engine, facts, "a test")

    return EngineHolder(choose)


BOTH = (ModelInfo(SMALL), ModelInfo(LARGE))


async def test_the_models_own_words_never_belong_to_an_answer() -> None:
    context = await holder(*BOTH).completion(Settings(), persona("complete", SMALL), None)
    assert context.model == SMALL
    assert "<|fim_middle|>" in context.specials and "<|file_sep|>" in context.specials


async def test_review_and_completion_of_one_model_load_it_alike() -> None:
    reviewer = persona("review", LARGE, "PARAMETER num_ctx 4096", "PARAMETER num_gpu 3")
    completer = persona("complete", LARGE, "PARAMETER num_ctx 2048")
    alike = await holder(*BOTH).completion(Settings(), completer, reviewer)
    assert alike.load == reviewer.load_options(8192)
    other = await holder(*BOTH).completion(Settings(), replace(completer, model=SMALL), reviewer)
    assert other.load.num_ctx == 2048
    alone = await holder(ModelInfo(LARGE)).completion(Settings(), completer, replace(reviewer, model="gone:1b"))
    assert alone.load == reviewer.load_options(8192), "the reviewer falls back to the same model"


async def test_a_model_without_infill_is_refused_with_those_that_have_it() -> None:
    models = (ModelInfo("chatty:7b", capabilities=("completion",)), ModelInfo(SMALL))
    settings = Settings(model=ModelSettings(completion="chatty:7b"))
    with pytest.raises(
        EngineRefused, match=r"chatty:7b has no fill-in-the-middle .* model\.completion .*: qwen2.5-coder:0.5b\."
    ):
        await holder(*models).completion(settings, persona("complete", SMALL), None)
    with pytest.raises(EngineRefused, match=LARGE):
        await holder(*BOTH, infill=False).completion(Settings(), persona("complete", SMALL), None)


async def test_a_missing_model_is_said_with_the_command_that_gets_it() -> None:
    settings = Settings(model=ModelSettings(completion="other:1b"))
    with pytest.raises(ModelMissing, match="postil models pull other:1b"):
        await holder(*BOTH).completion(settings, persona("complete", SMALL), None)


async def test_a_request_that_fails_late_leaves_the_engine_that_was_chosen_since_alone() -> None:
    """Three reviews failed together; the save behind them lost its engine to the third's failure."""
    engines = holder(*BOTH)
    first = await engines.completion(Settings(), persona("complete", SMALL), None)
    await engines.failed(first.engine)
    second = await engines.completion(Settings(), persona("complete", SMALL), None)
    assert second.engine is not first.engine
    await engines.failed(first.engine)
    assert (await engines.completion(Settings(), persona("complete", SMALL), None)).engine is second.engine


async def test_choosing_costs_two_requests_to_ollama_before_the_first_review() -> None:
    def play(path: str, body: dict[str, Any]) -> Reply:
        if path == "/api/tags":
            return 200, {"models": [{"model": "qwen2.5-coder:1.5b", "digest": "two", "details": {"family": "qwen2"}}]}
        if path == "/api/show":
            return 200, {"capabilities": ["completion", "insert"], "model_info": {"general.architecture": "qwen2"}}
        return ["```python\n", "def one():\n    return 1\n", "```"]

    async with playing_ollama(play) as played:
        # Without a threshold nothing is scored, whatever it answers.
        review = ReviewSettings(min_score=0)
        settings = Settings(engine="ollama", ollama=OllamaSettings(host=played.url), review=review)
        engines = EngineHolder()
        for _ in range(2):
            context = await engines.context(settings, persona("review", "qwen2.5-coder:1.5b"), ReviewCache())
            units = plan("def one():\n    return 1\n\n\ndef two():\n    return 2\n", "python")
            async with aclosing(review_units(context, units, Fallback(), print)) as events:
                async for _ in events:
                    pass
        await engines.drop()
    paths = [path for path, _ in played.asked]
    assert paths[:2] == ["/api/tags", "/api/show"] and paths[2] == "/api/chat"
    assert sorted(set(paths)) == ["/api/chat", "/api/show", "/api/tags"]
    assert (paths.count("/api/tags"), paths.count("/api/show")) == (1, 1)


async def test_ghost_text_of_a_model_that_only_its_details_show_to_fill_in() -> None:
    def play(path: str, body: dict[str, Any]) -> Reply:
        if path == "/api/tags":
            return 200, {"models": [{"model": "mine:1b", "digest": "ghost"}]}
        return 200, {"capabilities": ["completion", "insert"], "model_info": {"general.architecture": "llama"}}

    async with playing_ollama(play) as played:
        settings = Settings(
            engine="ollama", ollama=OllamaSettings(host=played.url), model=ModelSettings(completion="mine:1b")
        )
        engines = EngineHolder()
        context = await engines.completion(settings, persona("complete", "mine:1b"), None)
        await engines.drop()
    assert (context.model, context.fim, context.profile.name) == ("mine:1b", None, "unmeasured")
