"""The requests of a review. What stays the same comes first (system prompt, code), so that all requests about a unit
share one prefix in the engine's cache. The texts are those of the review profile."""

from __future__ import annotations

from dataclasses import dataclass, replace

from postil.core.context.values import Definition
from postil.core.models.families import FimTokens
from postil.core.models.thinking import NO_REASONING, Reasoning
from postil.core.persona.persona import DEFAULT_LOOKS_FOR, Persona
from postil.core.request import ChatRequest, InfillRequest, LoadOptions, Message, Purpose, Sampling, What
from postil.core.review.definitions import NOTHING_TOLD, Told, tell
from postil.core.review.finding import Span
from postil.core.review.profile import ReviewProfile, fill
from postil.core.review.rewrite import Hunk, begin_of
from postil.core.suppression.baseline import Dismissal
from postil.core.syntax.units import Unit
from postil.core.text.fence import fence_for, fenced, opened

# Characters of code that a request quotes; the model has the whole code anyway.
QUOTED = 120
# Tokens of a chat template around one message, and around the whole prompt: counted high.
_PER_MESSAGE, _PER_PROMPT = 8, 16


@dataclass(frozen=True, slots=True)
class UnitPrompt:
    """What all requests about a unit have in common. `dismissed`: notes of the team's baseline, as examples of what not
    to propose. `fim`: the tokens of its infill requests, where Postil writes the prompt. `reasoning`: before an answer
    that is code or a list. `path`: of the unit's file, which isn't sent. `definitions`: what the unit uses, the
    likeliest to matter first; `most_findings`: of the list that they must leave room for, 0 for a rewrite."""

    model: str
    profile: ReviewProfile
    persona: Persona
    unit: Unit
    num_ctx: int
    dismissed: tuple[Dismissal, ...] = ()
    fim: FimTokens | None = None
    reasoning: Reasoning = NO_REASONING
    path: str = ""
    definitions: tuple[Definition, ...] = ()
    most_findings: int = 0

    @property
    def load(self) -> LoadOptions:
        return self.persona.load_options(self.num_ctx)

    @property
    def fence(self) -> str:
        """The fence around the unit and around its rewrite."""
        return fence_for(self.unit.text)

    def purpose(self, what: What) -> Purpose:
        unit = self.unit
        return Purpose(what, self.persona.name, self.path, unit.name, unit.first_line, unit.digest)

    def opening(self) -> tuple[Message, ...]:
        """The messages before the code."""
        system = (Message("system", self.persona.system),) if self.persona.system else ()
        return (*system, *self.persona.messages)

    def code(self) -> str:
        return fenced(self.unit.text, self.unit.language, self.fence) + "\n\n"

    def prefill(self, text: str) -> str:
        """The beginning of an answer that is code."""
        return opened(self.unit.language, self.fence) + text

    def messages(self, instruction: str) -> tuple[Message, ...]:
        """The conversation up to an instruction about the code."""
        return (*self.opening(), Message("user", self.code() + self.told.text + instruction))

    @property
    def told(self) -> Told:
        """What is told of the definitions, the same in all requests: as many as the one that asks for the most leaves
        room for."""
        if not self.definitions:
            return NOTHING_TOLD
        profile = self.profile
        if self.most_findings:
            used = self._used(self.list_instruction(), profile.finding_tokens * self.most_findings)
        else:
            used = self._used(self.edit_instruction(), self._rewrite_tokens)
        left = self.load.num_ctx - used
        return tell(self.definitions, profile, self.unit.language, profile.definitions.review_chars, left)

    def edit_instruction(self) -> str:
        """The instruction of the `edit` method."""
        return self._examples() + fill(self.profile.prompts.edit, noun=self.persona.looks_for)

    def list_instruction(self) -> str:
        """The instruction of the `list` method."""
        prompts, noun = self.profile.prompts, self.persona.looks_for
        text = prompts.list_defects if noun == DEFAULT_LOOKS_FOR else fill(prompts.list_other, noun=noun)
        return self._examples() + text + self.in_language()

    def _examples(self) -> str:
        """The dismissed notes; "" without any."""
        if not self.dismissed:
            return ""
        pairs = ((_short(one.code), _short(one.suggested)) for one in self.dismissed)
        rows = (f"- `{code}` into `{instead}`" if instead else f"- `{code}`" for code, instead in pairs)
        return fill(self.profile.prompts.dismissed, examples="\n".join(rows))

    def in_language(self) -> str:
        """The language wanted for the sentences; "" when the persona doesn't name one."""
        language = self.persona.answer_in
        return fill(self.profile.prompts.in_language, language=language) if language else ""

    def fits(self, answer_tokens: int) -> bool:
        """Whether the `edit` method's prompt and an answer of so many tokens fit into the context."""
        return self._fits(self.edit_instruction(), answer_tokens)

    def fits_list(self, max_findings: int) -> bool:
        """Whether the `list` method's prompt and so many findings fit into the context."""
        return self._fits(self.list_instruction(), self.profile.finding_tokens * max_findings)

    def _fits(self, instruction: str, answer_tokens: int) -> bool:
        return self._used(instruction, answer_tokens) <= self.load.num_ctx

    def _used(self, instruction: str, answer_tokens: int) -> int:
        """The tokens of a request and its answer, without the definitions, which get what is left."""
        estimate = self.profile.estimate_tokens
        opening = sum(estimate(message.content) + _PER_MESSAGE for message in self.opening())
        prompt = opening + estimate(self.code() + instruction) + _PER_PROMPT
        return prompt + answer_tokens + self.reasoning.tokens

    @property
    def context(self) -> str:
        """The context in words, for a unit that doesn't fit."""
        thinking = f", {self.reasoning.tokens} of them for thinking" if self.reasoning.tokens else ""
        return f"num_ctx ({self.load.num_ctx} tokens{thinking})"

    def fits_rewrite(self) -> bool:
        """Whether the unit, its rewrite, and the request for the sentence fit into the context together."""
        return self.fits(self._rewrite_tokens)

    @property
    def _rewrite_tokens(self) -> int:
        """Of the rewrite and of the sentence about it, with its question."""
        profile = self.profile
        rewrite = profile.estimate_tokens(self.unit.text) + profile.spare_tokens
        question = profile.estimate_tokens(profile.prompts.why_missing + self.in_language()) + QUOTED + _PER_PROMPT
        return rewrite + question + profile.sentence_tokens


