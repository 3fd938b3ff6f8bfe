"""`edit`: lines of a file replaced by others, shown as a difference before."""

from __future__ import annotations

from collections.abc import Callable

from postil.core.agent.events import FileChange, Place
from postil.core.agent.placing import NotPlaced, placed
from postil.core.syntax.tree import new_errors
from postil.core.text.changed import differing
from postil.service.agent.retrieval import Retrieval
from postil.service.agent.tools.base import Arguments, Outcome, Plan, Tool, ToolTrouble
from postil.service.agent.workplace import Workplace
from postil.service.agent.writing import Writer
from postil.service.workspace.languages import language_of


class Edit(Arguments):
    """Of `edit`; `old` is empty for a new file."""

    path: str
    old: str
    new: str


def editing(place: Workplace, writer: Writer, retrieval: Retrieval) -> Tool[Edit]:
    async def plan(asked: Edit) -> Plan:
        place.need_trust()
        if not asked.path.strip():
            raise ToolTrouble("write the path of the file in the line before the block")
        path = place.resolve(asked.path)
        if path.exists() or await place.door.text_of(path) is not None:
            _, before = await place.text(asked.path)
        elif asked.old.strip():
            raise ToolTrouble(f"there is no file {asked.path}")
        else:
            writer.may_write(path)
            return Plan(
                f"Create {place.name(path)}", (Place(str(path)),), changes=(FileChange(str(path), None, asked.new),)
            )
        writer.may_write(path)
        try:
            after = placed(before, asked.old, asked.new)
        except NotPlaced as error:
            raise ToolTrouble(f"{place.name(path)}: {error}") from None
        if after == before:
            raise ToolTrouble(f"{place.name(path)}: that changes nothing")
        if new_errors(before, after, language_of(path.name)):
            raise ToolTrouble(f"{place.name(path)} could not be parsed any more after this edit: nothing was changed")
        line = before[: differing(before, after)[0]].count("\n")
        return Plan(
            f"Edit {place.name(path)}", (Place(str(path), line),), changes=(FileChange(str(path), before, after),)
        )

    async def edit(asked: Edit, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        (change,) = plan.changes
        path = place.resolve(asked.path)
        await writer.write(path, change.before, change.after)
        retrieval.stale()
        place.touched[place.name(path)] = "changed"
        return Outcome(f"{place.name(path)} is changed", changes=plan.changes, places=plan.places)

    return Tool("edit", "change a file as the user says", Edit, plan, edit, "edit", writes_code=True)
