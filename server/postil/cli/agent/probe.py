"""`postil models probe`: in which form a model calls tools, asked of the model itself."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from postil.cli.running import print_json, run, say
from postil.cli.user_personas import personas_here
from postil.cli.user_settings import checked_settings
from postil.core.models.thinking import NO_REASONING
from postil.service.agent.open import PERSONA
from postil.service.agent.steps.model import AgentModel
from postil.service.agent.steps.probe import Asking, Probed, keep, probe
from postil.service.agent.toolbox import all_specs
from postil.service.engines import EngineHolder
from postil.service.review.cache import ReviewCache
from postil.service.review.context import reasoning_of


def probe_model(
    name: Annotated[str | None, typer.Argument(help="Default: the model of conversations.", show_default=False)] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="auto, ollama, openai or embedded.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find out in which form a model calls tools, and whether it can decide about its steps. It takes a minute or two.

    The result is kept, for these weights on this engine, and used by `postil ask`, `postil agent` and `postil acp`.
    Nothing that the model calls is run.
    """

    async def work() -> None:
        flags = {"engine": engine, "model.review": name}
        settings = checked_settings(
            Path.cwd(), {key: value for key, value in flags.items() if value is not None}
        ).settings
        persona = personas_here(settings, Path.cwd()).personas[PERSONA]
        holder = EngineHolder()
        try:
            context = await holder.context(settings, persona, ReviewCache())
            facts = context.facts or await context.engine.facts()
            info = await context.engine.describe(facts.model(context.model))
            load = persona.load_options(settings.num_ctx)
            thinks = reasoning_of(info.abilities, persona, settings)
            model = AgentModel(context.engine, context.model, persona, load, reasoning=thinks or NO_REASONING)
            console = Console(stderr=True, highlight=False, markup=False, emoji=False)
            found: Probed | None = None
            rows: list[Asking] = []
            with console.status(f"asking {context.model}") as status:
                async with aclosing(probe(model, all_specs())) as steps:
                    async for step in steps:
                        if isinstance(step, Probed):
                            found = step
                        else:
                            rows.append(step)
                            status.update(f"{step.form}: {step.question}: {step.why or 'right'}")
            assert found is not None
            try:
                keep(facts, info, found)
            except OSError as error:
                say(f"the result can't be kept: {error.strerror or error}")
            _print(context.model, found, rows, as_json=as_json)
        finally:
            await holder.drop()

    run(work, "stopped: nothing was kept")


def _print(model: str, found: Probed, rows: list[Asking], *, as_json: bool) -> None:
    if as_json:
        asked = [{"form": one.form, "question": one.question, "wrong": one.why} for one in rows]
        print_json({"model": model, "form": found.form, "driver": found.driver, "asked": asked})
        return
    for form in dict.fromkeys(one.form for one in rows):
        wrong = [f"{one.question}: {one.why}" for one in rows if one.form == form and one.why]
        right = sum(1 for one in rows if one.form == form and not one.why)
        print(f"{form}: {right} of {found.asked}" + "".join(f"\n    {one}" for one in wrong))
    steps = "decides about its steps itself" if found.driver == "free" else "is led by Postil"
    print(f"{model} calls tools in the form {found.form}, and {steps}.")
