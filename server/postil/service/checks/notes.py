"""The notes of checks: where a failing test points to, with the fix that makes it pass, until the code changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from postil.core.review.finding import Severity, Span
from postil.core.text.edits import LineEdit, shift_span

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class VerifiedEdit:
    """`after` takes the place of the whole text `before`; the check has passed with it. `warnings`: what looks wrong
    about it all the same. `does`: what it does, as the end of a sentence."""

    before: str
    after: str
    verdict: str
    warnings: tuple[str, ...] = ()
    does: str = ""

    @property
    def words(self) -> str:
        """The verdict as it is shown."""
        return "; ".join((f"verified: {self.verdict}", *(f"look at it: {one}" for one in self.warnings)))


@dataclass(frozen=True, slots=True)
class CheckNote:
    """A failing test. `path`: of the file, with links resolved. `head` and `tail`: the first and the last line of
    `span`, for its columns. `edit`: None until a fix is found, and once the file has changed."""

    check: str
    test: str
    path: str
    span: Span
    head: str
    tail: str
    words: str
    severity: Severity
    edit: VerifiedEdit | None = None

    @property
    def id(self) -> str:
        """The same in every run."""
        key = "\0".join((self.check, self.test, self.path))
        return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def message(self) -> str:
        if self.edit is None:
            return self.words
        does = f"The fix {self.edit.does}.\n" if self.edit.does else ""
        return f"{self.words}\n{does}{self.edit.words}"


class CheckNotes:
    """By check, and by the path of their file. Only synchronous code on the event loop may change them."""

    def __init__(self) -> None:
        self._notes: dict[Key, tuple[CheckNote, ...]] = {}

    def __bool__(self) -> bool:
        return any(self._notes.values())

    def of(self, path: str) -> list[CheckNote]:
        """The notes on a file, in the order of its lines."""
        found = [note for notes in self._notes.values() for note in notes if note.path == path]
        return sorted(found, key=lambda note: note.span.first)

    def named(self, identity: str) -> CheckNote | None:
        return next((note for notes in self._notes.values() for note in notes if note.id == identity), None)

    def replace(self, key: Key, notes: Iterable[CheckNote]) -> set[str]:
        """The notes of a check from now on. Returns the paths of the files whose notes have changed."""
        old, new = self._notes.get(key, ()), tuple(notes)
        self._notes[key] = new
        return {note.path for note in set(old) ^ set(new)}

    def mends(self, key: Key, test: str) -> bool:
        """Whether a check has a fix of this test that still holds."""
        return any(note.test == test and note.edit is not None for note in self._notes.get(key, ()))

    def drop(self, path: str) -> bool:
        """Remove the notes on a file. True if there were some."""
        before = len(self.of(path))
        self._notes = {key: tuple(one for one in notes if one.path != path) for key, notes in self._notes.items()}
        return before > 0

    def keys(self) -> list[Key]:
        return [key for key, notes in self._notes.items() if notes]

    def edit(self, path: str, edits: Sequence[LineEdit]) -> bool:
        """The file was edited: its notes move with their lines, one whose own lines were edited is dropped, and no
        verdict holds any more. True if the shown notes have changed."""
        changed = False
        for key, notes in self._notes.items():
            moved = tuple(one for note in notes if (one := _moved(note, path, edits)) is not None)
            changed = changed or moved != notes
            self._notes[key] = moved
        return changed


def _moved(note: CheckNote, path: str, edits: Sequence[LineEdit]) -> CheckNote | None:
    real = [edit for edit in edits if edit.first != edit.last or edit.inserted]
    if note.path != path or not real:
        return note
    span: Span | None = note.span
    for edit in real:
        span = span and shift_span(span, edit.first, edit.last, edit.inserted)
    return replace(note, span=span, edit=None) if span is not None else None
