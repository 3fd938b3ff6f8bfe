"""The request for a completion: an infill of the window around the cursor."""

from __future__ import annotations

from dataclasses import replace

from postil.core.completion.context import NO_CONTEXT, Context
from postil.core.completion.window import Window
from postil.core.models.families import FimTokens
from postil.core.persona.persona import Persona
from postil.core.request import InfillRequest, LoadOptions, Purpose
from postil.core.review.profile import ReviewProfile

# A completion is a few lines; a persona that knows better says num_predict.
MAX_TOKENS = 128
# The temperature of further candidates: at 0 they would all be the likeliest one.
CANDIDATE_TEMPERATURE = 0.7


def infill_request(
    model: str,
    profile: ReviewProfile,
    persona: Persona,
    load: LoadOptions,
    window: Window,
    number: int = 0,
    fim: FimTokens | None = None,
    context: Context = NO_CONTEXT,
    purpose: Purpose | None = None,
) -> InfillRequest | None:
    """The request for candidate `number` (0: the likeliest); None when the window doesn't fit into the model's context.
    `context`: what stands beside it, which is left out when it doesn't fit."""
    sampling = persona.sampling
    limit = sampling.max_tokens or MAX_TOKENS
    estimate = profile.estimate_tokens
    room = load.num_ctx - estimate(window.suffix) - limit - 8
    if room < estimate(window.prefix):
        return None
    sampling = replace(sampling, max_tokens=limit)
    if number:
        sampling = replace(sampling, temperature=max(sampling.temperature or 0.0, CANDIDATE_TEMPERATURE), seed=number)
    # The pieces give way first, then all that is not the window.
    for beside in (context, replace(context, pieces=NO_CONTEXT.pieces), NO_CONTEXT):
        prefix, snippets = beside.prefix(window.prefix), beside.header.snippets
        if estimate(prefix) + sum(estimate(one.path + one.text) for one in snippets) <= room:
            break
    if purpose is not None:
        imports = beside.header.imports
        pieces = tuple((one.path, one.text.count("\n") + 1) for one in beside.pieces.snippets)
        purpose = replace(purpose, above=imports.count("\n") + 2 if imports else 0, pieces=pieces)
    return InfillRequest(
        model,
        prefix,
        window.suffix,
        sampling,
        load,
        fim=fim,
        path=beside.header.path,
        snippets=snippets,
        purpose=purpose,
    )
