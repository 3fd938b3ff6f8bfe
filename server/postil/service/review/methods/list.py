"""The `list` method: the model returns findings as JSON. The code that a finding quotes determines its lines."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from postil.core.change.words import told
from postil.core.review.anchor import Anchored, anchor
from postil.core.review.checks import invalid_reason
from postil.core.review.finding import Finding, Fix
from postil.core.review.finding_list import FindingParser, RawFinding, findings_schema
from postil.core.review.prompt import list_request
from postil.core.review.rewrite import Hunk
from postil.core.text.plain import one_line
from postil.service.review.events import FindingFound, ReviewEvent, UnitStarted
from postil.service.review.methods.unit_review import UnitReview

# Findings of this method have no score, so each one whose quote is found is shown.
LIST_SCORE = 1.0


async def list_review(review: UnitReview) -> AsyncGenerator[ReviewEvent]:
    """Yields UnitStarted; FindingFound when a finding's JSON is complete and its quote is in the unit; UnitFinished.
    Findings of an answer that begins with prose come with UnitFinished only: the prose may turn out to be reasoning."""
    unit, prompt = review.unit, review.prompt
    yield UnitStarted(unit)
    most = review.most_findings
    if not prompt.fits_list(most):
        review.unread = f"it doesn't fit into {prompt.context}"
        yield review.finished(())
        return
    schema = findings_schema(most) if review.abilities.schema.value else ""
    if not schema:
        review.notes.append("the engine holds no answer to a schema: what isn't JSON is dropped")
    while True:
        found: list[Finding] = []
        # Of an answer that begins with prose.
        doubtful: list[RawFinding] = []
        parser = FindingParser()
        cut = False
        async with aclosing(review.stream(list_request(review.prompt, schema, most))) as stream:
            async for delta in stream:
                cut = delta.finish == "length"
                if delta.anew:
                    # What came before was reasoning: findings drafted there are none.
                    parser, found, doubtful = FindingParser(), [], []
                for raw in parser.feed(delta.text):
                    if not parser.begins_with_json:
                        doubtful.append(raw)
                    elif len(found) < most and (finding := _taken(review, raw, found)) is not None:
                        yield FindingFound(unit, finding)
                if len(found) >= most or parser.overflowed:
                    break
        if not (review.look() and parser.empty and review.thought and review.prompt.fits_list(most)):
            break
        # It thought where nobody expected it, and had no room for that.
    if len(found) < most:
        # If the limit was reached, the answer was cut off here, which isn't an error of the model.
        parser.finish()
    if parser.malformed:
        review.dropped["malformed"] += parser.malformed
    what = "" if len(found) >= most else parser.why_unread(cut=cut, thought=review.thought)
    if what:
        review.not_read(what)
    else:
        for raw in doubtful[parser.drafts :][:most]:
            _taken(review, raw, found)
    yield review.finished(found)


def _taken(review: UnitReview, raw: RawFinding, found: list[Finding]) -> Finding | None:
    """The finding, added to those that were found; None for one that isn't of this code, or was said already."""
    finding = _finding(review, raw)
    if finding is None:
        review.dropped["quotes no code of the unit"] += 1
        return None
    if any(other.id == finding.id or other.lines == finding.lines for other in found):
        review.dropped["said twice"] += 1
        return None
    found.append(finding)
    return finding


def _finding(review: UnitReview, raw: RawFinding) -> Finding | None:
    lines = review.unit.lines
    place = anchor(raw.quote, lines)
    if place is None:
        return None
    span = place.span
    old = lines[span.first : span.last]
    new = _fixed_lines(raw, old, place)
    fix = None
    if new is not None and invalid_reason(review.unit, Hunk(span, tuple(old), tuple(new)), review.profile) is None:
        fix = Fix(span, "\n".join(old), "\n".join(new))
    said = review.said(fix) if fix is not None else ()
    return Finding(
        persona=review.prompt.persona.name,
        method="list",
        unit=review.unit.digest,
        lines=span,
        quote="\n".join(old),
        message=told(one_line(raw.message), review.prompt.model, said, review.standing, review.language),
        severity=review.severity,
        score=LIST_SCORE,
        standing=review.standing,
        language=review.language,
        words=one_line(raw.message),
        fix=fix,
        columns=place.columns,
    )


def _fixed_lines(raw: RawFinding, old: Sequence[str], place: Anchored) -> list[str] | None:
    """The lines that replace `old`. If the quote is a part of a line, only that part is replaced. None if there is no
    correction, and for a part whose columns aren't known, because the rest of the line would be lost."""
    if raw.fixed is None or not raw.fixed.strip():
        return None
    new = _indented(raw.fixed, old[0])
    if place.columns is None:
        return new if place.how == "fuzzy" or _quotes_all(raw.quote, old) else None
    before, after = old[0][: place.columns[0]], old[0][place.columns[1] :]
    part = "\n".join(new).strip()
    if part.startswith(before.lstrip()):
        # The quote is a part of the line, but the correction is the whole line.
        part = part.removeprefix(before.lstrip()).removesuffix(after.rstrip())
    return (before + part + after).split("\n")


def _quotes_all(quote: str, lines: Sequence[str]) -> bool:
    """Whether a quote contains each of these lines completely, apart from white space."""
    squeezed = "".join(quote.split())
    return all("".join(line.split()) in squeezed for line in lines)


def _indented(fixed: str, old: str) -> list[str]:
    """The corrected lines, with the indentation of the old line."""
    lines = fixed.strip("\n").split("\n")
    indent = old[: len(old) - len(old.lstrip())]
    have = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    return [indent + line.removeprefix(have) if line.strip() else line for line in lines]
