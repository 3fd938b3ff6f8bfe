"""What is left out of a conversation that grows too long: old results first, then everything but a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from postil.core.agent.turns import Answered, Asked, Result, Summary, Turn
from postil.core.agent.words import filled, words

# Results at the end that stay whole: the model works with them.
KEPT_RESULTS = 2
# Characters below which a result costs no more than the line in its place.
_SMALL = 200


def pruned(turns: Sequence[Turn], keep: int = KEPT_RESULTS) -> tuple[Turn, ...]:
    """The turns with a line in the place of each result but the latest `keep`. No model is asked."""
    results = [place for place, turn in enumerate(turns) if isinstance(turn, Result)]
    old = set(results[:-keep])
    last = max((place for place, turn in enumerate(turns) if isinstance(turn, Asked)), default=-1)
    return tuple(_pruned(turn, place < last, place in old) for place, turn in enumerate(turns))


def _pruned(turn: Turn, earlier: bool, old: bool) -> Turn:
    if isinstance(turn, Result) and old and not turn.pruned and len(turn.text) > _SMALL:
        lines = str(turn.text.count("\n") + 1)
        text = filled(words().pruned, title=turn.title or turn.call.name, lines=lines)
        return replace(turn, text=text, pruned=True)
    if isinstance(turn, Asked) and earlier and turn.found:
        # It was looked up for that question; it can be looked up again.
        return replace(turn, found="")
    return turn


def split(turns: Sequence[Turn]) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
    """The turns that a record replaces, and those that stay: from the user's latest words on."""
    last = max((place for place, turn in enumerate(turns) if isinstance(turn, Asked)), default=0)
    return tuple(turns[:last]), tuple(turns[last:])


def as_text(turns: Sequence[Turn], chars: int) -> str:
    """The turns as a page for the model that writes the record; of a long one the ends of its parts are left out."""
    share = max(120, chars // max(1, len(turns)))
    lines: list[str] = []
    for turn in turns:
        match turn:
            case Asked(text):
                lines.append(f"User: {_short(text, share)}")
            case Answered(text) if text.strip():
                lines.append(f"Assistant: {_short(text, share)}")
            case Result(call, text, title):
                lines.append(f"Tool {title or call.name}: {_short(text, share // 2)}")
            case Summary(text):
                lines.append(f"Record: {text}")
            case _:
                pass
    return "\n".join(lines)[-chars:]


def _short(text: str, chars: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= chars else f"{text[: chars - 1]}…"
