"""The problems of Modelfiles: of open documents, and of personas' files that aren't open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from postil.core.persona.persona import from_modelfile
from postil.core.review.finding import Problem
from postil.core.text.positions import split_lines
from postil.core.text.uri import path_of
from postil.service.documents import Document
from postil.service.personas.load import PersonaProblem, name_of, read_text

# Further problems are shown once these are corrected.
MOST_PROBLEMS = 100


class ModelfileProblems:
    """Calls `changed(uri)` when the problems of a document may have changed."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._open: dict[str, tuple[Problem, ...]] = {}
        self._disk: dict[str, tuple[Problem, ...]] = {}
        # By path: the URI as the client spells it (for example `file:///c%3A/…`).
        self._spelled: dict[str, str] = {}

    def edited(self, document: Document) -> None:
        """An open Modelfile was opened or edited."""
        uri, path = document.uri, document.path
        if document.is_too_large:
            problems: tuple[Problem, ...] = (Problem(0, 0, "it is over 1 MB: not a persona"),)
        else:
            problems = from_modelfile("", document.text)[1][:MOST_PROBLEMS]
        before = self._open.get(uri, self._disk.get(path, ()))
        self._open[uri] = problems
        self._spelled[path] = uri
        # An unchanged problem may have a new range: it reaches to the end of its line.
        if problems or before:
            self._changed(uri)

    def closed(self, uri: str) -> None:
        """A Modelfile was closed: its problems are now those of the file."""
        if self._open.pop(uri, None) is not None:
            self._changed(uri)

    def on_disk(self, problems: Iterable[PersonaProblem]) -> None:
        """Replace the problems of personas' files."""
        found: dict[str, tuple[Problem, ...]] = {}
        for problem in problems:
            if name_of(Path(problem.source)) is not None:
                path = path_of(Path(problem.source).absolute().as_uri())
                found[path] = (*found.get(path, ()), problem.problem)
        before, self._disk = self._disk, found
        for path in before.keys() | found.keys():
            uri = self._spelled.get(path) or Path(path).as_uri()
            if before.get(path) != found.get(path) and uri not in self._open:
                self._changed(uri)

    def of(self, uri: str) -> tuple[tuple[Problem, ...], list[str]]:
        """The problems of a document, and the file's lines if it isn't open (to convert columns)."""
        if uri in self._open:
            return self._open[uri], [""]
        problems = self._disk.get(path_of(uri), ()) if self._disk else ()
        if not problems:
            return (), [""]
        return problems, split_lines(read_text(Path(path_of(uri)))[0] or "")
