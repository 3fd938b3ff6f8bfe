"""Each story of this folder, played through plan and review with a scripted model."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.scenarios import story as stories

from postil.core.review.finding import Finding
from postil.core.syntax.split import plan
from postil.core.syntax.units import Unit
from postil.core.text.edits import TextEdit, apply
from postil.core.text.positions import LineIndex, Position
from postil.engine.scripted import Rule, ScriptedEngine
from postil.service.personas.load import load_personas
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.service.review.events import FindingFound, UnitFinished
from postil.service.review.fallback import Fallback
from postil.service.review.units import review_units
from postil.settings import ReviewSettings, Settings

FILES = sorted(Path(__file__).parent.glob("*.md"))


def engine(story: stories.Story) -> ScriptedEngine:
    return ScriptedEngine([Rule(old, echo=True, replace=((old, new),)) for old, new in story.replacements])


async def review(story: stories.Story) -> list[tuple[Unit, Finding]]:
    """The findings that stay; each was found before it was told as finished."""
    settings = Settings(review=ReviewSettings(min_score=0))
    persona = load_personas().personas["reviewer"]
    context = ReviewContext(engine(story), "qwen2.5-coder:1.5b", persona, settings, ReviewCache())
    found: set[str] = set()
    stay: list[tuple[Unit, Finding]] = []
    async for event in review_units(context, plan(story.source, story.language), Fallback(), print):
        if isinstance(event, FindingFound):
            found.add(event.finding.id)
        elif isinstance(event, UnitFinished):
            stay += [(event.unit, finding) for finding in event.findings]
    assert found == {finding.id for _, finding in stay}, "a note never vanishes because of our own checks"
    return stay


def fixed(text: str, findings: list[tuple[Unit, Finding]]) -> str:
    """The text with every fix applied."""
    index = LineIndex(text)
    edits = []
    for unit, finding in findings:
        assert finding.fix is not None
        span = finding.fix.span.shifted(unit.first_line)
        new = finding.fix.new + "\n" if finding.fix.new else ""
        edits.append(TextEdit(index.offset(Position(span.first, 0)), index.offset(Position(span.last, 0)), new))
    return apply(text, edits)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_story(path: Path, request: pytest.FixtureRequest) -> None:
    story = stories.read(path)
    findings = await review(story)
    assert [unit.first_line + finding.lines.first for unit, finding in findings] == list(story.faulty)
    made = stories.diff(story.source, fixed(story.source, findings))
    if request.config.getoption("--update", default=False):
        stories.rewrite(story, made)
    else:
        assert made == story.expected


def test_there_are_stories_with_and_without_notes() -> None:
    read = [stories.read(path) for path in FILES]
    assert any(story.faulty for story in read) and any(not story.faulty for story in read)
    assert all(story.replacements for story in read), "a model that changes nothing proves nothing"
