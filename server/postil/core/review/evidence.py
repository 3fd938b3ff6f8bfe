"""The evidence for a difference: log-odds of original and rewrite, from an infill by the same model."""

from __future__ import annotations

import math
from collections.abc import Sequence

from postil.core.request import Alternative, TokenProb

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
