"""The request for an infill: the window around the cursor, and pieces of other files where there are any."""

from __future__ import annotations

from dataclasses import replace

from postil.core.completion.window import Window
from postil.core.persona.persona import Persona
from postil.core.request import InfillRequest, LoadOptions
from postil.core.review.prompt import estimate_tokens

# A completion is a few lines; a persona that knows better says num_predict.
MAX_TOKENS = 128
# A second opinion has to differ from the most likely one.
WARMTH = 0.7


def infill_request(
    model: str, persona: Persona, load: LoadOptions, window: Window, number: int = 0
) -> InfillRequest | None:
    """Candidate `number` (0 = the likeliest) for a window; None when the window doesn't fit into the context."""
    sampling = persona.sampling
    limit = sampling.max_tokens or MAX_TOKENS
    if estimate_tokens(window.prefix) + estimate_tokens(window.suffix) + limit + 8 > load.num_ctx:
        return None
    sampling = replace(sampling, max_tokens=limit)
    if number:
        sampling = replace(sampling, temperature=max(sampling.temperature or 0.0, WARMTH), seed=number)
    return InfillRequest(model, window.prefix, window.suffix, sampling, load)
