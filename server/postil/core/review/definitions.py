"""What a request tells of the definitions that its unit uses: as many as a profile allows and a context holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.context.definitions import fitting, told
from postil.core.context.values import Definition
from postil.core.review.profile import ReviewProfile, fill


@dataclass(frozen=True, slots=True)
class Told:
    """The `text` of a request between the code and the instruction, "" for none, with so many definitions, and how many
    it has no room for."""

    text: str = ""
    count: int = 0
    left_out: int = 0


NOTHING_TOLD = Told()


def tell(found: Sequence[Definition], profile: ReviewProfile, language: str, chars: int, tokens: int) -> Told:
    """`chars`: of the profile; `tokens`: that the context has left."""
    kept = kept_of(found, profile, language, chars, tokens)
    return Told(text_of(kept, profile, language), len(kept), len(found) - len(kept))


def kept_of(
    found: Sequence[Definition], profile: ReviewProfile, language: str, chars: int, tokens: int
) -> list[Definition]:
    """Those that are told, the first before the others."""
    kept = fitting(found, chars)
    while kept and profile.estimate_tokens(text_of(kept, profile, language)) > tokens:
        kept.pop()
    return kept


def text_of(found: Sequence[Definition], profile: ReviewProfile, language: str) -> str:
    return fill(profile.prompts.definitions, definitions=told(found, language)) if found else ""
