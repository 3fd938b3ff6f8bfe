"""Models as tables for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from postil.core.catalogue import catalogue
from postil.core.plain import one_line, plain
from postil.engine.base import ModelInfo

if TYPE_CHECKING:
    from postil.cli.model_stores import ModelStore


def size_text(size: int | None) -> str:
    """Decimal units, as disks and downloads are sold."""
    if size is None:
        return "-"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def list_json(store: ModelStore, models: Sequence[ModelInfo]) -> dict[str, Any]:
    """A store with its models. `here` is whether it can be used at once."""
    entries = []
    for model in models:
        known = catalogue().get(model.name)
        facts = {key: value for key, value in asdict(model).items() if value is not None}
        if known is not None:
            facts |= {"roles": known.roles, "licence": known.licence, "memory": known.memory}
        entries.append({**facts, "here": model.size is not None})
    return {"engine": store.name, "where": store.where, "models": entries}


def print_list(store: ModelStore, models: Sequence[ModelInfo]) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table(title=f"{store.name} ({store.where})", title_justify="left", box=None, pad_edge=False)
    for heading in ("model", "here", "size", "memory", "for", "licence"):
        table.add_column(heading, no_wrap=heading == "model")
    for model in models:
        known = catalogue().get(model.name)
        size = model.size if model.size is not None else (known.bytes if known else None)
        table.add_row(
            one_line(model.name),
            "yes" if model.size is not None else "no",
            size_text(size),
            size_text(known.memory) if known else "-",
            ", ".join(known.roles) if known else "-",
            known.licence if known else "-",
        )
    console.print(table)
    if not models:
        console.print("  none: run `postil models pull`")


def print_facts(facts: dict[str, Any], indent: str = "") -> None:
    """Keys and values; a long text (a template, a licence) by its first line and its length."""
    for key, value in facts.items():
        if isinstance(value, dict):
            print(f"{indent}{key}:")
            print_facts(value, indent + "  ")
        elif value not in (None, [], ()):
            print(f"{indent}{key}: {_value(value)}")


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "; ".join(_value(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(item)}" for key, item in value.items())
    text = plain(str(value)).strip()
    lines = text.splitlines()
    return f"{lines[0]} … ({len(lines)} lines)" if len(lines) > 1 else text
