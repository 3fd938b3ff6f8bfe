"""The model to propose for a machine, by its memory (data/advice.toml)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Literal

from msgspec import Meta

from postil.core.data import Entry, decode, read_data
from postil.core.models.catalogue import MEMORY_SHARE, Catalogue, Positive, catalogue

AdvisedRole = Literal["review", "complete"]


class Advice(Entry, frozen=True, kw_only=True):
    """A row: the model for a machine with at least this memory (bytes), and the reason."""

    memory: Positive
    model: str
    why: Annotated[str, Meta(min_length=1)]


class AdviceTable(Entry, frozen=True, kw_only=True):
    """The rows of each role, by decreasing memory."""

    review: Annotated[tuple[Advice, ...], Meta(min_length=1)]
    complete: Annotated[tuple[Advice, ...], Meta(min_length=1)]

    def for_memory(self, role: AdvisedRole, memory: int) -> Advice | None:
        """The row for a machine with so many bytes; None when no model of the table fits."""
        rows = self.review if role == "review" else self.complete
        return next((row for row in rows if row.memory <= memory), None)


def parse(text: str, models: Catalogue) -> tuple[AdviceTable | None, tuple[str, ...]]:
    """The table in a TOML text, or None and its problems."""
    try:
        found = decode(text, AdviceTable)
    except ValueError as error:
        return None, (str(error),)
    problems = (*_wrong("review", found.review, models), *_wrong("complete", found.complete, models))
    return (None, problems) if problems else (found, ())


def _wrong(role: AdvisedRole, rows: tuple[Advice, ...], models: Catalogue) -> Iterator[str]:
    order = [row.memory for row in rows]
    if order != sorted(set(order), reverse=True):
        yield f"{role}: the rows go from more memory to less"
    for row in rows:
        model = models.get(row.model)
        if model is None:
            yield f"{role}: the catalogue has no {row.model}"
        elif role not in model.roles:
            yield f"{role}: {row.model} is not for that"
        elif model.memory > row.memory * MEMORY_SHARE:
            yield f"{role}: {row.model} wants {model.memory:,} bytes, more than its share of {row.memory:,}"


@cache
def advice() -> AdviceTable:
    """The shipped table."""
    found, problems = parse(read_data("advice.toml"), catalogue())
    if found is None:
        raise ValueError("data/advice.toml: " + "; ".join(problems))
    return found
