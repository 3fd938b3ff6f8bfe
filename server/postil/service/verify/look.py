"""Where the defect may be: reads the files of a workspace, and ranks their units for a complaint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from postil.core.actions.test_places import is_test
from postil.core.context.words import IDENTIFIER
from postil.core.review.finding import Span
from postil.core.syntax.split import plan, split_units
from postil.core.syntax.units import Unit
from postil.core.verify.complaint import Complaint, excerpt
from postil.core.verify.inline_tests import inline_tests, within
from postil.core.verify.places import Place, innermost_first, inside
from postil.core.verify.reports.executed import Executed, known_path
from postil.core.verify.suspects import Suspect, find_suspects, may_be_suspect
from postil.service.verify.trouble import CheckTrouble
from postil.service.workspace.changes import WHOLE_FILE, Changes, NoChanges, changed_lines
from postil.service.workspace.files import select
from postil.service.workspace.languages import language_of
from postil.service.workspace.source import MAX_SOURCE_BYTES, Source, Unreadable, decode_source, read_source

# Files of a workspace that are cut into units: some seconds of work. Those that the failure names come first.
MAX_READ = 400
# Lines at the beginning of a file of tests, where it imports what it tests.
_IMPORT_LINES = 60
# An assertion of several lines, or a condition above what reports it.
_FAILING_LINES = 3
_PATH = re.compile(r"[\w./@+-]+")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a fix may change, as the check sees it: `data` are the bytes of the copy. `units`: without the file's
    own tests."""

    path: Path
    data: bytes
    source: Source
    language: str
    units: tuple[Unit, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self.source.text.split("\n"))


@dataclass(frozen=True, slots=True)
class Scope:
    """What the user allows: files at and below `paths` (all when empty), and with `rev` only code that differs from
    that revision. `exclude`: the setting; `saved`: the file whose saving started the check."""

    paths: tuple[Path, ...] = ()
    rev: str | None = None
    exclude: tuple[str, ...] = ()
    saved: Path | None = None


@dataclass(frozen=True, slots=True)
class _TestPlace:
    """A line of a file with tests, and the units that it is in. `inline`: the file has the code, too."""

    text: str
    line: int
    units: tuple[Unit, ...]
    inline: bool

    @property
    def failing_lines(self) -> list[str]:
        """The line and those above it, from below: what they name is the likeliest."""
        return self.text.split("\n")[max(0, self.line - _FAILING_LINES + 1) : self.line + 1][::-1]

    def source(self, imports: int = 0) -> list[str]:
        """The source of the test around the line. With `imports` all of it, and as many first lines of its file: what
        they name is what is tested."""
        # The first lines of a file with tests of its own are what is tested.
        head = ["\n".join(self.text.split("\n")[:imports])] if imports and not self.inline else []
        return [*(unit.text if imports else excerpt(unit, self.line) for unit in self.units[:1]), *head]


