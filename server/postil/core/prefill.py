"""The beginning of an answer that a request gives: whether a rendered prompt lets the model continue it, and what is
sent where it doesn't."""

from __future__ import annotations

from dataclasses import replace

from postil.core.request import ChatRequest
from postil.core.text.reasoning import TEMPLATE_MARKS

# What a probe sends in the place of the user's and the assistant's words. The second ends as a beginning of code does:
# some renderers trim the last line end and the margin behind it, and the model would write another margin there.
USER_SENTINEL = "Postil asks how this is rendered."
SENTINEL = "```text\nPostil begins an answer\n    "

# In the harmony format (gpt-oss) a model takes for the channel's name what follows this.
_HARMONY_TURN = "<|start|>assistant"
_HARMONY_ANSWER = "<|channel|>final<|message|>"

_BOS = ("<|begin_of_text|>", "<s>", "<bos>", "<｜begin▁of▁sentence｜>", "<|startoftext|>", "<BOS_TOKEN>")
# Tokenizers that add it where the GGUF says nothing of it; those for which llama.cpp adds it whatever the GGUF says.
_BOS_BY_DEFAULT = frozenset({"llama", "llama-bpe", "llama3"})
_BOS_ALWAYS = frozenset({"lfm2", "gemma4"})

# A token of code is seldom shorter.
_LEAST_CHARS_PER_TOKEN = 2
_SPARE_TOKENS = 16


def continues(rendered: str) -> bool:
    """Whether a prompt that was rendered with SENTINEL as the beginning of its answer lets the model continue that."""
    return rendered.endswith(SENTINEL) and not rendered.removesuffix(SENTINEL).endswith(_HARMONY_TURN)


def begun_prompt(rendered: str, request: ChatRequest) -> str | None:
    """A prompt that was rendered without the beginning of its answer, with it. None where the template opens no turn of
    the assistant's: the model would continue the user's words."""
    asked = request.messages[-1].content.strip() if request.messages else ""
    bare = rendered.rstrip()
    if not bare or (asked and bare.endswith(asked)):
        return None
    return rendered + _before_the_answer(bare) + request.prefill


def _before_the_answer(bare: str) -> str:
    """What a rendered prompt still lacks before the answer itself."""
    if bare.endswith(_HARMONY_TURN):
        return _HARMONY_ANSWER
    closing = next((closing for opening, closing in TEMPLATE_MARKS if bare.endswith(opening)), "")
    return f"\n{closing}\n\n" if closing else ""


def written_bos(prompt: str) -> str:
    """The token for the beginning of a text with which a prompt begins; "" when it begins with none."""
    return next((token for token in _BOS if prompt.startswith(token)), "")


def adds_bos(model: str, pre: str, flag: bool | None) -> bool:
    """Whether a tokenizer adds that token by itself: `model`, `pre` and `flag` are a GGUF's `tokenizer.ggml.model`,
    `tokenizer.ggml.pre` and `tokenizer.ggml.add_bos_token`."""
    if {model, pre} & _BOS_ALWAYS:
        return True
    return flag if flag is not None else bool({model, pre} & _BOS_BY_DEFAULT)


def opens_with_fence(request: ChatRequest) -> bool:
    """Whether the request begins its answer with code, as reviews, fixes and actions do. Other beginnings are those of
    sentences that were interrupted: they follow such a request, and what an engine does with it is known by then."""
    return request.prefill.startswith("```")


def from_the_start(request: ChatRequest) -> ChatRequest:
    """The request without the beginning of its answer. The model then writes what that held, so the limit grows by as
    much; and it writes the opening fence, so no fence may end the answer."""
    if not request.prefill:
        return request
    limit = request.sampling.max_tokens
    if limit is not None:
        limit += len(request.prefill.encode()) // _LEAST_CHARS_PER_TOKEN + _SPARE_TOKENS
    bare = without_fence_stops(request)
    return replace(bare, prefill="", sampling=replace(bare.sampling, max_tokens=limit))


def without_fence_stops(request: ChatRequest) -> ChatRequest:
    """The request for an engine of which nobody knows whether it continues a beginning. Where it doesn't and the model
    writes a sentence before its opening fence, a stop at a fence would leave nothing but that sentence."""
    kept = tuple(word for word in request.sampling.stop if not word.lstrip().startswith("```"))
    return replace(request, sampling=replace(request.sampling, stop=kept))
