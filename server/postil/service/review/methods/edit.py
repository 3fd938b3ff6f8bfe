"""The `edit` method: the model rewrites the unit. Each difference that passes the checks is a finding with a fix."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from postil.core.anew import opens_fence
from postil.core.change.words import note, why
from postil.core.request import ChatRequest
from postil.core.review.answer import why_unread
from postil.core.review.checks import invalid_reason
from postil.core.review.evidence import log_odds
from postil.core.review.finding import Finding, Fix, Span
from postil.core.review.prompt import (
    edit_request,
    in_context_request,
    why_request,
)
from postil.core.review.rewrite import Hunk, Rewrite, applied
from postil.core.review.scoring import score
from postil.core.text.plain import one_line
from postil.engine.base import EngineRefused
from postil.service.review.events import FindingFound, FindingUpdated, ReviewEvent, UnitStarted
from postil.service.review.methods.unit_review import UnitReview

CANT_FILL_IN = "the {} can't fill in the middle: the score was left out, every difference is shown"
NO_PROBABILITIES = "the engine tells no probabilities: the score was left out, every difference is shown"


async def edit_review(review: UnitReview) -> AsyncGenerator[ReviewEvent]:
    """Yields UnitStarted; for each finding FindingFound, then FindingUpdated as its message grows; UnitFinished."""
    unit, prompt = review.unit, review.prompt
    yield UnitStarted(unit)
    if not prompt.fits_rewrite():
        review.unread = f"it and its rewrite don't fit into {prompt.context}"
        yield review.finished(())
        return
    findings: list[Finding] = []
    async with aclosing(differences(review)) as found:
        async for hunk, rewritten in found:
            finding = await _finding(review, hunk)
            if finding is None:
                continue
            yield FindingFound(unit, finding)
            if review.settings.review.reason:
                async with aclosing(_explained(review, finding, hunk, rewritten)) as events:
                    async for event in events:
                        finding = event.finding
                        yield event
            findings.append(finding)
            if len(findings) >= review.most_findings:
                break
    yield review.finished(findings)


async def differences(review: UnitReview) -> AsyncGenerator[tuple[Hunk, str]]:
    """Each difference of the model's rewrite from the unit, unchecked, with the rewrite up to it: at most
    `max_differences` of the profile."""
    start: int | None = None
    for _ in range(review.profile.max_differences):
        rewrite = await _rewrite(review, start)
        if rewrite is None:
            # What isn't a review says nothing, and its differences are no findings.
            return
        hunk = rewrite.hunk
        if hunk is None or (start is not None and hunk.span.first < start):
            # Before `start` it is the difference that was found already, in an answer that began anew.
            return
        yield hunk, rewrite.text.rstrip("\n")
        # The next rewrite continues behind the original's lines, so that this difference doesn't influence it.
        start = max(hunk.span.last, hunk.span.first + 1)
        if start >= len(review.unit.lines) or not review.begun:
            return


async def _rewrite(review: UnitReview, start: int | None) -> Rewrite | None:
    """The rewrite from line `start` of the unit up to the end of its first difference; None when the answer is none.
    Behind a difference that was found, that leaves the rest unread only."""
    while True:
        request = edit_request(review.prompt, start)
        rewrite = Rewrite(review.unit, review.profile, start)
        if not request.prefill:
            rewrite.begin_anew()
        known, anew, cut = review.begins_anew, False, False
        async with aclosing(review.stream(request)) as stream:
            async for delta in stream:
                if delta.anew:
                    anew = True
                    rewrite.begin_anew()
                rewrite.feed(delta.text)
                if delta.finish is not None:
                    cut = delta.finish == "length"
                    rewrite.finish(complete=not cut)
                if rewrite.settled:
                    break
        roomier = review.look() and review.prompt.fits_rewrite()
        if roomier and start is None and not rewrite.answered and review.thought:
            # It thought where nobody expected it, and had no room for that.
            continue
        # The limit was for the rest of the unit. Now that the engine is known, the same request has room for all of it.
        if known or not (anew and cut and rewrite.hunk is None and review.begins_anew):
            break
    what = why_unread(review.unit, rewrite, cut=cut, thought=review.thought)
    if what and start is None:
        review.not_read(what)
    return None if what else rewrite


async def _explained(
    review: UnitReview, finding: Finding, hunk: Hunk, rewritten: str
) -> AsyncGenerator[FindingUpdated]:
    """Yields updates of the finding's message while the model writes its sentence."""
    message = finding.message
    async with aclosing(reason(review, why_request(review.prompt, hunk, rewritten))) as words:
        async for said in words:
            finding = replace(finding, message=message + why(said, review.prompt.model, review.language))
            yield FindingUpdated(review.unit, finding)
    yield FindingUpdated(review.unit, replace(finding, streaming=False))


