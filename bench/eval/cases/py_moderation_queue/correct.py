"""Decides which comments people have to look at before they appear, and in which order they do."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

NEWCOMER_DAYS = 7
MOST_LINKS = 2

_LINK = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Author:
    """Who wrote a comment."""

    name: str
    member_days: int
    trusted: bool = False

    @property
    def is_newcomer(self) -> bool:
        """Whether the author joined only recently."""
        return self.member_days < NEWCOMER_DAYS


@dataclass(frozen=True)
class Comment:
    """A comment that was sent in."""

    author: Author
    text: str
    reports: int = 0

    @property
    def links(self) -> int:
        """The number of links in the text."""
        return len(_LINK.findall(self.text))


def needs_review(comment: Comment) -> bool:
    """Return whether somebody has to look at a comment.

    Newcomers and comments with many links are checked, but never those of trusted authors.
    """
    author = comment.author
    return (author.is_newcomer or comment.links > MOST_LINKS) and not author.trusted


def urgency(comment: Comment) -> int:
    """Return how urgent a look at the comment is; a report of a reader counts more than anything else."""
    return 10 * comment.reports + min(comment.links, 5) + (3 if comment.author.is_newcomer else 0)


@dataclass
class ModerationQueue:
    """The comments that wait for a moderator: the most urgent first, equally urgent ones in their order."""

    _heap: list[tuple[int, int, Comment]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def __len__(self) -> int:
        return len(self._heap)

    def submit(self, comment: Comment) -> bool:
        """Return whether the comment may appear at once; otherwise it is put into the queue."""
        if not needs_review(comment):
            return True
        heapq.heappush(self._heap, (-urgency(comment), next(self._numbers), comment))
        return False

    def take(self) -> Comment | None:
        """Remove the next comment and return it, or None if none waits."""
        if not self._heap:
            return None
        return heapq.heappop(self._heap)[2]

    def drop_author(self, name: str) -> int:
        """Remove all comments of an author, who was banned, and return how many these were."""
        kept = [item for item in self._heap if item[2].author.name != name]
        dropped = len(self._heap) - len(kept)
        heapq.heapify(kept)
        self._heap = kept
        return dropped


def submit_all(queue: ModerationQueue, comments: Iterable[Comment]) -> list[Comment]:
    """Submit the comments and return those that may appear at once."""
    return [comment for comment in comments if queue.submit(comment)]
