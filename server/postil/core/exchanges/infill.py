"""The parts of an infill that was sent: pieces of other files, imports, and the text at the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.request import InfillRequest, Snippet


@dataclass(frozen=True, slots=True)
class Parts:
    """`before`: pieces in the format that the model's family has for other files. `inside`: those in the text, as the
    comments that were sent, each with the piece itself. `imports`: lines of the file itself that the window doesn't
    show; `prefix`: the rest of the text before the cursor."""

    before: tuple[Snippet, ...] = ()
    inside: tuple[tuple[str, Snippet], ...] = ()
    imports: str = ""
    prefix: str = ""

    @property
    def pieces(self) -> tuple[Snippet, ...]:
        return (*self.before, *(piece for _, piece in self.inside))


def parts_of(request: InfillRequest) -> Parts:
    """The parts as they were sent."""
    # A family without a format for other files isn't shown any.
    before = request.snippets if request.fim is None or request.fim.file is not None else ()
    purpose = request.purpose
    if purpose is None:
        return Parts(before, prefix=request.prefix)
    rows = [row + "\n" for row in request.prefix.split("\n")]
    rows[-1] = rows[-1][:-1]
    imports, rows = rows[: purpose.above], rows[purpose.above :]
    inside: list[tuple[str, Snippet]] = []
    own: list[str] = []
    for path, lines in purpose.pieces:
        head = f"From {path}:\n"
        # Not there: the language has no comments, or the path was redacted.
        at = next((place for place, row in enumerate(rows) if row.endswith(head)), None)
        if at is None:
            continue
        said, margin = rows[at : at + 1 + lines], len(rows[at]) - len(head)
        inside.append(("".join(said), Snippet(path, "".join(row[margin:] or "\n" for row in said[1:]).rstrip("\n"))))
        own, rows = own + rows[:at], rows[at + 1 + lines :]
    return Parts(before, tuple(inside), "".join(imports), "".join([*own, *rows]))
