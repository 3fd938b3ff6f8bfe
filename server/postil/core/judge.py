"""What to show: a score of how likely a rewrite's difference is a real defect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.request import Alternative, TokenProb
from postil.core.rewrite import Hunk


def changed_mass(token: TokenProb, rest: str) -> float:
    """Probability (0..1) that the model gave to tokens that would change the text, where `rest` is how the
    original goes on. The copy-doubt of QUALITY: mass on alternatives that aren't a beginning of `rest`."""
    top: Sequence[Alternative] = token.top or (Alternative(token.text, token.logprob),)
    mass = sum(math.exp(min(other.logprob, 0.0)) for other in top if not _copies(other.text, rest))
    return min(1.0, mass)


def _copies(text: str, rest: str) -> bool:
    return rest.startswith(text) or text.startswith(rest)


def same_infill(hunk: Hunk, infilled: str) -> bool:
    """The veto: whether the model, seeing only the code around it, writes the original lines again."""
    old = " ".join("\n".join(hunk.old).split())
    return bool(old) and " ".join(infilled.split()).startswith(old)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a hunk. `change`: probability of leaving the copy at its place (None: the engine tells
    no logprobs); `infilled_new`: the infill wrote the rewrite's lines."""

    hunk: Hunk
    change: float | None
    infilled_new: bool
    unit_lines: int

    def features(self) -> tuple[tuple[str, float], ...]:
        """Named numbers, for the evaluation to fit and draw."""
        old = [line for line in self.hunk.old if line.strip()]
        new = [line for line in self.hunk.new if line.strip()]
        return (
            ("change", self.change if self.change is not None else 0.5),
            ("infilled_new", float(self.infilled_new)),
            ("old_lines", float(len(old))),
            ("new_lines", float(len(new))),
            ("unit_lines", float(self.unit_lines)),
        )
