"""A catalogue of books, searched by title and by author."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Book:
    title: str
    author: str
    year: int
    tags: list[str] = field(default_factory=list)


def find(books: Iterable[Book], title: str) -> Book:
    """The book with this title, None when there is none."""
    for book in books:
        if book.title == title:
            return book
    return None


def year_of(line: str) -> int:
    """The year in a line like `Title (1987)`."""
    match = re.search(r"\((\d{4})\)", line)
    return int(match.group(1))


def by_author(books: Iterable[Book]) -> dict[str, list[Book]]:
    found = {}
    for book in books:
        found.setdefault(book.author, []).append(book)
    return found


def newest(books: list[Book], count: int = 3) -> list[str]:
    """The titles of the newest books."""
    ordered = sorted(books, key=lambda book: book.year, reverse=True)
    return ordered[:count]


def label(book: Book) -> str:
    """How a book is shown in a list."""
    return book.title + ", " + book.year


def tagged(books: Iterable[Book], *tags: str) -> list[Book]:
    wanted = set(tags)
    return [book for book in books if wanted & book.tag]
