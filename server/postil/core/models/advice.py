"""The model to propose for a machine, by its memory and GPU (data/advice.toml)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Literal

from msgspec import Meta

from postil.core.data import Entry, decode, read_data
from postil.core.models.catalogue import MEMORY_SHARE, Catalogue, Positive, catalogue
from postil.core.models.choice import Machine
from postil.core.models.families import families
from postil.core.models.names import is_model_name

AdvisedRole = Literal["review", "complete"]


class Advice(Entry, frozen=True, kw_only=True):
    """A row: the model for a machine (with `gpu`, for a GPU) with at least this memory in bytes, and the reason.
    `needs`: what it takes, for a model that the catalogue doesn't have."""

    memory: Positive
    model: str
    why: Annotated[str, Meta(min_length=1)]
    gpu: bool = False
    needs: Positive | None = None

    @property
    def measured(self) -> bool:
        """Whether we have measured how the model reviews."""
        return bool(catalogue().profile_of(self.model).measured_on)


class AdviceTable(Entry, frozen=True, kw_only=True):
    """The rows of each role: for GPUs and for machines, each by decreasing memory."""

    review: Annotated[tuple[Advice, ...], Meta(min_length=1)]
    complete: Annotated[tuple[Advice, ...], Meta(min_length=1)]

    def for_machine(self, role: AdvisedRole, machine: Machine) -> Advice | None:
        """The row for a machine; None when no model of the table fits."""
        rows = self.review if role == "review" else self.complete
        sizes = {True: machine.gpu or 0, False: machine.memory or 0}
        ordered = sorted(rows, key=lambda row: not row.gpu)
        return next((row for row in ordered if row.memory <= sizes[row.gpu]), None)


def parse(text: str, models: Catalogue) -> tuple[AdviceTable | None, tuple[str, ...]]:
    """The table in a TOML text, or None and its problems."""
    try:
        found = decode(text, AdviceTable)
    except ValueError as error:
        return None, (str(error),)
    problems = (*_wrong("review", found.review, models), *_wrong("complete", found.complete, models))
    return (None, problems) if problems else (found, ())


def _wrong(role: AdvisedRole, rows: tuple[Advice, ...], models: Catalogue) -> Iterator[str]:
    for gpu in (True, False):
        order = [row.memory for row in rows if row.gpu is gpu]
        if order != sorted(set(order), reverse=True):
            yield f"{role}: the rows go from more memory to less"
    for row in rows:
        model = models.get(row.model)
        needs = model.memory if model is not None else row.needs
        if needs is None:
            yield f"{role}: the catalogue has no {row.model}, so the row says what it needs"
        elif model is None and not _able(role, row.model):
            yield f"{role}: {row.model} is of no family that is known for that"
        elif model is not None and role not in model.roles:
            yield f"{role}: {row.model} is not for that"
        elif needs > row.memory * (1.0 if row.gpu else MEMORY_SHARE):
            yield f"{role}: {row.model} wants {needs:,} bytes, more than its share of {row.memory:,}"


def _able(role: AdvisedRole, name: str) -> bool:
    family = families().find([name]) if is_model_name(name) else None
    return family is not None and (family.chat if role == "review" else family.infill is not None)


@cache
def advice() -> AdviceTable:
    """The shipped table."""
    found, problems = parse(read_data("advice.toml"), catalogue())
    if found is None:
        raise ValueError("data/advice.toml: " + "; ".join(problems))
    return found
