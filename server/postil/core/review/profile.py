"""A review profile: the prompts, limits and weights with which a model is used. The table is `data/profiles.toml`.

Nothing in it holds for every model. What was measured with one model is in the profile of that model; the catalogue
names the profile of each of its models, and every other model has the profile `unmeasured`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from postil.core.context.values import DefinitionKind
from postil.core.data import Entry, decode, read_data

UNMEASURED = "unmeasured"

Count = Annotated[int, Meta(ge=1, le=1000)]
Share = Annotated[float, Meta(ge=0, le=1)]
Text = Annotated[str, Meta(min_length=1)]

# How a candidate is asked for. told: the file and the failure; untold: the unit, and that it has a defect; alone: the
# unit and the failure; refused: as told, with a rewrite that the check didn't pass; blank: as told, without the unit's
# body; open: as told, but of the unit's head the answer begins with no more than its name; lines: as told, each line of
# the unit by itself.
Way = Literal["told", "untold", "alone", "refused", "blank", "open", "lines"]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Prompts(Entry, frozen=True, kw_only=True):
    """The texts sent to the model. Each field's placeholders are those of `PLACEHOLDERS`."""

    edit: Text
    fix: Text
    repair: Text
    repair_refused: Text
    repair_blank: Text
    repair_line: Text
    repair_which: Text
    repair_finding: Text
    repair_finding_line: Text
    list_defects: Text
    list_other: Text
    why: Text
    why_missing: Text
    dismissed: Text
    in_language: Text
    action_code: Text
    action_lines: Text
    action_tests: Text
    action_file_head: Text
    action_excerpt: Text
    definitions: Text


# What a prompt must hold, and nothing else: a misspelt placeholder would be sent to the model as it is.
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "edit": frozenset({"noun"}),
    "fix": frozenset({"line", "message"}),
    "repair": frozenset({"path", "name", "failure"}),
    "repair_refused": frozenset({"refused", "why"}),
    "repair_blank": frozenset({"path", "name", "failure"}),
    "repair_line": frozenset({"path", "name", "failure"}),
    "repair_which": frozenset({"names", "failure"}),
    "repair_finding": frozenset({"path", "name", "failure"}),
    "repair_finding_line": frozenset({"path", "name", "failure"}),
    "list_other": frozenset({"noun"}),
    "why": frozenset({"old"}),
    "why_missing": frozenset({"new"}),
    "dismissed": frozenset({"examples"}),
    "in_language": frozenset({"language"}),
    "action_tests": frozenset({"name", "path", "tests"}),
    "action_file_head": frozenset({"path"}),
    "definitions": frozenset({"definitions"}),
}


class Scoring(Entry, frozen=True, kw_only=True):
    """The logistic model of `core/review/scoring`."""

    bias: float
    in_context: Annotated[float, Meta(gt=0)]


class CompletionRules(Entry, frozen=True, kw_only=True):
    """Where a completion ends (`core/completion/cut`), and how many characters stand before it that the window doesn't
    show, of other files and of the imports of its own (`core/completion/context`)."""

    context_chars: Annotated[int, Meta(ge=0)]
    import_chars: Annotated[int, Meta(ge=0)]
    grace_lines: Count
    repeat_chars: Count
    blank_lines: Count


class RepairRules(Entry, frozen=True, kw_only=True):
    """How candidates for a fix are sampled (`core/verify/rewrites/prompt`)."""

    ways: Annotated[tuple[Way, ...], Meta(min_length=1)]
    copied_ways: Annotated[tuple[Way, ...], Meta(min_length=1)]
    shared_ways: Annotated[tuple[Way, ...], Meta(min_length=1)]
    finding_ways: Annotated[tuple[Way, ...], Meta(min_length=1)]
    greedy: Annotated[int, Meta(ge=1, le=100)]
    temperature: Annotated[float, Meta(ge=0, le=2)]
    top_p: Share


class DefinitionRules(Entry, frozen=True, kw_only=True):
    """How many characters of the definitions that a unit uses a fix and a review are told (0: none), and which kinds in
    which order."""

    fix_chars: Annotated[int, Meta(ge=0)]
    review_chars: Annotated[int, Meta(ge=0)]
    order: tuple[DefinitionKind, ...]


