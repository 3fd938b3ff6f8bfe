"""The OpenAI API's `/v1/embeddings`: what is asked, and the vectors of its answer in the order of their texts."""

from __future__ import annotations

from postil.core.request import EmbedRequest
from postil.engine.json_values import JsonObject, count_in, object_in, objects_in
from postil.engine.stream.vectors import RawVectors

EMBEDDINGS = "/v1/embeddings"


def embed_body(request: EmbedRequest) -> JsonObject:
    """https://platform.openai.com/docs/api-reference/embeddings/create; llama-server's is the same."""
    return {"model": request.model, "input": list(request.texts), "encoding_format": "float"}


def raw_vectors(answer: JsonObject) -> RawVectors:
    """The vectors of `data`, by their `index` where each has one: the API promises no order."""
    rows = objects_in(answer.get("data"))
    places = [count_in(row.get("index")) for row in rows]
    if sorted(place for place in places if place is not None) == list(range(len(rows))):
        rows = sorted(rows, key=lambda row: count_in(row.get("index")) or 0)
    elif any(place is not None for place in places):
        # Twice the same place, or one that nothing was asked for: no vector can be told from another.
        rows = []
    usage = object_in(answer.get("usage")) or {}
    return RawVectors([row.get("embedding") for row in rows], usage.get("prompt_tokens"))
