"""What a suspect uses of the definitions of its workspace, as the check's copy has them."""

from __future__ import annotations

import asyncio

from postil.core.context.values import Definition
from postil.core.review.profile import ReviewProfile
from postil.core.verify.complaint import Complaint
from postil.core.verify.suspects import Suspect
from postil.service.context.files import ProjectFiles
from postil.service.context.query.definitions import definitions_of
from postil.service.verify.look import Look, SourceFile
from postil.service.workspace.languages import language_of
from postil.service.workspace.source import Unreadable, read_source


async def used_by(
    suspect: Suspect, file: SourceFile, look: Look, complaint: Complaint, profile: ReviewProfile
) -> tuple[Definition, ...]:
    """The definitions, those of the lines that the complaint names first. Without the editor's index, which has other
    texts than the copy where an earlier fix has changed some."""
    unit = suspect.unit
    near = [place.line for place in complaint.places if place.path == suspect.path]
    rows = range(unit.first_line, unit.last_line)
    near = [line for line in near if line in rows]

    def find() -> tuple[Definition, ...]:
        project = ProjectFiles(look.readable(), lambda path: _text(look, path))
        order = profile.definitions.order
        return definitions_of(project, suspect.path, file.source.text, file.language, rows, order, near)

    return await asyncio.to_thread(find)


def _text(look: Look, path: str) -> tuple[str, str] | None:
    source = read_source(look.root / path)
    if isinstance(source, Unreadable):
        return None
    return source.text, language_of(path.rpartition("/")[2], source.text.partition("\n")[0])
