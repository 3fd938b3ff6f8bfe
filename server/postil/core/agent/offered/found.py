"""Which tools a model is shown at once, and how it finds the others: a small model chooses badly among forty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from math import log

from postil.core.agent.tool import ToolSpec
from postil.core.context.words import words

# Tools in one request, the tool that finds others included.
MOST_TOOLS = 12
# Of other servers' tools, though ours fill the request by themselves.
LEAST_OTHERS = 4
# A hit in the name says more than one in the description.
_NAME_WEIGHT = 3.0
_STEM = 5
# Words of a question that say nothing of a tool.
_SAID_ANYWHERE = frozenset(
    words(
        "the an and or of to in for is are it this that what which how with not but do did does my me you can tool"
        " tools something from on by"
    )
)

FIND_TOOL = ToolSpec(
    "find_tool",
    "Find further tools by what they do; the best ones can be called from then on.",
    '{"type":"object","properties":{"what":{"type":"string","description":"what the tool should do"}},'
    '"required":["what"]}',
)


def chosen(specs: Sequence[ToolSpec], most: int = MOST_TOOLS, found: Collection[str] = ()) -> tuple[ToolSpec, ...]:
    """The tools of a request, in their order: all, if there are at most `most`; else ours, then those that were found
    before (by name), then the first others, and FIND_TOOL for the rest. Of ours none is left out, whatever `most` is.
    """
    if len(specs) <= most:
        return tuple(specs)
    own = [one for one in specs if not one.server]
    others = sorted((one for one in specs if one.server), key=lambda one: one.name not in found)
    # Found ones are never left out: the model has been told that it can call them. And of few others all are shown,
    # however many ours are.
    room = max(most - 1 - len(own), sum(one.name in found for one in others), LEAST_OTHERS)
    kept = {one.name for one in (*own, *others[:room])}
    return (*(one for one in specs if one.name in kept), FIND_TOOL)


def find_tools(question: str, specs: Sequence[ToolSpec], most: int = 5) -> tuple[ToolSpec, ...]:
    """Those that have words of the question in their name or description, the best first. Rare words count more, and
    those of a long description less (BM25 without repetitions)."""
    asked = set(words(question))
    named = [_matched(asked, words(f"{one.server} {one.name}")) for one in specs]
    texts = [words(one.description) for one in specs]
    said = [_matched(asked, text) for text in texts]
    average = sum(map(len, texts)) / max(1, len(texts)) or 1.0
    frequency = Counter(word for name, text in zip(named, said, strict=True) for word in name | text)
    ranked: list[tuple[float, int]] = []
    for number, (name, text) in enumerate(zip(named, said, strict=True)):
        short = 2.2 / (1 + 1.2 * (0.25 + 0.75 * len(texts[number]) / average))
        score = sum(
            log(1 + len(specs) / frequency[word]) * (_NAME_WEIGHT if word in name else short)
            for word in sorted(name | text)
        )
        if score:
            ranked.append((-score, number))
    return tuple(specs[number] for _, number in sorted(ranked)[:most])


def _matched(asked: Collection[str], text: Collection[str]) -> set[str]:
    """The words of the question that are in a text, or are a part of one there, or have one as a part (change and
    changes, stage and unstaged)."""
    there = set(text)
    return {word for word in asked if word not in _SAID_ANYWHERE and any(_alike(word, other) for other in there)}


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= _STEM and short in long)


def found_text(found: Sequence[ToolSpec]) -> str:
    """What the model is told of the tools that were found."""
    if not found:
        return "No tool is about that. Say it in other words, or go on without one."
    return "You can call these now:\n" + "\n".join(f"{one.name}: {one.description}" for one in found)
