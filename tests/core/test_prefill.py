"""How rendered prompts are judged, and how a request goes without its beginning of the answer."""

from __future__ import annotations

import pytest

from postil.core.models.abilities import Abilities, Fact
from postil.core.models.observed import Observed, Refusal
from postil.core.prefill import (
    SENTINEL,
    adds_bos,
    begun_prompt,
    continues,
    from_the_start,
    without_fence_stops,
    written_bos,
)
from postil.core.request import ChatRequest, Message, Sampling

REQUEST = ChatRequest("m", (Message("user", "Rewrite it."),), prefill="```python\ndef f():\n")
TURN = "<|im_start|>user\nRewrite it.<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize(
    ("rendered", "native"),
    [
        (f"<|im_start|>assistant\n{SENTINEL}", True),
        # Bundled templates of llama3, gemma3 and granite close the turn (Ollama 0.24, template/*.gotmpl).
        (f"<|start_header_id|>assistant<|end_header_id|>\n\n{SENTINEL}<|eot_id|><|start_header_id|>assistant", False),
        (f"<start_of_turn>model\n{SENTINEL}<end_of_turn>\n<start_of_turn>model\n", False),
        # The renderer of qwen3.5 trims the last line end and the margin behind it.
        (f"<|im_start|>assistant\n{SENTINEL.rstrip()}", False),
        # Without a channel, gpt-oss takes the beginning for the channel's name.
        (f"<|start|>assistant<|channel|>final<|message|>{SENTINEL}", True),
        (f"<|start|>assistant{SENTINEL}", False),
        ("", False),
    ],
)
def test_a_beginning_is_continued_exactly_when_the_prompt_ends_with_it(rendered: str, native: bool) -> None:
    assert continues(rendered) is native


@pytest.mark.parametrize(
    ("rendered", "between"),
    [
        (TURN, ""),
        ("[INST] Rewrite it. [/INST]", ""),
        # Closed by the template, as with `think: false`.
        (f"{TURN}<think>\n\n</think>\n\n", ""),
        (f"{TURN}<think>\n", "\n</think>\n\n"),
        (f"{TURN}<think>", "\n</think>\n\n"),
        (f"{TURN}[THINK]", "\n[/THINK]\n\n"),
        ("<|start|>user<|message|>Rewrite it.<|end|><|start|>assistant", "<|channel|>final<|message|>"),
    ],
)
def test_a_beginning_is_appended_where_the_answer_begins(rendered: str, between: str) -> None:
    assert begun_prompt(rendered, REQUEST) == rendered + between + REQUEST.prefill


@pytest.mark.parametrize("rendered", ["", "Rewrite it.", "user: Rewrite it.\n"])
def test_without_an_assistants_turn_nothing_is_appended(rendered: str) -> None:
    """The model would continue the user's words."""
    assert begun_prompt(rendered, REQUEST) is None


def test_bos() -> None:
    assert written_bos("<s>[INST]") == "<s>"
    assert written_bos("[INST] <s>") == ""
    assert adds_bos("llama", "default", None)
    assert not adds_bos("gpt2", "qwen2", None)
    assert not adds_bos("llama", "default", flag=False)
    assert adds_bos("gpt2", "lfm2", flag=False)
    assert adds_bos("gemma4", "", flag=False)


def test_without_its_beginning_a_request_has_room_for_it_and_no_fence_ends_the_answer() -> None:
    sampling = Sampling(max_tokens=50, stop=("\n```", "STOP", "\n````"))
    request = ChatRequest("m", (Message("user", "Rewrite it."),), "```python\ndef area(width, height):\n", sampling)
    whole = from_the_start(request)
    assert (whole.prefill, whole.sampling.stop) == ("", ("STOP",))
    assert whole.sampling.max_tokens is not None
    assert whole.sampling.max_tokens >= 50 + len(request.prefill) // 3
    assert without_fence_stops(request).sampling == Sampling(max_tokens=50, stop=("STOP",))
    bare = ChatRequest("m", (), sampling=sampling)
    assert from_the_start(bare) is bare


def test_what_was_observed_counts_unless_the_user_says_otherwise() -> None:
    seen = Observed(prefill=Fact("none", "probe", "it began anew"), logprobs=Fact(False, "probe", "no tokens"))
    abilities = seen.completed(Abilities(logprobs=Fact(True, "engine"), prefill=Fact("native", "settings")))
    assert (abilities.logprobs, abilities.prefill) == (seen.logprobs, Fact("native", "settings"))
    assert Observed().completed(Abilities()) == Abilities()


def test_of_two_hosts_the_worse_counts() -> None:
    one = Observed(Fact("raw"), Fact(True), refusals=(Refusal("min_p", "no"),), probed=True)
    other = Observed(Fact("none"), Fact(False), Fact(False), (Refusal("seed", "no"), Refusal("min_p", "never")))
    both = one.also(other)
    assert both.refused == {"min_p", "seed"}
    assert (both.prefill, both.logprobs, both.schema, both.probed) == (Fact("none"), Fact(False), Fact(False), False)
    assert Observed().also(one).prefill == Fact("raw")
