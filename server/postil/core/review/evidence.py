"""The evidence for a difference: what the same model says of it when it is asked otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.request import Alternative, TokenProb
from postil.core.review.rewrite import Hunk

# What is below an engine's likeliest tokens counts as this probability: so no log-odds is infinite.
FLOOR = 1e-4


def log_odds(token: TokenProb, original: str, rewritten: str) -> float:
    """Natural-log odds that the text goes on as `rewritten` rather than as `original`, by one token and its
    alternatives. A token that both begin with, or neither, counts for none. Between ±ln(1/FLOOR)."""
    top: Sequence[Alternative] = token.top or (Alternative(token.text, token.logprob),)
    new = old = FLOOR
    for other in top:
        stays, goes = original.startswith(other.text), rewritten.startswith(other.text)
        if other.text and stays != goes:
            share = math.exp(min(other.logprob, 0.0))
            old, new = (old + share, new) if stays else (old, new + share)
    return math.log(new / old)


def same_infill(hunk: Hunk, infilled: str) -> bool:
    """The veto: whether the model, seeing only the code around it, writes the original lines again."""
    old = " ".join("\n".join(hunk.old).split())
    return bool(old) and " ".join(infilled.split()).startswith(old)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a hunk, as natural-log odds (see `log_odds`); None where the engine can't tell.

    `natural`: how much the model would rather have written the change there itself, filling the gap in the original
    (code with a defect is less natural than code without: Ray et al., "On the naturalness of buggy code", ICSE 2016).
    `alone`: the same with nothing around the line: how much likelier the change is than the original anywhere.
    `doubt`: how much the rewrite preferred its change to the copy.
    """

    natural: float | None = None
    alone: float | None = None
    doubt: float | None = None

    @property
    def context(self) -> float:
        """How much the code around the line speaks for the change: the difference of two pointwise mutual informations,
        of the change and of the original with their surroundings. Rare but right code is unlikely in both gaps, and so
        isn't taken for a defect. 0 where one of the two isn't known."""
        return 0.0 if self.natural is None or self.alone is None else self.natural - self.alone

    def signals(self) -> tuple[tuple[str, float], ...]:
        """What the score is made of."""
        return (("context", self.context), ("doubt", self.doubt or 0.0))

    def features(self) -> tuple[tuple[str, float], ...]:
        """Named numbers, for the evaluation."""
        named = (("natural", self.natural), ("alone", self.alone), ("doubt", self.doubt))
        return tuple((name, value if value is not None else 0.0) for name, value in named)
