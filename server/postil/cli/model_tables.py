"""Models as tables for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import cast

import msgspec
from rich.console import Console
from rich.table import Table

from postil.core.models.abilities import Abilities, Origin
from postil.core.models.catalogue import Model
from postil.core.models.recognise import recognised, same_weights
from postil.core.text.plain import one_line, plain
from postil.engine.base import ModelInfo
from postil.engine.json_values import JsonObject, object_in
from postil.engine.ollama.admin import LoadedModel
from postil.service.models.stores import ModelFacts, ModelRow, ModelStore

_ORIGINS: dict[Origin, str] = {
    "settings": "your models.toml",
    "engine": "the engine says so",
    "probe": "it was tried",
    "family": "its family",
    "default": "nothing is known",
}

# Ollama's "for ever" is some hundred years.
_FOR_EVER = timedelta(days=365)


def size_text(size: int | None) -> str:
    """Decimal units, as disks and downloads are sold."""
    if size is None:
        return "-"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _listed(model: ModelInfo) -> Model | None:
    """The catalogue's model of these weights, in the quantisation whose memory it tells."""
    told = (model.parameters, model.size, model.quantization)
    known = recognised(model.name, *told)
    return known if known is not None and same_weights(known.name, model.name, *told) else None


def abilities_json(abilities: Abilities) -> JsonObject:
    """Each ability: its value, where that comes from, and how it is known."""
    return asdict(abilities)


def print_abilities(abilities: Abilities, indent: str = "") -> None:
    for name, value, origin, how in abilities.rows():
        known = f"{_ORIGINS[origin]}: {one_line(how)}" if how else _ORIGINS[origin]
        print(f"{indent}{name:<10}{value:<9}{known}")


def model_json(model: ModelInfo) -> JsonObject:
    """What is known of an engine's model."""
    told = {field.name: getattr(model, field.name) for field in fields(model)}
    told["abilities"] = abilities_json(model.abilities)
    told["fim"] = msgspec.to_builtins(model.fim)
    return {key: value for key, value in told.items() if value not in (None, "")}


def list_json(store: ModelStore, rows: Sequence[ModelRow]) -> JsonObject:
    """A store with its models. `here`: it can be used at once; `loaded`: only for models in memory."""
    entries: list[JsonObject] = []
    for row in rows:
        known = _listed(row.model)
        facts = model_json(row.model)
        if known is not None:
            facts |= {"roles": known.roles, "licence": known.licence, "memory": known.memory}
        if row.loaded is not None:
            facts["loaded"] = {key: value for key, value in asdict(row.loaded).items() if key != "name"}
        entries.append({**facts, "here": row.model.size is not None})
    return {"engine": store.name, "where": store.where, "models": entries}


def loaded_text(model: LoadedModel, now: datetime) -> str:
    """The memory that a loaded model takes and until when it stays, in the time zone of `now`."""
    parts = [size_text(model.size)] if model.size else []
    if model.vram:
        parts.append("on the GPU" if model.vram == model.size else f"({size_text(model.vram)} on the GPU)")
    try:
        until = datetime.fromisoformat(model.expires).astimezone(now.tzinfo) if model.expires else None
    except (ValueError, OverflowError):
        until = None
    if until is not None and until - now < _FOR_EVER:
        parts.append(f"until {until:%H:%M}" if until.date() == now.date() else f"until {until:%Y-%m-%d %H:%M}")
    return " ".join(parts) or "yes"


def print_list(store: ModelStore, rows: Sequence[ModelRow]) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table(title=f"{store.name} ({store.where})", title_justify="left", box=None, pad_edge=False)
    now = datetime.now().astimezone()
    loaded = any(row.loaded for row in rows)
    headings = ("model", "here", "size", *(("in memory",) if loaded else ()), "needs", "for", "licence")
    for heading in headings:
        table.add_column(heading, no_wrap=heading == "model")
    for row in rows:
        known = _listed(row.model)
        size = row.model.size if row.model.size is not None else (known.bytes if known else None)
        table.add_row(
            one_line(row.model.name),
            "yes" if row.model.size is not None else "no",
            size_text(size),
            *((loaded_text(row.loaded, now) if row.loaded else "-",) if loaded else ()),
            size_text(known.memory) if known else "-",
            ", ".join(known.roles) if known else "-",
            known.licence if known else "-",
        )
    console.print(table)
    if not rows:
        console.print("  none: run `postil models pull`")


def facts_json(facts: ModelFacts) -> JsonObject:
    """What is known of a model, as one object: Ollama's details with the catalogue's inside, or the catalogue's."""
    catalogued: JsonObject | None = msgspec.to_builtins(facts.catalogue) if facts.catalogue is not None else None
    model = facts.model
    known: JsonObject = {"profile": model.profile, "abilities": abilities_json(model.abilities)} if model else {}
    if facts.shown is not None:
        shown = {key: value for key, value in asdict(facts.shown).items() if key != "details"}
        return {"engine": facts.engine, **shown, "catalogue": catalogued, **known}
    return {"engine": facts.engine, "path": str(facts.path) if facts.path else None, **(catalogued or {}), **known}


def print_facts(facts: JsonObject, indent: str = "") -> None:
    """Keys and values; a long text (a template, a licence) as its first line and its number of lines."""
    for key, value in facts.items():
        nested = object_in(value)
        if nested is not None:
            print(f"{indent}{key}:")
            print_facts(nested, indent + "  ")
        elif value not in (None, [], ()):
            print(f"{indent}{key}: {_value(value)}")


def _value(value: object) -> str:
    nested = object_in(value)
    if nested is not None:
        return ", ".join(f"{key} {_value(item)}" for key, item in nested.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(_value(item) for item in cast("Sequence[object]", value))
    text = plain(str(value)).strip()
    lines = text.splitlines()
    return f"{lines[0]} … ({len(lines)} lines)" if len(lines) > 1 else text
