"""The vectors of an index in the terminal: made with progress, and asked with a question."""

from __future__ import annotations

from array import array
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

from rich.console import Console

from postil.cli.running import say
from postil.core.models.catalogue import catalogue
from postil.engine.base import EngineError, ModelMissing
from postil.engine.choose import choose_engine
from postil.engine.picking.embedder import embedder
from postil.service.context.embedding.fill import Filled, fill
from postil.service.context.embedding.model import EmbeddingModel
from postil.service.context.index.place import IndexPlace
from postil.service.context.index.store import Store
from postil.service.context.index.vectors import counted, embedder_of
from postil.settings import Settings


@asynccontextmanager
async def _model(settings: Settings, wanted: str) -> AsyncGenerator[EmbeddingModel]:
    """The model called `wanted`, else one that is there. Raises ModelMissing with the next step, or another
    EngineError."""
    choice = await choose_engine(settings)
    try:
        found = await embedder(choice, wanted)
        if found is None:
            name = wanted or catalogue().default("embed").name
            where = "is not here" if wanted else "would do, no model that embeds is here"
            raise ModelMissing(f"{name} {where}: `postil models pull {name}` fetches it", name)
        place, info = found
        yield EmbeddingModel(place.engine, info)
    finally:
        await choice.aclose()


async def make_vectors(place: IndexPlace, settings: Settings, *, asked: bool) -> None:
    """With the model of the settings, else with one that is there. `asked`: without a model it is an error. Raises an
    EngineError and IndexTrouble."""
    try:
        async with _model(settings, settings.model.embedding or "") as model:
            await _filled(place, model)
    except EngineError as error:
        if asked:
            raise
        say(f"no vectors: {error}")


async def _filled(place: IndexPlace, model: EmbeddingModel) -> None:
    step = Filled()
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with console.status(f"vectors by {model.info.name}") as status:
        async with aclosing(fill(place, model)) as steps:
            async for step in steps:
                waits = "waiting for another process that does the same"
                status.update(waits if step.waiting else f"{step.there:,} of {step.chunks:,} vectors")
    say(f"{step.made:,} vectors by {model.info.name}, {step.there:,} of {step.chunks:,} chunks have one")


async def question_vector(store: Store, settings: Settings, question: str) -> array[float] | None:
    """The question's vector, by the model of the index's vectors. None where there are none or the model isn't there:
    then it says so."""
    made_by = embedder_of(store)
    if made_by is None or not counted(store):
        say("found by words alone: `postil index --vectors` lets it find by meaning, too")
        return None
    try:
        async with _model(settings, made_by.model) as model:
            if model.embedder != made_by:
                say(f"found by words alone: the vectors are of another {made_by.model}: `postil index --vectors`")
                return None
            return await model.of_question(question)
    except EngineError as error:
        say(f"found by words alone: {error}")
        return None
