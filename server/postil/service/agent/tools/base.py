"""What a tool is: a schema from the type of its arguments, a plan that changes nothing, and what it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

import msgspec

from postil.core.agent.events import FileChange, Place
from postil.core.agent.tool import ToolCall, ToolKind, ToolSpec

A = TypeVar("A", bound="Arguments")


class Arguments(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the arguments' types. A model that adds an argument of its own is told."""


class ToolTrouble(Exception):
    """It can't be done. The message is for the model: a sentence with what to do instead."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a call would do. `title`: for people. `argv`, `changes`: what is asked about."""

    title: str
    places: tuple[Place, ...] = ()
    argv: tuple[str, ...] = ()
    changes: tuple[FileChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """`text` is for the model; it is cut to the budget later. `changes`: what was written. `failed`: the tool worked,
    and what it did came to nothing good (a check that fails)."""

    text: str
    failed: bool = False
    changes: tuple[FileChange, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """`plan` and `do` raise ToolTrouble. `writes_code`: the model writes it as a block, never as JSON. `progress` of
    what takes long is `do`'s second argument: sentences for people."""

    name: str
    description: str
    arguments: type[A]
    plan: Callable[[A], Awaitable[Plan]]
    do: Callable[[A, Plan, Callable[[str], None]], Awaitable[Outcome]]
    kind: ToolKind = "read"
    writes_code: bool = False

    @property
    def settled(self) -> bool:
        """Whether an earlier "always" still holds: ours are what they were."""
        return True

    def settle(self) -> None:
        """The user has said "always"."""

    @property
    def spec(self) -> ToolSpec:
        schema = msgspec.json.schema(self.arguments)
        (body,) = schema["$defs"].values()
        kept = {
            "type": "object",
            "properties": _plain(body.get("properties", {})),
            "required": body.get("required", []),
        }
        return ToolSpec(self.name, self.description, msgspec.json.encode(kept).decode(), self.kind)

    def read(self, call: ToolCall) -> A:
        """The arguments of a call. Raises ToolTrouble. Numbers may be written as text, as small models do."""
        try:
            return msgspec.json.decode(call.arguments.encode("utf-8", "replace"), type=self.arguments, strict=False)
        except msgspec.ValidationError as error:
            raise ToolTrouble(str(error)) from error
        except (msgspec.DecodeError, RecursionError) as error:
            raise ToolTrouble(f"they are no JSON ({error})") from error


def _plain(properties: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Without defaults and `null`, which cost tokens and say nothing that the list of required ones doesn't."""
    found: dict[str, dict[str, object]] = {}
    for name, one in properties.items():
        choices = one.get("anyOf")
        if isinstance(choices, list):
            kinds = cast("list[dict[str, object]]", choices)
            one = {**next((row for row in kinds if row.get("type") != "null"), cast("dict[str, object]", {})), **one}
        found[name] = {key: value for key, value in one.items() if key not in ("default", "anyOf", "title")}
    return found
