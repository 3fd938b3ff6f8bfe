"""Gradual rollouts: which users see a feature before all of them do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BUCKETS = 10_000


@dataclass(frozen=True)
class Rollout:
    """For whom a feature is switched on. A share of 0.25 means a quarter of the users."""

    feature: str
    share: float
    always: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"{self.feature}: the share must be between 0 and 1, got {self.share}")
        if both := self.always & self.never:
            raise ValueError(f"{self.feature}: always and never on for {', '.join(sorted(both))}")


def bucket_of(feature: str, user_id: str) -> int:
    """Return the bucket of a user, from 0 to 9999.

    It is the same on all servers and after each restart, and differs from feature to feature.
    """
    digest = hashlib.sha256(f"{feature}:{user_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


class Rollouts:
    """The rollouts of a configuration file."""

    def __init__(self, rollouts: Mapping[str, Rollout]) -> None:
        self._rollouts = dict(rollouts)

    @classmethod
    def from_json(cls, text: str) -> Rollouts:
        """Read the configuration, which has an object per feature."""
        data: dict[str, dict[str, Any]] = json.loads(text)
        return cls(
            {
                feature: Rollout(
                    feature=feature,
                    share=float(entry["share"]),
                    always=frozenset(entry.get("always", ())),
                    never=frozenset(entry.get("never", ())),
                )
                for feature, entry in data.items()
            }
        )

    def is_on(self, feature: str, user_id: str) -> bool:
        """Return whether a user sees a feature. Nobody sees one that isn't configured."""
        rollout = self._rollouts.get(feature)
        if rollout is None or user_id in rollout.never:
            return False
        return user_id in rollout.always or bucket_of(feature, user_id) < rollout.share * BUCKETS

    def features_of(self, user_id: str) -> list[str]:
        """Return the names of the features that a user sees, in alphabetical order."""
        return sorted(feature for feature in self._rollouts if self.is_on(feature, user_id))

    def etag(self, user_id: str) -> str:
        """Return a short text that changes when the features of the user do, for the HTTP cache."""
        return hashlib.sha256(json.dumps(self.features_of(user_id)).encode()).hexdigest()[:16]
