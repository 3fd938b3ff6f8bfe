"""What is wrong with Modelfiles: with the text of those that are open, with the file of personas that aren't."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from postil.core.review.finding import Problem
from postil.lsp.from_lsp import path_of

if TYPE_CHECKING:
    from postil.service.personas.load import PersonaProblem

LANGUAGE = "modelfile"
# A persona is a page of text, which is read anew with every key.
MOST_CHARACTERS = 1_000_000
# Whoever mends these sees the next ones.
MOST_PROBLEMS = 100


def is_modelfile(uri: str, language: str = "") -> bool:
    """By what the client calls it, or by its name."""
    name = path_of(uri).replace("\\", "/").rpartition("/")[2].lower()
    return language.lower() == LANGUAGE or name == LANGUAGE or name.endswith(f".{LANGUAGE}")


class ModelfileProblems:
    """`changed(uri)` publishes what `of(uri)` tells then."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._open: dict[str, tuple[Problem, ...]] = {}
        self._disk: dict[str, tuple[Problem, ...]] = {}
        # Clients spell a path's URI in their own way (`file:///c%3A/…`).
        self._spelled: dict[str, str] = {}

    def is_open(self, uri: str) -> bool:
        """Whether it is an open Modelfile."""
        return uri in self._open

    def edited(self, uri: str, text: str) -> None:
        """An open Modelfile has this text now."""
        from postil.core.persona.persona import from_modelfile

        if len(text) > MOST_CHARACTERS:
            problems: tuple[Problem, ...] = (Problem(0, 0, "it is over 1 MB: not a persona"),)
        else:
            problems = from_modelfile("", text)[1][:MOST_PROBLEMS]
        before = self._open.get(uri, self._disk.get(path_of(uri), ()))
        self._open[uri] = problems
        self._spelled[path_of(uri)] = uri
        # The same problem may reach further now: to its line's end, in the client's units.
        if problems or before:
            self._changed(uri)

    def closed(self, uri: str) -> None:
        """From now on its file counts."""
        if self._open.pop(uri, None) is not None:
            self._changed(uri)

    def on_disk(self, problems: Iterable[PersonaProblem]) -> None:
        """All problems of personas' files, as they are now."""
        from postil.service.personas.load import name_of

        found: dict[str, tuple[Problem, ...]] = {}
        for each in problems:
            if name_of(Path(each.source)) is not None:
                path = path_of(Path(each.source).absolute().as_uri())
                found[path] = (*found.get(path, ()), each.problem)
        before, self._disk = self._disk, found
        for path in before.keys() | found.keys():
            uri = self._uri(path)
            if before.get(path) != found.get(path) and uri not in self._open:
                self._changed(uri)

    def of(self, uri: str) -> tuple[tuple[Problem, ...], list[str]]:
        """What is wrong, and the lines that the columns count in, of a file that isn't open."""
        from postil.core.text.positions import split_lines
        from postil.service.personas.load import read_text

        if uri in self._open:
            return self._open[uri], [""]
        problems = self._disk.get(path_of(uri), ()) if self._disk else ()
        if not problems:
            return (), [""]
        return problems, split_lines(read_text(Path(path_of(uri)))[0] or "")

    def _uri(self, path: str) -> str:
        return self._spelled.get(path) or Path(path).as_uri()
