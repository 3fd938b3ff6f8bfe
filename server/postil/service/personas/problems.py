"""What is wrong with Modelfiles: in the text of those that are open, in the files of personas that aren't."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from postil.core.persona.persona import from_modelfile
from postil.core.review.finding import Problem
from postil.core.text.positions import split_lines
from postil.core.text.uri import path_of
from postil.service.documents import Document
from postil.service.personas.load import PersonaProblem, name_of, read_text

# The next ones are shown when these are corrected.
MOST_PROBLEMS = 100


class ModelfileProblems:
    """`changed(uri)` is called where the problems of a document may be others than before."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._open: dict[str, tuple[Problem, ...]] = {}
        self._disk: dict[str, tuple[Problem, ...]] = {}
        # Clients spell the URI of a path in their own way (`file:///c%3A/…`).
        self._spelled: dict[str, str] = {}

    def edited(self, document: Document) -> None:
        """An open Modelfile has another text."""
        uri, path = document.uri, document.path
        if document.is_too_large:
            problems: tuple[Problem, ...] = (Problem(0, 0, "it is over 1 MB: not a persona"),)
        else:
            problems = from_modelfile("", document.text)[1][:MOST_PROBLEMS]
        before = self._open.get(uri, self._disk.get(path, ()))
        self._open[uri] = problems
        self._spelled[path] = uri
        # The same problem may reach further now: to its line's end, in the client's units.
        if problems or before:
            self._changed(uri)

    def closed(self, uri: str) -> None:
        """From now on its file counts."""
        if self._open.pop(uri, None) is not None:
            self._changed(uri)

    def on_disk(self, problems: Iterable[PersonaProblem]) -> None:
        """All problems of the files of personas, as they are now."""
        found: dict[str, tuple[Problem, ...]] = {}
        for each in problems:
            if name_of(Path(each.source)) is not None:
                path = path_of(Path(each.source).absolute().as_uri())
                found[path] = (*found.get(path, ()), each.problem)
        before, self._disk = self._disk, found
        for path in before.keys() | found.keys():
            uri = self._spelled.get(path) or Path(path).as_uri()
            if before.get(path) != found.get(path) and uri not in self._open:
                self._changed(uri)

    def of(self, uri: str) -> tuple[tuple[Problem, ...], list[str]]:
        """The problems, and the lines that their columns count in where the file isn't open."""
        if uri in self._open:
            return self._open[uri], [""]
        problems = self._disk.get(path_of(uri), ()) if self._disk else ()
        if not problems:
            return (), [""]
        return problems, split_lines(read_text(Path(path_of(uri)))[0] or "")
