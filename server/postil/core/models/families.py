"""Families of models as values: what a model was trained to do, by its architecture and name.

The table is `data/families.toml`; its head says what each key means. A family is the weakest witness: what the engine
says, or a probe shows, counts more (`core/models/abilities`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Annotated, Literal

import msgspec.structs
from msgspec import Meta

from postil.core.data import Entry, decode, read_data
from postil.core.models.abilities import Prefill, Thinking
from postil.core.models.names import ModelName, model_name, same_size
from postil.core.review.profile import UNMEASURED, profiles

Billions = Annotated[float, Meta(gt=0, le=10_000)]
Word = Annotated[str, Meta(min_length=1, max_length=100)]
Pattern = Annotated[str, Meta(pattern=r"^[a-z0-9*?:._+-]+\Z", max_length=100)]


class FimTokens(Entry, frozen=True, kw_only=True):
    """The special tokens of an infill prompt, and those that introduce a repository and a file. `order`: prefix,
    suffix, middle (psm) or suffix, prefix, middle (spm). `stop`: words that end the answer."""

    order: Literal["psm", "spm"] = "psm"
    prefix: Word
    suffix: Word
    middle: str = ""
    repo: str | None = None
    file: str | None = None
    stop: tuple[Word, ...] = ()

    def prompt(
        self, prefix: str, suffix: str, begun: str = "", path: str = "", others: Iterable[tuple[str, str]] = ()
    ) -> str:
        """The raw prompt for the text between `prefix` and `suffix`; `begun` is its beginning. `others`: paths and
        texts of other files of the repository, before this one, whose path is `path`."""
        before, behind = self.prefix + prefix, self.suffix + suffix
        first, second = (before, behind) if self.order == "psm" else (behind, before)
        return f"{self._header(path, tuple(others))}{first}{second}{self.middle}{begun}"

    def _header(self, path: str, others: Sequence[tuple[str, str]]) -> str:
        """As in Qwen2.5-Coder's README (repository level) and llama.cpp's `/infill`, but without the name of the
        repository, which nobody knows. "" for a family without such a format."""
        if self.file is None or not others:
            return ""
        files = "".join(f"{self.file}{name}\n{text}\n" for name, text in others)
        return f"{files}{self.file}{path}\n"

    def stops(self, others: tuple[str, ...]) -> tuple[str, ...]:
        """What ends the answer: what was asked for, and the words of these tokens that begin something else."""
        return tuple(dict.fromkeys((*others, *self.words)))

    @property
    def words(self) -> tuple[str, ...]:
        """The tokens as they would appear in an answer, where none of them belongs."""
        found = (self.prefix, self.suffix, self.middle, self.repo, self.file, *self.stop)
        return tuple(word.strip() for word in found if word and word.strip())


class PublishedSampling(Entry, frozen=True, kw_only=True):
    """What the publisher recommends; None = nothing said."""

    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=0)] | None = None
    min_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    repeat_penalty: Annotated[float, Meta(gt=0, le=2)] | None = None


class Experts(Entry, frozen=True, kw_only=True):
    """A mixture of experts: billions of parameters in all, and those that work on one token."""

    parameters: Billions
    active: Billions


class SizedProfile(Entry, frozen=True, kw_only=True):
    """The review profile of models with fewer than `below` billion parameters; None = of any."""

    below: Billions | None = None
    profile: Word


class Family(Entry, frozen=True, kw_only=True):
    """A row of the table. The head of data/families.toml says what each key means."""

    name: Word
    names: tuple[Pattern, ...] = ()
    architectures: tuple[Word, ...] = ()
    own_architecture: bool = False
    chat: bool = True
    embedding: bool = False
    query: str = ""
    document: str = ""
    thinking: Thinking = "none"
    prefill: Prefill | None = None
    infill: Word | FimTokens | None = None
    infill_up_to: Billions | None = None
    tools: bool = False
    stop: tuple[Word, ...] = ()
    sampling: PublishedSampling | None = None
    thinking_sampling: PublishedSampling | None = None
    experts: tuple[Experts, ...] = ()
    review: tuple[SizedProfile, ...] = ()

    def matches(self, name: ModelName, architecture: str) -> bool:
        """Whether a model of that name and architecture ("" = unknown) belongs to the family."""
        if self.architectures and architecture:
            if _plain(architecture) not in map(_plain, self.architectures):
                return False
            if self.own_architecture:
                return True
        return any(_fits(name, pattern) for pattern in self.names)

    def fim(self, parameters: float | None) -> FimTokens | None:
        """The tokens with which a model of so many billion parameters was trained to fill in; None for one that wasn't,
        or whose size decides and isn't known."""
        if self.infill_up_to is not None and (parameters is None or parameters > self.infill_up_to):
            return None
        return self.infill if isinstance(self.infill, FimTokens) else None

    def active_parameters(self, parameters: float | None) -> float | None:
        """Billions of parameters that work on one token; None for a model that is no mixture of experts that is known
        here, of which all work."""
        if parameters is None:
            return None
        near = [row for row in self.experts if same_size(parameters, row.parameters)]
        return min(near, key=lambda row: abs(row.parameters - parameters)).active if near else None

    def review_profile(self, parameters: float | None) -> str:
        """The name of its review profile at a size; None = the size isn't known."""
        for row in self.review:
            if row.below is None or (parameters is not None and parameters < row.below):
                return row.profile
        return UNMEASURED


