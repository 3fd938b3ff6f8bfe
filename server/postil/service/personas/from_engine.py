"""A model in Ollama (usually made with `ollama create`) as a persona that has no file."""

from __future__ import annotations

from dataclasses import replace

from postil.core.modelfile.shown import Shown, persona_text
from postil.core.persona.persona import Persona, from_modelfile
from postil.engine.base import EngineRefused
from postil.engine.ollama.admin import admin_of
from postil.settings import Settings


async def engine_persona(settings: Settings, name: str, model: str) -> Persona:
    """Ollama's `model` as a persona called `name`, from `/api/show`. Ollama applies the model's TEMPLATE itself. Raises
    EngineError; EngineRefused for a model that no Modelfile can describe."""
    admin = admin_of(settings)
    try:
        shown = await admin.show(model)
    finally:
        await admin.aclose()
    text, _ = persona_text(Shown(model, shown.modelfile or "", shown.system or "", shown.template or ""))
    persona, problems = from_modelfile(name, text)
    if persona is None:
        raise EngineRefused(f"{model} can't be a persona: {problems[0].message if problems else 'it has no FROM'}")
    return replace(persona, model=model, role="review")