@dataclass(slots=True)
class Look:
    """Reads each file once, in the copy at `root`: the user may be editing theirs. `own`: names of files that are the
    check's own."""

    workspace: Path
    root: Path
    scope: Scope
    changes: Changes | None
    paths: tuple[str, ...]
    own: frozenset[str]
    files: dict[str, SourceFile]
    listed: tuple[str, ...] | None = None

    @classmethod
    async def at(cls, workspace: Path, root: Path, scope: Scope, command: str, *, named: bool = False) -> Look:
        """Files that the command names are the check's own, and aren't read. `named`: tests and configuration may be
        changed, too, when they are among the scope's paths. Raises CheckTrouble when git is asked for and can't tell.
        """
        changed = await changed_lines(workspace, scope.rev)
        if isinstance(changed, NoChanges):
            if scope.rev is not None:
                raise CheckTrouble(f"--diff: {changed.message}")
            changed = None
        chosen = select(scope.paths or (workspace,), workspace, scope.exclude, named=bool(scope.paths)).files
        inner = [path.relative_to(workspace).as_posix() for path in chosen if workspace in path.parents]
        own = frozenset(word.rpartition("/")[2] for word in _PATH.findall(command))
        names = [(path, path.rpartition("/")[2]) for path in inner]
        given = {path.relative_to(workspace).as_posix() for path in scope.paths} if named else set[str]()
        code = tuple(
            path
            for path, name in names
            if name not in own and may_be_suspect(path, language_of(name), named=path in given)
        )
        look = cls(workspace, root, scope, changed, code, own, {})
        if scope.rev is not None:
            spans = look._changed()
            look.paths = tuple(path for path in code if path in spans)
        return look

    def readable(self) -> tuple[str, ...]:
        """All files of the workspace that may be sent to a model, also those that no fix may change."""
        if self.listed is None:
            chosen = select((self.workspace,), self.workspace, self.scope.exclude).files
            self.listed = tuple(path.relative_to(self.workspace).as_posix() for path in chosen)
        return self.listed

    def allows(self, path: str, span: Span) -> bool:
        """Whether these lines of the file may be changed."""
        if path not in self.paths:
            return False
        if self.scope.rev is None:
            return True
        changed = self._changed().get(path, ())
        return any(one == WHOLE_FILE or (one.first < span.last and span.first <= one.last) for one in changed)

    def test_source(self, complaint: Complaint, folder: str) -> str:
        """The source of the failing test, around the line that failed; "" when it isn't known."""
        at = self._test_at(self._places(complaint, folder))
        return "\n".join(at.source()) if at else ""

    def _places(self, complaint: Complaint, folder: str) -> list[Place]:
        """The complaint's places in the workspace, the innermost first."""
        return [
            Place(path, place.line)
            for place in innermost_first(complaint.places)
            if (path := inside(place.path, str(self.root), folder)) is not None
        ]

    def suspects(self, complaint: Complaint, folder: str, executed: Sequence[Executed] = ()) -> list[Suspect]:
        """For a complaint whose places are in the copy, told in its `folder`. `executed`: what the failing test runs,
        the likeliest first."""
        places = self._places(complaint, folder)
        at = self._test_at(places)
        told = (*(at.failing_lines if at else ()), complaint.test, *(at.source(_IMPORT_LINES) if at else ()))
        words = "\n".join((*told, complaint.words))
        spans = self._changed()
        known = frozenset(self.paths)
        ran = [
            replace(one, place=Place(path, one.place.line))
            for one in executed
            if (path := inside(one.place.path, str(self.root), folder)) in known
            or (path := known_path(one.place.path, known)) is not None
        ]
        units = self._units(self._order([*places, *(one.place for one in ran)], spans, words), spans)
        changed = {path: [span for span in found if span != WHOLE_FILE] for path, found in spans.items()}
        frames = [place for place in places if place.path in units]
        saved = self.scope.saved
        inner = saved.relative_to(self.workspace).as_posix() if saved and self.workspace in saved.parents else ""
        return find_suspects(units, frames, changed, words, ran, chosen=bool(self.scope.paths), saved=inner)

    def _changed(self) -> dict[str, tuple[Span, ...]]:
        if self.changes is None:
            return {}
        return {
            file.path.relative_to(self.workspace).as_posix(): file.spans
            for file in self.changes.files
            if self.workspace in file.path.parents
        }

    def _test_at(self, places: Iterable[Place]) -> _TestPlace | None:
        """The first of the places that is in a test."""
        for place in places:
            source = read_source(self.root / place.path)
            if isinstance(source, Unreadable):
                continue
            language, name = language_of(place.path.rpartition("/")[2]), place.path.rpartition("/")[2]
            units = [one for one in split_units(source.text, language) if one.first_line <= place.line < one.last_line]
            inline = inline_tests(source.text, language)
            if is_test(place.path) or name in self.own or any(within(one, inline) for one in units):
                return _TestPlace(source.text, place.line, tuple(units), bool(inline))
        return None

    def _order(self, places: Sequence[Place], changed: Iterable[str], words: str) -> list[str]:
        """The paths of the files to read: those of the trace, those that changed, those whose names the words hold."""
        named = set(IDENTIFIER.findall(words))
        told = [path for path in self.paths if path.rpartition("/")[2].partition(".")[0] in named]
        wanted = dict.fromkeys((*(place.path for place in places), *changed, *told, *self.paths))
        known = set(self.paths)
        return [path for path in wanted if path in known][:MAX_READ]

    def _units(self, paths: Iterable[str], changed: dict[str, tuple[Span, ...]]) -> dict[str, tuple[Unit, ...]]:
        found: dict[str, tuple[Unit, ...]] = {}
        for path in paths:
            file = self.read(path)
            if file is None:
                continue
            spans = changed.get(path, ()) if self.scope.rev is not None else (WHOLE_FILE,)
            if WHOLE_FILE in spans:
                found[path] = file.units
            else:
                tests = inline_tests(file.source.text, file.language)
                changed_units = plan(file.source.text, file.language, spans)
                found[path] = tuple(unit for unit in changed_units if not within(unit, tests))
        return found

    def read(self, path: str) -> SourceFile | None:
        """A file of the workspace; None when it can't be read."""
        if path not in self.files:
            data = _bytes(self.root / path)
            source = decode_source(data)
            if isinstance(source, Unreadable) or len(data) > MAX_SOURCE_BYTES:
                return None
            language = language_of(path.rpartition("/")[2], source.text.partition("\n")[0])
            tests = inline_tests(source.text, language)
            units = tuple(unit for unit in split_units(source.text, language) if not within(unit, tests))
            self.files[path] = SourceFile(self.workspace / path, data, source, language, units)
        return self.files[path]


def _bytes(path: Path) -> bytes:
    """A file's bytes; none when it can't be read, or isn't in the copy, because git ignores it."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_SOURCE_BYTES + 1)
    except OSError:
        return b""
