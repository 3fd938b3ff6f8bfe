"""Decides from policies which actions a member of staff may perform on which resources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any


class Effect(Enum):
    """What a statement does with the actions it applies to."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True)
class Statement:
    """One sentence of a policy. Actions and resources are patterns in which * stands for any text."""

    effect: Effect
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Statement:
        """Read a statement of a policy file; raises ValueError for an unknown effect."""
        return cls(Effect(data["effect"]), tuple(data["actions"]), tuple(data["resources"]))

    def applies_to(self, action: str, resource: str) -> bool:
        """Return whether a pattern of the actions and one of the resources match."""
        return _any_match(self.actions, action) and _any_match(self.resources, resource)


class PolicyEngine:
    """Holds the policies, and the groups through which users get them."""

    def __init__(self) -> None:
        self._policies: dict[str, list[Statement]] = {}
        self._groups: dict[str, set[str]] = {}

    def load(self, group: str, document: str) -> None:
        """Replace the policy of a group by the statements of a JSON document."""
        self._policies[group] = [Statement.from_dict(item) for item in json.loads(document)["statements"]]

    def join(self, user: str, group: str) -> None:
        """Make a user a member of a group."""
        self._groups.setdefault(user, set()).add(group)

    def is_allowed(self, user: str, action: str, resource: str) -> bool:
        """Return whether the user may perform the action on the resource.

        Some statement has to allow it. A statement that denies it overrides all that allow it,
        whatever their order and the group they come from.
        """
        matching = {item.effect for item in self._statements(user) if item.applies_to(action, resource)}
        return Effect.ALLOW in matching and Effect.DENY not in matching

    def allowed_resources(self, user: str, action: str, resources: Iterable[str]) -> list[str]:
        """Return those of the resources on which the user may perform the action."""
        return [resource for resource in resources if self.is_allowed(user, action, resource)]

    def _statements(self, user: str) -> Iterator[Statement]:
        for group in sorted(self._groups.get(user, ())):
            yield from self._policies.get(group, ())


def _any_match(patterns: Iterable[str], value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)