async def reason(review: UnitReview, request: ChatRequest) -> AsyncGenerator[str]:
    """The model's sentence as it grows."""
    text = shown = ""
    # Of a model that thinks first, text without a mark before it may be thoughts.
    told = not request.think_tokens
    async with aclosing(review.stream(request)) as stream:
        async for delta in stream:
            text = delta.text if delta.anew else text + delta.text
            told = told or bool(delta.thinking) or delta.finish == "stop"
            line, ended, _ = text.lstrip().partition("\n")
            said = one_line(line)
            if told and line.strip("` \t") and not opens_fence(line) and said != shown:
                shown = said
                yield said
            if told and ended:
                break


async def _finding(review: UnitReview, hunk: Hunk) -> Finding | None:
    """The finding; None if the hunk fails a check, or its score is too low."""
    reason = invalid_reason(review.unit, hunk, review.profile)
    if reason is not None:
        review.dropped[reason] += 1
        return None
    confidence = await _score(review, hunk) if review.scored else None
    if confidence is None:
        # Without a score, every difference that passed the checks is shown.
        confidence = review.min_score
    if confidence < review.min_score:
        review.dropped["below the threshold"] += 1
        return None
    return _as_finding(review, hunk, confidence)


async def _score(review: UnitReview, hunk: Hunk) -> float | None:
    """How natural the model finds the difference: one token, where original and rewrite begin to differ. None where
    that can't be told."""
    prompt, unit = review.prompt, review.unit
    if review.abilities.infill.value == "none":
        lacking = "engine" if review.abilities.infill.origin == "engine" else "model"
        review.note_once(CANT_FILL_IN.format(lacking))
        return None
    if not review.abilities.logprobs.value:
        review.note_once(NO_PROBABILITIES)
        return None
    # The score compares the original's lines with the rewrite's, so both must have some.
    if not hunk.new or not hunk.old:
        return None
    try:
        token = await review.first_token(in_context_request(prompt, hunk))
    except EngineRefused:
        review.note_once(CANT_FILL_IN.format("model"))
        return None
    if not review.abilities.logprobs.value or (token is None and review.tells_nothing()):
        review.note_once(NO_PROBABILITIES)
        return None
    # The fence follows the code, so it is the next token where one of the two texts ends.
    original, rewritten = (f"{text[hunk.offset :]}\n{prompt.fence}" for text in (unit.text, applied(unit, hunk)))
    # An answer without a word speaks for neither.
    return score(log_odds(token, original, rewritten) if token is not None else 0.0, review.profile)


def _as_finding(review: UnitReview, hunk: Hunk, confidence: float) -> Finding:
    lines = review.unit.lines
    span = hunk.span
    if span.first == span.last:
        first = min(span.first, len(lines) - 1)
        span = Span(first, first + 1)
    fix = Fix(hunk.span, "\n".join(hunk.old), "\n".join(hunk.new))
    return Finding(
        persona=review.prompt.persona.name,
        method="edit",
        unit=review.unit.digest,
        lines=span,
        quote="\n".join(lines[span.first : span.last]),
        message=note(review.said(fix), review.standing, review.language),
        severity=review.severity,
        score=confidence,
        standing=review.standing,
        language=review.language,
        fix=fix,
        streaming=review.settings.review.reason,
    )
