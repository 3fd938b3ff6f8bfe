"""Removes objects from the storage when the time for which they have to be kept is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True)
class StoredObject:
    """What the storage knows about an object."""

    key: str
    size: int
    stored_at: datetime
    on_hold: bool = False


@dataclass(frozen=True)
class Rule:
    """How long the objects whose keys begin with a prefix are kept."""

    prefix: str
    keep: timedelta


class Storage(Protocol):
    """The part of the storage that this job needs."""

    def list_objects(self) -> Iterable[StoredObject]:
        """Return all objects."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object for good."""
        ...


@dataclass(frozen=True)
class Report:
    """The outcome of a run."""

    keys: tuple[str, ...]
    size: int
    dry_run: bool

    def summary(self) -> str:
        """Return a line for the log."""
        verb = "would delete" if self.dry_run else "deleted"
        return f"{verb} {len(self.keys)} objects, {self.size} bytes"


def rule_for(key: str, rules: Sequence[Rule]) -> Rule | None:
    """Return the rule with the longest prefix of the key, or None if there is none for it."""
    matching = [rule for rule in rules if key.startswith(rule.prefix)]
    return max(matching, key=lambda rule: len(rule.prefix), default=None)


def is_expired(item: StoredObject, rules: Sequence[Rule], now: datetime) -> bool:
    """Return whether an object may be removed: never if it is on hold or no rule is for it."""
    rule = rule_for(item.key, rules)
    return rule is not None and not item.on_hold and now - item.stored_at > rule.keep


def expired_objects(items: Iterable[StoredObject], rules: Sequence[Rule], now: datetime) -> Iterator[StoredObject]:
    """Yield the objects that may be removed."""
    return (item for item in items if is_expired(item, rules, now))


def purge(
    storage: Storage,
    rules: Sequence[Rule],
    now: datetime,
    *,
    dry_run: bool = True,
) -> Report:
    """Remove the expired objects and report them.

    Removal cannot be undone, so the caller has to ask for it; otherwise the objects are only reported.
    """
    expired = sorted(expired_objects(storage.list_objects(), rules, now), key=lambda item: item.key)
    if not dry_run:
        for item in expired:
            storage.delete(item.key)
    return Report(tuple(item.key for item in expired), sum(item.size for item in expired), dry_run)
