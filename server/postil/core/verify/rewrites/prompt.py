"""The requests for candidates. The code comes first, so that all that are asked in one way share a cached prompt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from postil.core.context.values import Definition
from postil.core.models.thinking import NO_REASONING, Reasoning
from postil.core.persona.persona import Persona
from postil.core.request import ChatRequest, LoadOptions, Message, Purpose, Sampling
from postil.core.review.definitions import NOTHING_TOLD, Told, kept_of, tell, text_of
from postil.core.review.profile import ReviewProfile, Way, fill
from postil.core.syntax.units import Unit
from postil.core.text.fence import fence_for, fenced, opened
from postil.core.verify.complaint import Complaint, shortened
from postil.core.verify.rewrites.candidate import own_name
from postil.core.verify.rewrites.lines import begun_line, swept_lines

# Tokens of a chat template around a message: counted high.
_TEMPLATE = 40
# Answers that a suspect of several gets at least, a rewrite and a sweep. After them it is left when the rewrite was the
# unit as it is.
LEAST = 2
# Of what the check said of a refused rewrite, what is shown.
_WHY_CHARS = 500


@dataclass(frozen=True, slots=True)
class Refused:
    """A rewrite that the check didn't pass, and why: the verdict, and the words of the test that failed."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class RepairPrompt:
    """What all requests about a suspect have in common. `file`: the lines of the file that it stands in. `akin`: the
    complaints of further tests that may fail for the same reason. `continues`: the model can continue an answer that is
    begun for it. `definitions`: what the unit uses, the likeliest to matter first."""

    model: str
    profile: ReviewProfile
    persona: Persona
    unit: Unit
    path: str
    file: tuple[str, ...]
    complaint: Complaint
    num_ctx: int
    reasoning: Reasoning = NO_REASONING
    akin: tuple[Complaint, ...] = ()
    continues: bool = True
    definitions: tuple[Definition, ...] = ()

    @property
    def load(self) -> LoadOptions:
        return self.persona.load_options(self.num_ctx)

    @property
    def answer_tokens(self) -> int:
        """Room for the rewrite of the unit: as long as it is, and some lines more."""
        return self.profile.estimate_tokens(self.unit.text) + 2 * self.profile.spare_tokens

    @property
    def fits(self) -> bool:
        """Whether the unit by itself, the failure and the rewrite fit into the context."""
        return self._room(self._instruction(0, None)) >= self.profile.estimate_tokens(self.unit.text)

    def request(self, way: Way, number: int, refused: Refused | None = None) -> ChatRequest:
        """The request with this number, from 0: first the likeliest answers (`repair.greedy` of the profile), from then
        on samples, each of its own seed."""
        unit, told = self.unit, NOTHING_TOLD
        if way == "untold":
            shown, instruction = unit.text, fill(self.profile.prompts.edit, noun=self.persona.looks_for)
        else:
            instruction = self._instruction(number, refused if way == "refused" else None)
            if way == "blank" and unit.head_lines:
                instruction = self._filled(self.profile.prompts.repair_blank, number)
                shown, told = self._shown(instruction, blank=True)
            elif way == "alone":
                shown, told = unit.text, self._tell(self.definitions, instruction)
            else:
                shown, told = self._shown(instruction)
        fence = fence_for(unit.text)
        begun = opened(unit.language, fence) + self.begun(way)
        return self._chat(shown, told.text + instruction, begun, self._sampling(number, "\n" + fence))

    @property
    def told(self) -> Told:
        """What the first request tells of the definitions."""
        if not self.definitions:
            return NOTHING_TOLD
        return self._shown(self._instruction(0, None))[1]

    def _chat(self, shown: str, instruction: str, begun: str, sampling: Sampling) -> ChatRequest:
        code = fenced(shown, self.unit.language, fence_for(shown)) + "\n\n"
        system = (Message("system", self.persona.system),) if self.persona.system else ()
        return self.reasoning.of(
            ChatRequest(
                model=self.model,
                messages=(*system, *self.persona.messages, Message("user", code + instruction)),
                prefill=begun,
                sampling=sampling,
                load=self.load,
                lane="interactive",
                purpose=Purpose(
                    "repair", self.persona.name, self.path, self.unit.name, self.unit.first_line, self.unit.digest
                ),
            )
        )

    def line_request(self, row: int, number: int) -> ChatRequest:
        """The request for one line of a sweep that is the answer with this number; 0 for the likeliest line."""
        prompts = self.profile.prompts
        asked = self._filled(prompts.repair_finding_line if self.complaint.finding else prompts.repair_line, number)
        # The end of the fence, and a line behind the difference.
        sampling = self._sampling(number, "\n```", "\n-", "\n ")
        tokens = 2 * self.profile.estimate_tokens(self.unit.lines[row]) + self.profile.spare_tokens
        # What a rewrite shows, to the character: both share the cached prompt.
        shown, told = self._shown(self._instruction(number, None))
        return self._chat(shown, told.text + asked, begun_line(self.unit, row), replace(sampling, max_tokens=tokens))

    def rows(self) -> list[int]:
        """The lines of a sweep."""
        places = (place.line for place in self.complaint.places if place.path == self.path)
        return swept_lines(self.unit, places, finding=self.complaint.finding)

    def way(self, number: int, *, copies: bool = False, others: bool = False) -> Way:
        """How the answer with this number is asked for. `copies`: the likeliest rewrites were the unit as it is;
        `others`: there are more suspects. Who can't continue an answer, be it that they think first, can't a line."""
        rules = self.profile.repair
        ways = rules.copied_ways if copies and number >= rules.greedy else rules.ways
        if others:
            ways = rules.shared_ways
        if self.complaint.finding:
            ways = rules.finding_ways
        way = ways[number % len(ways)]
        return "told" if way == "lines" and (self.reasoning.wanted or not self.continues) else way

    def begun(self, way: Way) -> str:
        """The beginning of the unit that the answer continues: its head, or no more than its name, because the defect
        may be in the signature."""
        head = self.unit.head
        name = (
            re.search(rf"\b{re.escape(own_name(self.unit))}\b", head) if way in ("alone", "refused", "open") else None
        )
        return head[: name.end()] if name else head

    def _sampling(self, number: int, *stop: str) -> Sampling:
        sampling = replace(
            self.persona.sampling,
            max_tokens=self.answer_tokens,
            stop=(*self.persona.sampling.stop, *stop),
        )
        rules = self.profile.repair
        if number < rules.greedy:
            return sampling
        return replace(sampling, temperature=rules.temperature, top_p=rules.top_p, seed=number)

    def _instruction(self, number: int, refused: Refused | None) -> str:
        prompts = self.profile.prompts
        asked = self._filled(
            self.persona.task or (prompts.repair_finding if self.complaint.finding else prompts.repair), number
        )
        if refused is None:
            return asked
        return fill(prompts.repair_refused, refused=refused.text, why=shortened(refused.why, _WHY_CHARS)) + asked

    def _filled(self, prompt: str, number: int) -> str:
        """The prompt with the failure that this answer is told: another test's may say more."""
        told = (self.complaint, *self.akin)
        failure = told[0 if number < self.profile.repair.greedy else number % len(told)].told
        name = self.unit.name.partition(" (")[0]
        if self.complaint.finding:
            name = self._described(name)
        return fill(prompt, path=self.path, name=name, failure=failure)

    def _described(self, name: str) -> str:
        """The unit in words: lines that have no name by the first and the last of them."""
        if self.unit.kind in ("function", "method", "class-head") and " " not in name:
            return f"`{name}`"
        lines = [line.strip() for line in self.unit.lines if line.strip()]
        return f"the code from `{lines[0]}` to `{lines[-1]}`" if len(lines) > 1 else f"the line `{''.join(lines)}`"

    def _room(self, instruction: str) -> int:
        """The tokens that are left for the code that is shown."""
        estimate = self.profile.estimate_tokens
        opening = sum(estimate(one.content) + _TEMPLATE for one in self.persona.messages)
        used = opening + estimate(self.persona.system) + estimate(instruction) + 2 * _TEMPLATE
        return self.load.num_ctx - used - self.answer_tokens - self.reasoning.tokens

    def _tell(self, found: Sequence[Definition], instruction: str) -> Told:
        """These definitions, as far as there is room for them beside the unit."""
        chars, left = self.profile.definitions.fix_chars, self._left(instruction)
        return tell(found, self.profile, self.unit.language, chars, left) if found else NOTHING_TOLD

    def _left(self, instruction: str) -> int:
        return self._room(instruction) - self.profile.estimate_tokens(self.unit.text)

    def _shown(self, instruction: str, *, blank: bool = False) -> tuple[str, Told]:
        """The file, or as many of the lines around the unit as there is room for beside the definitions, and those of
        them that it doesn't show. `blank`: without the unit's body."""
        room, estimate = self._room(instruction), self.profile.estimate_tokens
        first, last = self.unit.first_line, self.unit.last_line
        body = range(first + self.unit.head_lines, last) if blank else range(0)
        others = self._tell([one for one in self.definitions if one.path], instruction)
        if estimate("\n".join(self.file)) + (estimate(others.text) if others.text else 0) <= room:
            return self._lines(0, len(self.file), body), others
        language, chars = self.unit.language, self.profile.definitions.fix_chars
        left = self._left(instruction)
        kept = kept_of(self.definitions, self.profile, language, chars, left)
        left -= estimate(text_of(kept, self.profile, language)) if kept else 0
        # In turns, a line before and a line behind it.
        before, behind = True, True
        while left > 0 and (before or behind):
            if before:
                cost = estimate(self.file[first - 1]) if first > 0 else left + 1
                before = cost <= left
                first, left = (first - 1, left - cost) if before else (first, left)
            if behind:
                cost = estimate(self.file[last]) if last < len(self.file) else left + 1
                behind = cost <= left
                last, left = (last + 1, left - cost) if behind else (last, left)

        def unseen(found: Sequence[Definition]) -> list[Definition]:
            return [one for one in found if one.path or not (first <= one.first and one.last <= last)]

        left_out = len(unseen(self.definitions)) - len(kept := unseen(kept))
        return self._lines(first, last, body), Told(text_of(kept, self.profile, language), len(kept), left_out)

    def _lines(self, first: int, last: int, without: range) -> str:
        """Lines of the file, with `...` in the place of those to leave out."""
        lines = list(self.file[first:last])
        if without:
            begin, bare = without.start - first, self.file[without.start].lstrip()
            margin = self.file[without.start].removesuffix(bare)
            lines[begin : without.stop - first] = [f"{margin}..."]
        return "\n".join(lines).strip("\n")


def share(samples: int, suspects: int, *, traced: bool = False) -> int:
    """How many of the samples that are left the next of so many suspects gets: as many as those behind it, and two at
    least, because one that is asked once is hardly ever mended. Half of them where the failure's trace leads into it
    (`traced`). What is left after the last is for the first again."""
    parts = 2 if traced and suspects > 1 else suspects
    return min(samples, max(LEAST, -(-samples // parts)))
