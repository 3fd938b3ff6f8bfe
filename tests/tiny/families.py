"""The families that have a tiny model: their shape, tokens, template and script, and the ways into an Ollama."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.tiny.script import Script
from tests.tiny.vocabulary import Specials

TEMPLATES = Path(__file__).parent / "templates"

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
    """`template`: its publisher's chat template, a file beside this one or a name in Ollama's own list. `merges`: the
    pairs that its vocabulary makes one token of. `fim`: a prompt for filling in, in its tokens."""

    name: str
    architecture: Architecture
    pre: str
    template: str
    specials: Specials
    script: Script
    merges: tuple[tuple[str, str], ...] = (("\n", "\n"),)
    add_bos: bool = False
    fim: str | None = None

    def template_text(self, known_to_ollama: Path) -> str:
        """The chat template that the file brings along."""
        if self.template.endswith(".jinja"):
            return (TEMPLATES / self.template).read_text(encoding="utf-8")
        listed = json.loads(known_to_ollama.read_text(encoding="utf-8"))
        # A list of variants, of which the longest is the newest.
        return max((entry["template"] for entry in listed if entry["name"] == self.template), key=len)


@dataclass(frozen=True, slots=True)
class Import:
    """How a family's weights come into an Ollama. `what`: in the table's words. With nothing else Ollama finds out by
    itself, as it does for a GGUF from the hub."""

    family: str
    what: str = "bare GGUF"
    go: str = ""
    renderer: str = ""
    parser: str = ""

    def body(self) -> Mapping[str, str]:
        """What `/api/create` is told beside the weights."""
        # The end of the file is no part of the prompt.
        template = (TEMPLATES / self.go).read_text(encoding="utf-8").rstrip("\n") if self.go else ""
        told = {"template": template, "renderer": self.renderer, "parser": self.parser}
        return {key: value for key, value in told.items() if value}

    @property
    def model(self) -> str:
        return f"{self.family}:{self.renderer or (self.go and 'library') or 'bare'}"


_CHATML = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_QWEN_FIM = ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>")
_THINK = ("<think>", "</think>")
_FIM = "<|fim_prefix|>def total():\n<|fim_suffix|>\n<|fim_middle|>"


def _after(end: str, *others: str, fim: str | None = None) -> dict[str, tuple[str, ...]]:
    """Besides the usual answer: behind a beginning, behind `others`, and behind the token for filling in."""
    paths = {"=": (CONTINUED, end)} | {other: (ANSWER, end) for other in others}
    return paths | ({fim: (FILLED, end)} if fim is not None else {})


_LLAMA = Family(
    "llama3.1",
    "llama",
    "llama-bpe",
    "llama3-instruct",
    Specials(
        (
            "<|begin_of_text|>",
            "<|end_of_text|>",
            "<|start_header_id|>",
            "<|end_header_id|>",
            "<|eom_id|>",
            "<|eot_id|>",
        ),
        eos="<|eot_id|>",
        bos="<|begin_of_text|>",
    ),
    Script((ANSWER, "<|eot_id|>"), _after("<|eot_id|>")),
    add_bos=True,
)
_QWEN_CODER = Family(
    "qwen2.5-coder",
    "qwen2",
    "qwen2",
    "qwen2.5.jinja",
    Specials((*_CHATML, *_QWEN_FIM), eos="<|im_end|>"),
    Script((ANSWER, "<|im_end|>"), _after("<|im_end|>", fim="<|fim_middle|>")),
    fim=_FIM,
)
_QWEN3 = Family(
    "qwen3",
    "qwen3",
    "qwen2",
    "qwen3.jinja",
    Specials((*_CHATML, *_QWEN_FIM), eos="<|im_end|>", visible=_THINK),
    # Behind the empty thought of a template that switches thinking off, it answers.
    Script(("<think>", f"\n{THOUGHT}\n", "</think>", f"\n\n{ANSWER}", "<|im_end|>"), _after("<|im_end|>", "\n\n")),
    # It has the tokens but was not trained with them.
    fim=_FIM,
)
_R1 = Family(
    "deepseek-r1",
    "qwen2",
    "qwen2",
    "deepseek-r1.jinja",
    Specials(
        ("<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"),
        eos="<｜end▁of▁sentence｜>",
        bos="<｜begin▁of▁sentence｜>",
        visible=_THINK,
    ),
    # The template opens the thought.
    Script((THOUGHT, "\n</think>\n\n", ANSWER, "<｜end▁of▁sentence｜>"), _after("<｜end▁of▁sentence｜>", "</think>")),
    add_bos=True,
)
_GEMMA3 = Family(
    "gemma3",
    "gemma3",
    "default",
    "gemma3-instruct",
    Specials(("<start_of_turn>", "<end_of_turn>"), eos="<eos>", bos="<bos>", eot="<end_of_turn>"),
    Script((ANSWER, "<end_of_turn>"), _after("<end_of_turn>")),
    add_bos=True,
)
_GPT_OSS = Family(
    "gpt-oss",
    "gpt-oss",
    "gpt-4o",
    "gpt-oss.jinja",
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
            # One token, since a second `<|channel|>` would want another successor.
            "assistant<|channel|>final<|message|>",
            ANSWER,
            "<|return|>",
        ),
        _after("<|return|>"),
    ),
)

FAMILIES = {family.name: family for family in (_LLAMA, _QWEN_CODER, _QWEN3, _R1, _GEMMA3, _GPT_OSS)}
_LIBRARY = "template as in Ollama's library"
IMPORTS = (
    *(Import(name) for name in FAMILIES),
    Import("llama3.1", _LIBRARY, go="llama3.1.gotmpl"),
    Import("qwen3", _LIBRARY, go="qwen3.gotmpl"),
    Import("gpt-oss", _LIBRARY, go="gpt-oss.gotmpl"),
    Import("qwen3", "`RENDERER qwen3-coder`", renderer="qwen3-coder", parser="qwen3-coder"),
    Import("qwen3", "`RENDERER qwen3.5`", renderer="qwen3.5", parser="qwen3.5"),
    Import("gemma3", "`RENDERER gemma4`", renderer="gemma4", parser="gemma4"),
)
