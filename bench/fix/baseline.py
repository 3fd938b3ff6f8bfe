"""The baseline: one greedy answer of the same weights, which is told the faulty unit and that it has one defect."""

from __future__ import annotations

from contextlib import aclosing
from types import TracebackType

from bench.fix.cases import FixCase
from bench.fix.trial import How, judged

from postil.cli.review.engine import Opened, open_contexts
from postil.core.review.profile import profiles
from postil.core.syntax.split import split_units
from postil.core.syntax.units import Unit
from postil.core.verify.complaint import Complaint
from postil.core.verify.patch import Patch
from postil.core.verify.rewrites.candidate import Candidate, read_candidate
from postil.core.verify.rewrites.prompt import RepairPrompt
from postil.service.personas.load import load_personas
from postil.settings import settings_of


class Baseline:
    """Opens the engine at the first case; use as a context manager."""

    def __init__(self, how: How) -> None:
        embedded = {"parallel": 1, **({} if how.threads is None else {"threads": how.threads})}
        self._settings = settings_of({"engine": how.engine, "model": {"review": how.model}, "embedded": embedded})
        self._opened: Opened | None = None

    async def __aenter__(self) -> Baseline:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            await self._opened.aclose()

    async def mends(self, case: FixCase) -> bool:
        """Whether its answer passes all tests. It needn't find the unit, as `postil fix` must."""
        unit = faulty_unit(case)
        prompt = await self._prompt(case, unit)
        request = prompt.request("untold", 0)
        context = (await self._open()).contexts[0]
        text, anew, cut = "", not request.prefill, False
        async with aclosing(context.engine.chat(request)) as stream:
            async for delta in stream:
                if delta.anew:
                    text, anew = "", True
                text += delta.text
                cut = delta.finish == "length"
        found = read_candidate(unit, prompt.begun("untold"), text, anew=anew, asked="untold", cut=cut)
        if not isinstance(found, Candidate):
            return False
        passes, more = judged(case, Patch(case.file, unit, found.text).applied(case.faulty, "\n"))
        return passes and more is not False

    async def _open(self) -> Opened:
        if self._opened is None:
            self._opened = await open_contexts(self._settings, [load_personas().personas["reviewer"]], pull=False)
        return self._opened

    async def _prompt(self, case: FixCase, unit: Unit) -> RepairPrompt:
        context = (await self._open()).contexts[0]
        facts = context.facts or await context.engine.facts()
        model = await context.engine.describe(facts.model(context.model))
        return RepairPrompt(
            context.model,
            profiles()[model.profile],
            context.persona,
            unit,
            case.file,
            tuple(case.faulty.split("\n")),
            Complaint("", "", ()),
            context.settings.num_ctx,
            context.reasoning(model.abilities),
        )


def faulty_unit(case: FixCase) -> Unit:
    """The unit that the case's defect is in."""
    return next(
        unit
        for unit in split_units(case.faulty, case.language)
        if any(unit.first_line < line <= unit.last_line for line in case.truth)
    )
