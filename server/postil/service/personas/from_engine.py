"""A model of Ollama's as a persona: made with `ollama create`, with no file of ours."""

from __future__ import annotations

from dataclasses import replace

from postil.core.modelfile.shown import Shown, persona_text
from postil.core.persona.persona import Persona, from_modelfile
from postil.engine.base import EngineRefused
from postil.settings import Settings


async def engine_persona(settings: Settings, name: str, model: str) -> Persona:
    """The persona called `name` that Ollama's `model` is, by `/api/show`. Its TEMPLATE is applied by Ollama itself.
    Raises an EngineError, EngineRefused for a model that no Modelfile can tell of."""
    from postil.engine.ollama.admin import OllamaAdmin

    admin = OllamaAdmin(settings.ollama.host, allow_http=settings.ollama.allow_http)
    try:
        shown = await admin.show(model)
    finally:
        await admin.aclose()
    text, _ = persona_text(Shown(model, shown.modelfile or "", shown.system or "", shown.template or ""))
    persona, problems = from_modelfile(name, text)
    if persona is None:
        raise EngineRefused(f"{model} can't be a persona: {problems[0].message if problems else 'it has no FROM'}")
    return replace(persona, model=model, role="review")
