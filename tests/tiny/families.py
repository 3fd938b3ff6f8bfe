"""The families that have a tiny model: their shape, special tokens, template and script."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tests.tiny.script import Script
from tests.tiny.vocabulary import Specials

# What a prompt ends with when an answer's beginning was continued, and what the model says then.
BEGINNING = "total ="
CONTINUED = " price * count"
# What it says behind the tokens for filling in, where it was trained to.
FILLED = "return total"
ANSWER = "An answer in prose."
THOUGHT = "Let me look at it."

Architecture = Literal["llama", "qwen2", "qwen3", "gemma3", "gpt-oss"]


@dataclass(frozen=True, slots=True)
class Family:
    """`template`: the file of the publisher's own chat template. `go`: an Ollama template that its library has for the
    family, where the bare GGUF gets none; `renderer` and `parser`: Ollama's own code that it names instead."""

    name: str
    architecture: Architecture
    pre: str
    template: str
    specials: Specials
    script: Script
    merges: tuple[tuple[str, str], ...] = (("\n", "\n"),)
    add_bos: bool = False
    go: str | None = None
    renderer: str | None = None
    parser: str | None = None
    details: dict[str, str] = field(default_factory=dict)


def _script(says: tuple[str, ...], end: str, fim: str | None = None, **after: tuple[str, ...]) -> Script:
    paths = {"=": (CONTINUED, end), **after}
    if fim is not None:
        paths[fim] = (FILLED, end)
    return Script((*says, end), paths)


_QWEN = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_QWEN_FIM = ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>")

FAMILIES = (
    Family(
        "llama3.1",
        "llama",
        "llama-bpe",
        "meta-llama-Llama-3.1-8B-Instruct.jinja",
        Specials(
            ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>"),
            eos="<|eot_id|>",
            bos="<|begin_of_text|>",
        ),
        _script((ANSWER,), "<|eot_id|>"),
        add_bos=True,
    ),
    Family(
        "qwen2.5-coder",
        "qwen2",
        "qwen2",
        "Qwen-Qwen2.5-7B-Instruct.jinja",
        Specials((*_QWEN, *_QWEN_FIM), eos="<|im_end|>"),
        _script((ANSWER,), "<|im_end|>", fim="<|fim_middle|>"),
    ),
    Family(
        "qwen3",
        "qwen3",
        "qwen2",
        "Qwen-Qwen3-0.6B.jinja",
        Specials((*_QWEN, *_QWEN_FIM), eos="<|im_end|>", visible=("<think>", "</think>")),
        Script(
            ("<think>", f"\n{THOUGHT}\n", "</think>", f"\n\n{ANSWER}", "<|im_end|>"),
            {"=": (CONTINUED, "<|im_end|>"), "\n\n": (ANSWER, "<|im_end|>")},
        ),
    ),
    Family(
        "deepseek-r1",
        "qwen2",
        "qwen2",
        "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja",
        Specials(
            ("<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"),
            eos="<｜end▁of▁sentence｜>",
            bos="<｜begin▁of▁sentence｜>",
            visible=("<think>", "</think>"),
        ),
        # The template opens the thinking.
        _script((THOUGHT, "\n</think>\n\n", ANSWER), "<｜end▁of▁sentence｜>"),
        add_bos=True,
    ),
    Family(
        "gemma3",
        "gemma3",
        "default",
        "gemma3.jinja",
        Specials(("<start_of_turn>", "<end_of_turn>"), eos="<eos>", bos="<bos>", eot="<end_of_turn>"),
        _script((ANSWER,), "<end_of_turn>"),
        add_bos=True,
    ),
    Family(
        "gpt-oss",
        "gpt-oss",
        "gpt-4o",
        "openai-gpt-oss-120b.jinja",
        Specials(
            (
                "<|startoftext|>",
                "<|endoftext|>",
                "<|return|>",
                "<|constrain|>",
                "<|channel|>",
                "<|start|>",
                "<|end|>",
                "<|message|>",
                "<|call|>",
            ),
            eos="<|return|>",
            bos="<|startoftext|>",
        ),
        Script(
            (
                "<|channel|>",
                "analysis",
                "<|message|>",
                THOUGHT,
                "<|end|>",
                "<|start|>",
                # One token, since a second `<|channel|>` would have another successor.
                "assistant<|channel|>final<|message|>",
                ANSWER,
                "<|return|>",
            ),
            {"=": (CONTINUED, "<|return|>")},
        ),
    ),
)
