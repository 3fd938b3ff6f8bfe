"""Writes the GGUF file of a tiny model."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
from tests.tiny.families import Family
from tests.tiny.script import WIDTH, matrices
from tests.tiny.vocabulary import Vocabulary, byte_level, sentence_piece

LAYERS = 2
HEADS, KV_HEADS, HEAD_WIDTH = 2, 1, 32
INNER, EXPERTS = 32, 2
CONTEXT = 32768


def write(family: Family, template: str, path: Path) -> None:
    """A model whose layers add nothing, so that its embedding and output matrix say all (`script.py`)."""
    sentencepiece = family.architecture == "gemma3"
    words = family.script.words
    vocabulary = (
        sentence_piece(family.specials, words) if sentencepiece else byte_level(family.specials, words, family.merges)
    )
    writer = gguf.GGUFWriter(path, family.architecture)
    _shape(writer, family)
    _tokenizer(writer, family, vocabulary, template)
    embedding, output = matrices(vocabulary.shown, family.script)
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output.weight", output)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    for layer in range(LAYERS):
        for name, shape, value in _layer(family.architecture):
            writer.add_tensor(f"blk.{layer}.{name}", np.full(shape, value, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _shape(writer: gguf.GGUFWriter, family: Family) -> None:
    writer.add_name(f"tiny {family.name}, scripted for tests")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD_WIDTH)
    writer.add_value_length(HEAD_WIDTH)
    writer.add_rope_dimension_count(HEAD_WIDTH)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    if family.architecture in ("gemma3", "gpt-oss"):
        writer.add_sliding_window(128)
    if family.architecture == "gpt-oss":
        writer.add_expert_count(EXPERTS)
        writer.add_expert_used_count(1)
        writer.add_expert_feed_forward_length(INNER)


def _tokenizer(writer: gguf.GGUFWriter, family: Family, vocabulary: Vocabulary, template: str) -> None:
    sentencepiece = family.architecture == "gemma3"
    writer.add_tokenizer_model("llama" if sentencepiece else "gpt2")
    writer.add_tokenizer_pre(family.pre)
    writer.add_token_list(list(vocabulary.stored))
    writer.add_token_types(list(vocabulary.types))
    if sentencepiece:
        writer.add_token_scores([-float(number) for number in range(len(vocabulary.stored))])
        writer.add_add_space_prefix(False)
    else:
        by_text = dict(zip(vocabulary.shown, vocabulary.stored, strict=True))
        writer.add_token_merges([f"{by_text[left]} {by_text[right]}" for left, right in family.merges])
    specials = family.specials
    writer.add_eos_token_id(vocabulary.id(specials.eos))
    if specials.bos is not None:
        writer.add_bos_token_id(vocabulary.id(specials.bos))
    if specials.eot is not None:
        writer.add_eot_token_id(vocabulary.id(specials.eot))
    writer.add_add_bos_token(family.add_bos)
    writer.add_chat_template(template)


def _layer(architecture: str) -> list[tuple[str, tuple[int, ...], float]]:
    """The tensors of a layer: their names, shapes (numpy's order), and the value that each is filled with."""
    norms = ["attn_norm.weight"]
    tensors: list[tuple[str, tuple[int, ...], float]] = []
    for part, width in (("q", HEADS), ("k", KV_HEADS), ("v", KV_HEADS)):
        tensors.append((f"attn_{part}.weight", (width * HEAD_WIDTH, WIDTH), 0.0))
        if architecture in ("qwen2", "gpt-oss"):
            tensors.append((f"attn_{part}.bias", (width * HEAD_WIDTH,), 0.0))
    tensors.append(("attn_output.weight", (WIDTH, HEADS * HEAD_WIDTH), 0.0))
    if architecture in ("qwen3", "gemma3"):
        tensors += [(f"attn_{part}_norm.weight", (HEAD_WIDTH,), 1.0) for part in "qk"]
    if architecture == "gpt-oss":
        norms.append("post_attention_norm.weight")
        tensors += [
            ("attn_output.bias", (WIDTH,), 0.0),
            ("attn_sinks.weight", (HEADS,), 0.0),
            ("ffn_gate_inp.weight", (EXPERTS, WIDTH), 0.0),
            ("ffn_gate_inp.bias", (EXPERTS,), 0.0),
        ]
        for part, rows, columns in (("gate", INNER, WIDTH), ("up", INNER, WIDTH), ("down", WIDTH, INNER)):
            tensors.append((f"ffn_{part}_exps.weight", (EXPERTS, rows, columns), 0.0))
            tensors.append((f"ffn_{part}_exps.bias", (EXPERTS, rows), 0.0))
    else:
        norms.append("ffn_norm.weight")
        tensors += [
            ("ffn_gate.weight", (INNER, WIDTH), 0.0),
            ("ffn_up.weight", (INNER, WIDTH), 0.0),
            ("ffn_down.weight", (WIDTH, INNER), 0.0),
        ]
    if architecture == "gemma3":
        norms += ["post_attention_norm.weight", "post_ffw_norm.weight"]
    return [*tensors, *((name, (WIDTH,), 1.0) for name in norms)]
