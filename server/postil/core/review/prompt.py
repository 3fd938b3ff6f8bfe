"""The words sent to the model: stable first (system, code), so that later questions reuse the engine's cache."""

from __future__ import annotations

from dataclasses import dataclass, replace

from postil.core.persona.persona import DEFAULT_LOOKS_FOR, Persona
from postil.core.request import ChatRequest, InfillRequest, LoadOptions, Message, Sampling
from postil.core.review.finding import Span
from postil.core.review.rewrite import Hunk
from postil.core.suppression.baseline import Dismissal
from postil.core.syntax.units import Unit
from postil.core.text.fence import fence_for, fenced, opened

# The wording is a result of measurement (README of bench/eval): "exactly one defect" finds more than "its
# defects", and code before instruction lets every question about a unit share one evaluated prefix. What a persona
# says (`looks-for`, `answer-in`) is put in; without it not a byte is another.
EDIT = (
    "The code above has exactly one {noun}. Rewrite it with that {noun} fixed. Change as few lines as possible "
    "and keep everything else exactly as it is. Reply with the code only."
)
# The code before it is the review's own: its prefix is in the engine's cache.
FIX = (
    "Line {line} of the code above has this defect: {message} Rewrite the code with that defect fixed. "
    "Change as few lines as possible. Reply with the code only."
)
LIST = (
    "Report the real defects of the code above: wrong results, crashes, infinite loops, leaks, security holes. "
    "No style remarks. Most code is correct: then the list is empty. Reply in JSON: "
    '{"findings": [{"quote": the faulty line of code copied exactly, "fixed": the corrected line, '
    '"message": what is wrong, in one sentence, "severity": "error" or "warning"}]}'
)
# For a persona that looks for something else.
LIST_OF = (
    "For the code above report each {noun} and nothing else. When there is none the list is empty. Reply in JSON: "
    '{"findings": [{"quote": the line of code concerned, copied exactly, "fixed": the line as it should be, '
    '"message": why, in one sentence, "severity": "error" or "warning"}]}'
)
WHY = (
    "In one plain sentence of at most 25 words, say what goes wrong at run time in the original code because of "
    "`{old}`. Don't mention the rewrite, don't quote code longer than a name."
)
WHY_MISSING = (
    "In one plain sentence of at most 25 words, say what goes wrong at run time in the original code, which lacks "
    "`{new}`. Don't mention the rewrite, don't quote code longer than a name."
)
# What the team has dismissed, before the instruction: the code's prefix stays the same for all.
JUDGED = "Changes like these were proposed before and are wrong, don't make such ones:\n{examples}\n\n"
IN_LANGUAGE = " Write the sentence in {language}."
# Each word here is read anew for a fix. Of 30 defects whose line and meaning are told (the Python cases of bench/eval,
# qwen2.5-coder:1.5b) 18 programs pass their tests so, 20 with twice the words and all lines before the defect begun.
BEGUN_LINES = 2
# Beyond the copy itself: room for the lines that a fix adds.
SPARE_TOKENS = 60
SENTENCE_TOKENS = 60
# With nothing around it almost anything may follow: the twenty likeliest tokens often hold neither original nor change.
ALTERNATIVES = 40
# A finding of a list: two lines of code, a sentence, JSON's own words.
FINDING_TOKENS = 120
# A quoted line in a question; the model has the whole code anyway.
QUOTED = 120
# Qwen2.5's tokenizer makes a token of about 3.2 characters of Python (measured on the standard library's
# textwrap, csv and argparse); other text is denser. Counted high rather than low.
CHARS_PER_TOKEN = 2.8


def estimate_tokens(text: str) -> int:
    """An upper guess at a text's tokens without a tokenizer; CJK and digits count a token a character."""
    single = sum(1 for char in text if char.isdigit() or ord(char) > 0x2E80)
    return int((len(text) - single) / CHARS_PER_TOKEN) + single + 1


