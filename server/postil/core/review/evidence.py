"""The evidence for a difference: log-odds of original and rewrite, from infills by the same model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.request import Alternative, TokenProb
from postil.core.review.rewrite import Hunk

# The probability of what isn't among an engine's alternatives: with it no log-odds is infinite.
FLOOR = 1e-4
# Of vocabularies of bytes (GPT-2's, Qwen's, Llama 3's) and of SentencePiece.
_SIGNS = (("Ġ", " "), ("Ċ", "\n"), ("ĉ", "\t"), ("▁", " "))


def log_odds(token: TokenProb, original: str, rewritten: str) -> float:
    """Natural-log odds that the text continues as `rewritten` rather than as `original`, from one token and its
    alternatives. A token with which both continue, or neither, counts for none. Between ±ln(1/FLOOR)."""
    top: Sequence[Alternative] = token.top or (Alternative(token.text, token.logprob),)
    new = old = FLOOR
    for other in top:
        text = _as_text(other.text, original + rewritten)
        continues_old, continues_new = original.startswith(text), rewritten.startswith(text)
        if text and continues_old != continues_new:
            probability = math.exp(min(other.logprob, 0.0))
            old, new = (old + probability, new) if continues_old else (old, new + probability)
    return math.log(new / old)


def _as_text(token: str, code: str) -> str:
    """A token as text. Some servers write it as it stands in the vocabulary, with signs for white space."""
    for sign, blank in _SIGNS:
        token = token if sign in code else token.replace(sign, blank)
    return token


def same_infill(hunk: Hunk, infilled: str) -> bool:
    """The veto: whether the infill begins with the original lines, white space aside."""
    old = " ".join("\n".join(hunk.old).split())
    return bool(old) and " ".join(infilled.split()).startswith(old)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Natural-log odds of the replacement against the original (`log_odds`); None where the engine can't state them.

    `in_context`: between the lines around the hunk. Faulty code is less natural than correct code (Ray et al., "On the
    naturalness of buggy code", ICSE 2016).
    `without_context`: with nothing around it, how much likelier the replacement is anywhere.
    """

    in_context: float | None = None
    without_context: float | None = None

    @property
    def pmi_difference(self) -> float:
        """PMI(replacement, surroundings) − PMI(original, surroundings), where PMI is pointwise mutual information. Rare
        but correct code is unlikely with and without its surroundings, and so isn't taken for a defect. 0 if one of the
        two is unknown."""
        if self.in_context is None or self.without_context is None:
            return 0.0
        return self.in_context - self.without_context

    def features(self) -> tuple[tuple[str, float], ...]:
        """Named numbers for the evaluation (bench/eval)."""
        return (("in_context", self.in_context or 0.0), ("without_context", self.without_context or 0.0))