def _short(code: str) -> str:
    """Code on one line, without the backticks that would end the quotation."""
    return " ".join(code.split()).replace("`", "'")[:QUOTED]


def edit_request(prompt: UnitPrompt, start: int | None = None) -> ChatRequest:
    """Rewrite the unit. The answer begins with its lines before `start` (`begin_of` when there is none); with nothing
    when the model is to think before."""
    begun = prompt.unit.until(begin_of(prompt.unit, prompt.profile) if start is None else start)
    rest = prompt.unit.text[len(begun) :]
    sampling, profile = prompt.persona.sampling, prompt.profile
    limit = profile.estimate_tokens(rest) + profile.spare_tokens
    return prompt.reasoning.of(
        ChatRequest(
            model=prompt.model,
            messages=prompt.messages(prompt.edit_instruction()),
            prefill=prompt.prefill(begun),
            sampling=replace(sampling, max_tokens=limit, stop=(*sampling.stop, "\n" + prompt.fence)),
            load=prompt.load,
            purpose=prompt.purpose("review"),
        )
    )


def fix_request(prompt: UnitPrompt, lines: Span, message: str, start: int | None = None) -> ChatRequest:
    """Rewrite the unit so that the defect of a finding on `lines` is fixed. The answer goes on at line `start`. Only
    the few lines right before it are in the prefill: the engine would have to evaluate all others again, because its
    cache has them as the unit and not as the answer."""
    instruction = fill(prompt.profile.prompts.fix, line=str(lines.first + 1), message=message)
    request = edit_request(prompt, start)
    request = replace(request, messages=prompt.messages(instruction), lane="interactive", purpose=prompt.purpose("fix"))
    if start is None:
        return request
    before = prompt.unit.until(max(0, start - prompt.profile.fix_context_lines))
    return replace(request, prefill=prompt.prefill(prompt.unit.until(start).removeprefix(before)))


def why_request(prompt: UnitPrompt, hunk: Hunk, rewritten: str) -> ChatRequest:
    """The sentence for the user. The conversation goes on behind the rewrite, which is in the engine's cache."""
    old = " ".join("\n".join(hunk.old).split())[:QUOTED]
    new = " ".join("\n".join(hunk.new).split())[:QUOTED]
    prompts = prompt.profile.prompts
    question = (fill(prompts.why, old=old) if old else fill(prompts.why_missing, new=new)) + prompt.in_language()
    reasoning = prompt.reasoning.least()
    # A stop would end what a model thinks, too.
    stop = () if reasoning.tokens else ("\n",)
    return reasoning.of(
        ChatRequest(
            model=prompt.model,
            messages=(
                *prompt.messages(prompt.edit_instruction()),
                Message("assistant", fenced(rewritten, prompt.unit.language, prompt.fence)),
                Message("user", question),
            ),
            sampling=replace(prompt.persona.sampling, max_tokens=prompt.profile.sentence_tokens, stop=stop),
            load=prompt.load,
            purpose=prompt.purpose("reason"),
        )
    )


def in_context_request(prompt: UnitPrompt, hunk: Hunk) -> InfillRequest:
    """An infill's token, with its alternatives, at the place where original and rewrite begin to differ."""
    lines = prompt.unit.lines
    start = sum(len(line) + 1 for line in lines[: hunk.span.first])
    return InfillRequest(
        model=prompt.model,
        prefix=prompt.unit.until(hunk.span.first),
        suffix="".join("\n" + line for line in lines[hunk.span.last :]) or "\n",
        begun=prompt.unit.text[start : hunk.offset],
        sampling=Sampling(temperature=0.0, max_tokens=1),
        top_logprobs=prompt.profile.alternatives,
        load=prompt.load,
        lane="background",
        fim=prompt.fim,
        purpose=prompt.purpose("score"),
    )


def list_request(prompt: UnitPrompt, schema: str, max_findings: int) -> ChatRequest:
    """A list of findings in JSON, constrained by a schema."""
    limit = prompt.profile.finding_tokens * max_findings
    return prompt.reasoning.of(
        ChatRequest(
            model=prompt.model,
            messages=prompt.messages(prompt.list_instruction()),
            sampling=replace(prompt.persona.sampling, max_tokens=limit),
            load=prompt.load,
            json_schema=schema,
            purpose=prompt.purpose("review"),
        )
    )