@dataclass(frozen=True, slots=True)
class UnitPrompt:
    """What every question about a unit has in common."""

    model: str
    persona: Persona
    unit: Unit
    num_ctx: int
    judged: tuple[Dismissal, ...] = ()

    @property
    def load(self) -> LoadOptions:
        return self.persona.load_options(self.num_ctx)

    def opening(self) -> tuple[Message, ...]:
        system = (Message("system", self.persona.system),) if self.persona.system else ()
        return (*system, *self.persona.messages)

    @property
    def fence(self) -> str:
        """What stands around the unit and its rewrite."""
        return fence_for(self.unit.text)

    def code(self) -> str:
        return fenced(self.unit.text, self.unit.language, self.fence) + "\n\n"

    def begun(self, text: str) -> str:
        """The begin of an answer that is code."""
        return opened(self.unit.language, self.fence) + text

    def edit_words(self) -> str:
        """The instruction of the `edit` method."""
        return self.judged_words() + EDIT.format(noun=self.persona.looks_for)

    def list_words(self) -> str:
        """The instruction of the `list` method."""
        noun = self.persona.looks_for
        # Braces are JSON's here.
        words = LIST if noun == DEFAULT_LOOKS_FOR else LIST_OF.replace("{noun}", noun)
        return self.judged_words() + words + self.in_language()

    def judged_words(self) -> str:
        """Dismissed notes as examples of what not to propose; "" without any: then a prompt is what it was."""
        if not self.judged:
            return ""
        pairs = ((_short(one.code), _short(one.suggested)) for one in self.judged)
        rows = (f"- `{code}` into `{instead}`" if instead else f"- `{code}`" for code, instead in pairs)
        return JUDGED.replace("{examples}", "\n".join(rows))

    def in_language(self) -> str:
        """In which language the sentences are wanted, "" when the persona doesn't say."""
        language = self.persona.answer_in
        return IN_LANGUAGE.format(language=language) if language else ""

    def fits(self, answer_tokens: int) -> bool:
        """Whether the `edit` method's prompt and an answer stay inside the context."""
        return self._fits(self.edit_words(), answer_tokens)

    def fits_list(self, max_findings: int) -> bool:
        """Whether the `list` method's prompt and so many findings stay inside the context."""
        return self._fits(self.list_words(), FINDING_TOKENS * max_findings)

    def _fits(self, instruction: str, answer_tokens: int) -> bool:
        said = sum(estimate_tokens(message.content) + 8 for message in self.opening())
        return said + estimate_tokens(self.code() + instruction) + answer_tokens + 16 <= self.load.num_ctx

    def fits_rewrite(self) -> bool:
        """Whether the unit, its rewrite and the question for the sentence stay inside the context together."""
        rewrite = estimate_tokens(self.unit.text) + SPARE_TOKENS
        question = estimate_tokens(WHY_MISSING + self.in_language()) + QUOTED + 16
        return self.fits(rewrite + question + SENTENCE_TOKENS)


def _short(code: str) -> str:
    """Code as a question quotes it: on one line, with nothing that would end the quotation."""
    return " ".join(code.split()).replace("`", "'")[:QUOTED]


def edit_request(asked: UnitPrompt, start: int | None = None) -> ChatRequest:
    """Rewrite the unit; the answer begins with its lines before `start` (its head when none is given)."""
    begun = asked.unit.head if start is None else asked.unit.until(start)
    rest = asked.unit.text[len(begun) :]
    sampling = asked.persona.sampling
    limit = estimate_tokens(rest) + SPARE_TOKENS
    return ChatRequest(
        model=asked.model,
        messages=(*asked.opening(), Message("user", asked.code() + asked.edit_words())),
        prefill=asked.begun(begun),
        sampling=replace(sampling, max_tokens=limit, stop=(*sampling.stop, "\n" + asked.fence)),
        load=asked.load,
    )