class AgentRules(Entry, frozen=True, kw_only=True):
    """How a conversation goes; `auto`: by what is known of the model."""

    form: Literal["auto", "native", "prompted", "late"]
    driver: Literal["auto", "free", "harness"]


class ReviewProfile(Entry, frozen=True, kw_only=True):
    """One model's tuning. `measured_on` is "" for a profile that nothing was measured for. The head of
    data/profiles.toml says what each key means."""

    name: str
    measured_on: str = ""
    prompts: Prompts
    method: Literal["edit", "list"]
    min_score: Share
    opinions: Literal["unmeasured", "chance"]
    scoring: Scoring
    max_differences: Count
    max_hunk_lines: Count
    rewrite_head: bool
    resync_lines: Count
    fix_context_lines: Count
    spare_tokens: Count
    sentence_tokens: Count
    finding_tokens: Count
    alternatives: Count
    chars_per_token: Annotated[float, Meta(ge=1, le=8)]
    completion: CompletionRules
    repair: RepairRules
    definitions: DefinitionRules
    agent: AgentRules

    def estimate_tokens(self, text: str) -> int:
        """An upper estimate of a text's tokens without a tokenizer. A digit and a CJK character count as one each."""
        single = sum(1 for char in text if char.isdigit() or ord(char) > 0x2E80)
        return int((len(text) - single) / self.chars_per_token) + single + 1


class _Table(Entry, frozen=True, kw_only=True):
    """The file as it is written: a profile names its prompts, and `like` the profile that it is a variant of."""

    prompts: dict[str, Prompts]
    profiles: dict[str, dict[str, object]]


def fill(prompt: str, **values: str) -> str:
    """The prompt with each `{name}` replaced. Other braces (JSON's, or those of a value) stay as they are."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), prompt)


def parse_profiles(text: str) -> Mapping[str, ReviewProfile]:
    """The profiles by name. ValueError for an unknown key, profile, prompt or placeholder."""
    table = decode(text, _Table)
    for name, prompts in table.prompts.items():
        for field in prompts.__struct_fields__:
            found = frozenset(_PLACEHOLDER.findall(getattr(prompts, field)))
            if found != PLACEHOLDERS.get(field, frozenset()):
                raise ValueError(f"prompts.{name}.{field}: has the placeholders {sorted(found)}")
    if UNMEASURED not in table.profiles:
        raise ValueError(f"there is no profile {UNMEASURED!r}")
    return {name: _resolved(name, table) for name in table.profiles}


def _resolved(name: str, table: _Table) -> ReviewProfile:
    row = _with_base(name, table, ())
    prompts = row.get("prompts")
    if not isinstance(prompts, str) or prompts not in table.prompts:
        raise ValueError(f"profiles.{name}: there are no prompts {prompts!r}")
    try:
        return msgspec.convert({**row, "name": name, "prompts": table.prompts[prompts]}, ReviewProfile)
    except msgspec.ValidationError as error:
        raise ValueError(f"profiles.{name}: {error}") from None


def _with_base(name: object, table: _Table, variants: tuple[str, ...]) -> dict[str, object]:
    """The row with the keys that it takes over from the one that it is `like`, also those of a table in it."""
    if not isinstance(name, str) or name not in table.profiles or name in variants:
        raise ValueError(f"profiles.{variants[-1]}: it can't be like {name!r}")
    row = dict(table.profiles[name])
    if "like" not in row:
        return row
    whole = _with_base(row.pop("like"), table, (*variants, name))
    for key, value in row.items():
        base = whole.get(key)
        whole[key] = {**base, **value} if isinstance(base, dict) and isinstance(value, dict) else value
    return whole


@cache
def profiles() -> Mapping[str, ReviewProfile]:
    """The shipped profiles by name."""
    try:
        return parse_profiles(read_data("profiles.toml"))
    except ValueError as error:
        raise ValueError(f"data/profiles.toml: {error}") from None