def _plain(architecture: str) -> str:
    return architecture.lower().replace("-", "").replace("_", "")


def _fits(name: ModelName, pattern: str) -> bool:
    if ":" in pattern:
        return fnmatchcase(f"{name.base}:{name.tag}", pattern)
    return fnmatchcase(name.base, pattern)


class Families(Entry, frozen=True, kw_only=True):
    """The families in the order in which they are asked, and the tables of tokens that they may name."""

    tokens: Mapping[str, FimTokens] = {}
    families: tuple[Family, ...] = ()

    def find(self, names: Sequence[str], architecture: str = "") -> Family | None:
        """The first family that matches a model's name, else the names of what it was made from, in their order."""
        parsed = [model_name(name) for name in names if name]
        return next((row for name in parsed for row in self.families if row.matches(name, architecture)), None)

    def before(self, base: Families) -> Families:
        """These families, asked before those of `base`."""
        return Families(tokens={**base.tokens, **self.tokens}, families=(*self.families, *base.families))


def parse_families(text: str) -> tuple[Families | None, tuple[str, ...]]:
    """The families in a TOML text, or None and its problems: the first value of the wrong shape with its place, else
    every contradiction."""
    try:
        found = decode(text, Families)
    except ValueError as error:
        return None, (str(error),)
    return resolved(found)


def resolved(found: Families, tokens: Mapping[str, FimTokens] | None = None) -> tuple[Families | None, tuple[str, ...]]:
    """The families with the tokens themselves where `infill` names them: of these, or of their own table. None and the
    contradictions where there are some."""
    named = {**(tokens or {}), **found.tokens}
    problems = tuple(_contradictions(found.families, named))
    if problems:
        return None, problems
    rows = tuple(
        msgspec.structs.replace(row, infill=named[row.infill]) if isinstance(row.infill, str) else row
        for row in found.families
    )
    return Families(tokens=found.tokens, families=rows), ()


def _contradictions(rows: Sequence[Family], tokens: Mapping[str, FimTokens]) -> Iterator[str]:
    for row in rows:
        if not row.names and not (row.architectures and row.own_architecture):
            yield f"{row.name}: give names, or architectures with own_architecture = true, else it matches nothing"
        if isinstance(row.infill, str) and row.infill not in tokens:
            yield f"{row.name}: no tokens are called {row.infill!r}"
        if row.embedding and row.chat:
            yield f"{row.name}: a model that makes embeddings doesn't chat, set chat = false"
        if (row.query or row.document) and not row.embedding:
            yield f"{row.name}: query and document are for models that make embeddings"
        for sized in row.review:
            if sized.profile not in profiles():
                yield f"{row.name}: no review profile is called {sized.profile!r}"


@cache
def families() -> Families:
    """The shipped table."""
    found, problems = parse_families(read_data("families.toml"))
    if found is None:
        raise ValueError("data/families.toml: " + "; ".join(problems))
    return found