def fix_request(asked: UnitPrompt, lines: Span, message: str, start: int | None = None) -> ChatRequest:
    """Rewrite the unit so that what a finding on these of its lines says is mended; the answer is taken to go on at
    line `start`. Only the lines right before it are begun for the model: of what stands further up, the engine would
    read again all that the review has in its cache as the unit, not as the answer."""
    words = FIX.format(line=lines.first + 1, message=message)
    messages = (*asked.opening(), Message("user", asked.code() + words))
    request = replace(edit_request(asked, start), messages=messages, lane="interactive")
    if start is None:
        return request
    begun = asked.unit.until(start).removeprefix(asked.unit.until(max(0, start - BEGUN_LINES)))
    return replace(request, prefill=asked.begun(begun))


def probe_request(asked: UnitPrompt, hunk: Hunk) -> ChatRequest:
    """One token at the place where the rewrite left the original, with its alternatives: how sure was it?
    The whole prompt is in the engine's cache."""
    request = edit_request(asked)
    return replace(
        request,
        prefill=asked.begun(asked.unit.text[: hunk.offset]),
        sampling=replace(request.sampling, max_tokens=1, stop=()),
        top_logprobs=ALTERNATIVES,
    )


def why_request(asked: UnitPrompt, hunk: Hunk, rewritten: str) -> ChatRequest:
    """The sentence for the user, on the prefix that the rewrite left in the engine's cache."""
    old = " ".join("\n".join(hunk.old).split())[:QUOTED]
    new = " ".join("\n".join(hunk.new).split())[:QUOTED]
    question = (WHY.format(old=old) if old else WHY_MISSING.format(new=new)) + asked.in_language()
    return ChatRequest(
        model=asked.model,
        messages=(
            *asked.opening(),
            Message("user", asked.code() + asked.edit_words()),
            Message("assistant", fenced(rewritten, asked.unit.language, asked.fence)),
            Message("user", question),
        ),
        sampling=replace(asked.persona.sampling, max_tokens=SENTENCE_TOKENS, stop=("\n",)),
        load=asked.load,
    )


def veto_request(asked: UnitPrompt, hunk: Hunk) -> InfillRequest:
    """What the same model would write at the hunk's place, seeing the original code around it."""
    lines = asked.unit.lines
    before = "".join(line + "\n" for line in lines[: hunk.span.first])
    after = "".join("\n" + line for line in lines[hunk.span.last :]) or "\n"
    return InfillRequest(
        model=asked.model,
        prefix=before,
        suffix=after,
        sampling=Sampling(temperature=0.0, max_tokens=estimate_tokens("\n".join(hunk.old)) + 8),
        load=asked.load,
        lane="background",
    )


def natural_request(asked: UnitPrompt, hunk: Hunk) -> InfillRequest:
    """One token of the infill where original and rewrite part: which of the two would the model write itself?"""
    request = veto_request(asked, hunk)
    start = sum(len(line) + 1 for line in asked.unit.lines[: hunk.span.first])
    begun = asked.unit.text[start : hunk.offset]
    return replace(request, begun=begun, sampling=replace(request.sampling, max_tokens=1), top_logprobs=ALTERNATIVES)


def alone_request(asked: UnitPrompt, hunk: Hunk) -> InfillRequest:
    """`natural_request` with nothing before and behind the hunk's lines: a prompt of a few tokens."""
    return replace(natural_request(asked, hunk), prefix="", suffix="\n")


def list_request(asked: UnitPrompt, schema: str, max_findings: int) -> ChatRequest:
    """A list of findings in JSON, held to a schema."""
    return ChatRequest(
        model=asked.model,
        messages=(*asked.opening(), Message("user", asked.code() + asked.list_words())),
        sampling=replace(asked.persona.sampling, max_tokens=FINDING_TOKENS * max_findings),
        load=asked.load,
        json_schema=schema,
    )
