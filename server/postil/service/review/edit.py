"""The `edit` method: the model rewrites the unit, and the difference is the finding and its fix."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from postil.core.review.evidence import Evidence, log_odds, same_infill
from postil.core.review.finding import Finding, Fix, Span
from postil.core.review.prompt import (
    alone_request,
    edit_request,
    natural_request,
    probe_request,
    veto_request,
    why_request,
)
from postil.core.review.rewrite import Hunk, Rewrite, applied, reject_reason
from postil.core.review.scoring import score
from postil.core.text.plain import one_line
from postil.engine.base import EngineRefused
from postil.service.review.events import FindingFound, FindingUpdated, ReviewEvent, UnitStarted
from postil.service.review.unit import UnitReview

# The first difference isn't always the defect; a model that goes on differing is lost.
MAX_DIFFERENCES = 3
# A changed line in a message; the editor shows the whole of it with the fix.
SHOWN = 100


async def edit_review(review: UnitReview) -> AsyncGenerator[ReviewEvent]:
    """UnitStarted, for each difference that is a finding its growing sentence, UnitFinished."""
    unit, asked = review.unit, review.asked
    yield UnitStarted(unit)
    if not asked.fits_rewrite():
        review.notes.append(
            f"{unit.name} (line {unit.first_line + 1}) was not read: it and its rewrite don't fit into num_ctx "
            f"({asked.load.num_ctx} tokens)"
        )
        yield review.finished(())
        return
    findings: list[Finding] = []
    start: int | None = None
    for _ in range(MAX_DIFFERENCES):
        rewrite = await _rewritten(review, start)
        hunk = rewrite.hunk
        if hunk is None:
            break
        finding = await _judged(review, hunk)
        if finding is not None:
            async with aclosing(_told(review, finding, hunk, rewrite.text.rstrip("\n"))) as events:
                async for event in events:
                    finding = event.finding
                    yield event
            findings.append(finding)
        # The original's lines stand in the difference's place, and the model goes on behind them.
        start = max(hunk.span.last, hunk.span.first + 1)
        if start >= len(unit.lines) or not review.facts.prefill:
            break
    yield review.finished(findings)


async def _told(
    review: UnitReview, finding: Finding, hunk: Hunk, rewritten: str
) -> AsyncGenerator[FindingFound | FindingUpdated]:
    """The finding, and its sentence while the model writes it."""
    unit, what = review.unit, finding.message
    yield FindingFound(unit, finding)
    said = ""
    async with aclosing(review.chat(why_request(review.asked, hunk, rewritten))) as stream:
        async for delta in stream:
            said += delta.text
            sentence = one_line(said)
            if sentence and delta.finish is None:
                finding = replace(finding, message=f"{sentence} {what}")
                yield FindingUpdated(unit, finding)
    yield FindingUpdated(unit, replace(finding, streaming=False))


async def _rewritten(review: UnitReview, start: int | None) -> Rewrite:
    """The rewrite from a line of the unit on, up to the end of its first difference."""
    rewrite = Rewrite(review.unit, start)
    async with aclosing(review.chat(edit_request(review.asked, start))) as stream:
        async for delta in stream:
            rewrite.feed(delta.text)
            if delta.finish is not None:
                rewrite.finish(complete=delta.finish == "stop")
            if rewrite.settled:
                break
    return rewrite


async def _judged(review: UnitReview, hunk: Hunk) -> Finding | None:
    """The finding, when it may be one, the infill doesn't give the original back and the score is high enough."""
    refused = reject_reason(review.unit, hunk)
    if refused is not None:
        review.dropped[refused] += 1
        return None
    infilled = await _infilled(review, hunk)
    if infilled is not None and same_infill(hunk, infilled):
        review.dropped["infill veto"] += 1
        return None
    evidence = await _evidence(review, hunk, fills=infilled is not None)
    # Without both abilities nothing weighs one difference against another: what passed the checks is shown.
    sure = score(evidence) if infilled is not None and review.facts.logprobs else review.min_score
    if not review.shown(sure):
        review.dropped["below the threshold"] += 1
        return None
    return _finding(review, hunk, evidence, sure)


async def _infilled(review: UnitReview, hunk: Hunk) -> str | None:
    """What the model writes in the difference's place; None when it can't fill in the middle."""
    who = "engine"
    if review.facts.infill:
        try:
            return await review.infill(veto_request(review.asked, hunk))
        except EngineRefused:
            who = "model"
    _once(review, f"the {who} can't fill in the middle: infill veto and score were left out, every difference is shown")
    return None


async def _evidence(review: UnitReview, hunk: Hunk, *, fills: bool) -> Evidence:
    """Three questions of one token each, where original and rewrite part."""
    asked, unit = review.asked, review.unit
    # Behind its last line an unchanged copy closes the fence.
    original, rewritten = (f"{text[hunk.offset :]}\n{asked.fence}" for text in (unit.text, applied(unit, hunk)))
    natural = alone = doubt = None
    if not review.facts.logprobs:
        _once(review, "the engine tells no probabilities: the score was left out, every difference is shown")
        return Evidence()
    # Where the original has no line, nothing can be compared with what the change puts there.
    if fills and hunk.new and hunk.old:
        token = await review.first_token(natural_request(asked, hunk))
        natural = log_odds(token, original, rewritten) if token else None
        token = await review.first_token(alone_request(asked, hunk))
        alone = log_odds(token, original, rewritten) if token else None
    if review.facts.prefill:
        token = await review.first_token(probe_request(asked, hunk))
        doubt = log_odds(token, original, rewritten) if token else None
    else:
        _once(review, "the engine can't go on from a begun answer: how sure the model was is not known")
    return Evidence(natural, alone, doubt)


def _once(review: UnitReview, note: str) -> None:
    if note not in review.notes:
        review.notes.append(note)


def _finding(review: UnitReview, hunk: Hunk, evidence: Evidence, sure: float) -> Finding:
    lines = review.unit.lines
    span = hunk.span
    if span.first == span.last:
        first = min(span.first, len(lines) - 1)
        span = Span(first, first + 1)
    return Finding(
        persona=review.asked.persona.name,
        method="edit",
        unit=review.unit.digest,
        lines=span,
        quote="\n".join(lines[span.first : span.last]),
        message=_what(hunk),
        severity=review.severity(sure),
        score=sure,
        fix=Fix(hunk.span, "\n".join(hunk.old), "\n".join(hunk.new)),
        streaming=True,
        features=evidence.features(),
    )


def _what(hunk: Hunk) -> str:
    """What the fix does, in words that are ours and so can be trusted."""
    new = one_line("\n".join(line for line in hunk.new if line.strip()))
    if not new:
        return "Suggested: remove it."
    shown = new if len(new) <= SHOWN else new[: SHOWN - 1] + "…"
    if not any(line.strip() for line in hunk.old):
        return f"Suggested: insert `{shown}` here."
    return f"Suggested: `{shown}`"
