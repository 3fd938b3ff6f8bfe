"""Personas as tables for people and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from rich.console import Console
from rich.table import Table

from postil.core.persona.persona import Persona
from postil.core.text.plain import one_line
from postil.engine.json_values import JsonObject, object_in
from postil.service.models.warm_up import is_on
from postil.service.personas.admin import PersonaRow, persona_rows
from postil.service.personas.load import PersonaFile, PersonaSet
from postil.settings import Settings


def list_json(settings: Settings, personas: PersonaSet) -> list[JsonObject]:
    """By name."""
    return [asdict(row) for row in _rows(settings, personas)]


def _rows(settings: Settings, personas: PersonaSet) -> list[PersonaRow]:
    return persona_rows(personas, lambda persona: is_on(settings, persona))


def print_list(settings: Settings, personas: PersonaSet) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("persona", "role", "on", "model", "from", "title"):
        table.add_column(heading, no_wrap=heading == "persona")
    for row in _rows(settings, personas):
        texts = (row.name, row.role, "yes" if row.enabled else "no", row.model, row.origin, row.title)
        table.add_row(*(one_line(text) for text in texts))
    Console(highlight=False, markup=False, emoji=False).print(table)


def show_json(settings: Settings, persona: Persona, file: PersonaFile) -> JsonObject:
    """The effective settings of a persona, without its text."""
    facts: JsonObject = {**asdict(persona), "load": asdict(persona.load_options(settings.num_ctx))}
    for text in ("system", "template", "messages", "num_ctx"):
        facts.pop(text)
    facts["severity"] = "..".join(severity.name.lower() for severity in persona.severity)
    plain_facts = {key: _plain(value) for key, value in facts.items()}
    return {"origin": file.origin, "path": str(file.path), **plain_facts, "digest": persona.digest}


def _plain(value: object) -> object:
    nested = object_in(value)
    if nested is not None:
        return {key: inner for key, inner in nested.items() if inner not in (None, (), [])}
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
