"""Writes a tiny model that embeds: a BERT whose layers add nothing, so that a text's vector is that of its words."""

from __future__ import annotations

import hashlib
from pathlib import Path

import gguf
import httpx
import numpy as np

# A common word of its own dimension each. llama.cpp marks the beginning of a word, WordPiece its continuation.
WORDS = ("read", "write", "file", "open", "close", "parse", "token", "print", "sum", "total", "price", "count")
_SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_PAD, _UNKNOWN, _CLS, _SEP, _MASK = range(len(_SPECIALS))
CONTEXT = 512
HEADS = 2


def hold(host: str, name: str, weights: Path) -> None:
    """Gives an Ollama a GGUF as it is, under this name."""
    data = weights.read_bytes()
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    with httpx.Client(base_url=host, trust_env=False, timeout=120.0) as client:
        client.post(f"/api/blobs/{digest}", content=data).raise_for_status()
        told = {"model": name, "files": {weights.name: digest}, "stream": False}
        client.post("/api/create", json=told).raise_for_status()


def write_embedder(path: Path, *, width: int = 64, layers: int = 2, inner: int = 64, random: bool = False) -> None:
    """`random`: with layers that do something, as much as those of a real model of that size."""
    pieces = [chr(letter) for letter in range(0x21, 0x7F)]
    tokens = [*_SPECIALS, *(f"▁{word}" for word in (*WORDS, *pieces)), *pieces]
    dice = np.random.default_rng(1)

    def matrix(*shape: int) -> np.ndarray:
        return (dice.standard_normal(shape) * 0.05 if random else np.zeros(shape)).astype(np.float32)

    writer = gguf.GGUFWriter(path, "bert")
    _shape(writer, width, layers, inner, tokens)
    embedding = dice.standard_normal((len(tokens), width)).astype(np.float32)
    # What stands in every text is no part of its meaning here.
    embedding[: len(_SPECIALS)] = 0.0
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("token_types.weight", np.zeros((2, width), np.float32))
    writer.add_tensor("position_embd.weight", np.zeros((CONTEXT, width), np.float32))
    _norm(writer, "token_embd_norm", width)
    for layer in range(layers):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"blk.{layer}.{part}.weight", matrix(width, width))
            writer.add_tensor(f"blk.{layer}.{part}.bias", np.zeros(width, np.float32))
        for part, rows, columns in (("ffn_up", inner, width), ("ffn_down", width, inner)):
            writer.add_tensor(f"blk.{layer}.{part}.weight", matrix(rows, columns))
            writer.add_tensor(f"blk.{layer}.{part}.bias", np.zeros(rows, np.float32))
        _norm(writer, f"blk.{layer}.attn_output_norm", width)
        _norm(writer, f"blk.{layer}.layer_output_norm", width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _shape(writer: gguf.GGUFWriter, width: int, layers: int, inner: int, tokens: list[str]) -> None:
    writer.add_name("tiny embedder, written for tests")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("bert")
    writer.add_token_list(tokens)
    types = [gguf.TokenType.CONTROL] * len(_SPECIALS) + [gguf.TokenType.NORMAL] * (len(tokens) - len(_SPECIALS))
    types[_UNKNOWN] = gguf.TokenType.UNKNOWN
    writer.add_token_types(list(map(int, types)))
    writer.add_token_type_count(2)
    writer.add_bos_token_id(_CLS)
    writer.add_eos_token_id(_SEP)
    writer.add_sep_token_id(_SEP)
    writer.add_unk_token_id(_UNKNOWN)
    writer.add_pad_token_id(_PAD)
    writer.add_mask_token_id(_MASK)


def _norm(writer: gguf.GGUFWriter, name: str, width: int) -> None:
    writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))
    writer.add_tensor(f"{name}.bias", np.zeros(width, np.float32))
