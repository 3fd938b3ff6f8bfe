"""The `edit` method: the model rewrites the unit, and the difference is the finding and its fix."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from postil.core.finding import Finding, Fix, Span
from postil.core.judge import Evidence, log_odds, same_infill
from postil.core.plain import one_line
from postil.core.prompt import (
    edit_request,
    natural_request,
    probe_request,
    veto_request,
    why_request,
)
from postil.core.rewrite import Hunk, Rewrite, applied, refusal
from postil.core.score import score
from postil.engine.base import EngineRefused
from postil.service.events import FindingFound, FindingUpdated, ReviewEvent, UnitStarted
from postil.service.review_unit import UnitReview

# A changed line in a message; the editor shows the whole of it with the fix.
SHOWN = 100


async def edit_review(review: UnitReview) -> AsyncGenerator[ReviewEvent]:
    """UnitStarted, at most one finding with its growing sentence, UnitFinished."""
    unit, asked = review.unit, review.asked
    yield UnitStarted(unit)
    if not asked.fits_rewrite():
        review.notes.append(
            f"{unit.name} (line {unit.first_line + 1}) was not read: it and its rewrite don't fit into num_ctx "
            f"({asked.load.num_ctx} tokens)"
        )
        yield review.finished(())
        return
    hunk, rewritten = await _first_hunk(review)
    finding = await _judged(review, hunk) if hunk is not None else None
    if hunk is None or finding is None:
        yield review.finished(())
        return
    yield FindingFound(unit, finding)
    what = finding.message
    said = ""
    async with aclosing(review.chat(why_request(asked, hunk, rewritten))) as stream:
        async for delta in stream:
            said += delta.text
            sentence = one_line(said)
            if sentence and delta.finish is None:
                finding = replace(finding, message=f"{sentence} {what}")
                yield FindingUpdated(unit, finding)
    finding = replace(finding, streaming=False)
    yield FindingUpdated(unit, finding)
    yield review.finished((finding,))


async def _first_hunk(review: UnitReview) -> tuple[Hunk | None, str]:
    """The first difference, if it can be a finding, and the rewrite up to its end."""
    rewrite = Rewrite(review.unit)
    async with aclosing(review.chat(edit_request(review.asked))) as stream:
        async for delta in stream:
            rewrite.feed(delta.text)
            if delta.finish is not None:
                rewrite.finish(complete=delta.finish == "stop")
            if rewrite.settled:
                break
    hunk = rewrite.hunk
    if hunk is None:
        return None, rewrite.text
    refused = refusal(review.unit, hunk)
    if refused is not None:
        review.dropped[refused] += 1
        return None, rewrite.text
    return hunk, rewrite.text.rstrip("\n")


async def _judged(review: UnitReview, hunk: Hunk) -> Finding | None:
    """The finding, when the infill doesn't give the original back and the score is high enough."""
    infilled = ""
    if review.facts.infill:
        try:
            infilled = await review.infill(veto_request(review.asked, hunk))
        except EngineRefused:
            _once(review, "this model can't fill in the middle: the infill veto was left out")
    else:
        _once(review, "the engine can't fill in the middle: the infill veto was left out")
    if same_infill(hunk, infilled):
        review.dropped["infill veto"] += 1
        return None
    evidence = await _evidence(review, hunk)
    sure = score(evidence)
    if not review.shown(sure):
        review.dropped["below the threshold"] += 1
        return None
    return _finding(review, hunk, evidence, sure)


async def _evidence(review: UnitReview, hunk: Hunk) -> Evidence:
    """Two questions of one token each, where original and rewrite part."""
    asked, unit = review.asked, review.unit
    # Behind its last line an unchanged copy closes the fence.
    original, rewritten = (text[hunk.offset :] + "\n```" for text in (unit.text, applied(unit, hunk)))
    natural = doubt = None
    if not review.facts.logprobs:
        _once(review, "the engine tells no probabilities: every difference counts the same")
        return Evidence()
    if review.facts.infill and hunk.new:
        token = await review.first_token(natural_request(asked, hunk))
        natural = log_odds(token, original, rewritten) if token else None
    if review.facts.prefill:
        token = await review.first_token(probe_request(asked, hunk))
        doubt = log_odds(token, original, rewritten) if token else None
    else:
        _once(review, "the engine can't go on from a begun answer: how sure the model was is not known")
    return Evidence(natural, doubt)


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
