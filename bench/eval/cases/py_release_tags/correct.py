"""Versions of the product, as the release script reads them from the tags of the repository."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Part = Literal["major", "minor", "patch"]

_TAG = re.compile(r"v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:-rc\.([1-9][0-9]*))?")


@dataclass(frozen=True)
class Version:
    """A release, or a candidate for one."""

    major: int
    minor: int
    patch: int
    candidate: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether this is a release rather than a candidate."""
        return self.candidate is None

    @property
    def sort_key(self) -> tuple[int, int, int, bool, int]:
        """Orders versions; the candidates come before the release they are for."""
        return self.major, self.minor, self.patch, self.is_final, self.candidate or 0

    @property
    def tag(self) -> str:
        """The name of the tag."""
        release = f"v{self.major}.{self.minor}.{self.patch}"
        return release if self.candidate is None else f"{release}-rc.{self.candidate}"


def parse_tag(tag: str) -> Version:
    """Return the version of a tag such as v1.4.0 or v1.4.0-rc.2; raises ValueError for any other text.

    There are similar tags that aren't ours: v1.4.0.1 and v1.4.0-internal, for instance.
    """
    match = _TAG.fullmatch(tag)
    if match is None:
        raise ValueError(f"not the tag of a version: {tag!r}")
    major, minor, patch, candidate = match.groups()
    return Version(int(major), int(minor), int(patch), int(candidate) if candidate else None)


def known_versions(tags: Iterable[str]) -> list[Version]:
    """Return the versions among the tags, the lowest first; other tags are left out."""
    versions = []
    for tag in tags:
        try:
            versions.append(parse_tag(tag))
        except ValueError:
            continue
    return sorted(versions, key=lambda version: version.sort_key)


def latest_release(tags: Iterable[str]) -> Version | None:
    """Return the highest version that is no candidate, or None."""
    return max(
        (version for version in known_versions(tags) if version.is_final),
        key=lambda version: version.sort_key,
        default=None,
    )


def next_release(version: Version, part: Part) -> Version:
    """Return the release after a version in which the given part grows and the lower ones start again."""
    if part == "major":
        return Version(version.major + 1, 0, 0)
    if part == "minor":
        return Version(version.major, version.minor + 1, 0)
    return Version(version.major, version.minor, version.patch + 1)


def next_candidate(release: Version, tags: Iterable[str]) -> Version:
    """Return the candidate for a release that follows those that exist."""
    target = replace(release, candidate=None)
    numbers = [
        version.candidate
        for version in known_versions(tags)
        if version.candidate is not None and replace(version, candidate=None) == target
    ]
    return replace(target, candidate=max(numbers, default=0) + 1)
