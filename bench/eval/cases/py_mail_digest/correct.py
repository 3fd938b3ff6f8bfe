"""The daily mail that sums up what happened in the groups of a member."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

PREVIEW_LENGTH = 60
TOP_AUTHORS = 3


@dataclass(frozen=True)
class Post:
    """A post in a group."""

    group: str
    author: str
    title: str
    body: str
    posted_at: datetime


@dataclass(frozen=True)
class Member:
    """Who gets the mail, and up to when the member has seen everything."""

    name: str
    address: str
    groups: frozenset[str]
    seen_until: datetime


def preview(text: str, length: int = PREVIEW_LENGTH) -> str:
    """Return the text in one line, cut to the length with an ellipsis at the end if it is longer."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def is_new_for(member: Member, post: Post) -> bool:
    """Return whether a post is in a group of the member, unseen, and by somebody else."""
    return post.group in member.groups and post.posted_at > member.seen_until and post.author != member.name


def digest_lines(member: Member, posts: Iterable[Post]) -> list[str]:
    """Return the text of the mail: the most active authors, then the new posts, the latest first.

    Without new posts there are no lines.
    """
    new = [post for post in posts if is_new_for(member, post)]
    authors = Counter(post.author for post in new)
    if not authors:
        return []
    names = ", ".join(f"{author} ({count})" for author, count in authors.most_common(TOP_AUTHORS))
    lines = [f"Most active: {names}", ""]
    for post in sorted(new, key=lambda post: post.posted_at, reverse=True):
        lines.append(f"[{post.group}] {post.title} ({post.author})")
        lines.append(f"    {preview(post.body)}")
    return lines


def build_mail(member: Member, posts: Iterable[Post], sender: str) -> EmailMessage | None:
    """Return the mail to a member, or None if there is nothing new."""
    lines = digest_lines(member, posts)
    if not lines:
        return None
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = member.address
    mail["Subject"] = f"News for {member.name}"
    mail.set_content("\n".join(lines) + "\n")
    return mail


def build_all(members: Iterable[Member], posts: Iterable[Post], sender: str) -> list[EmailMessage]:
    """Return the mails of a day; members for whom there is nothing new get none."""
    all_posts = list(posts)
    mails = (build_mail(member, all_posts, sender) for member in members)
    return [mail for mail in mails if mail is not None]
