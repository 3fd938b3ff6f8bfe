"""The head of a GGUF file: the architecture, the size, the context and the chat template of its model."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"GGUF"
# https://github.com/ggml-org/ggml/blob/master/docs/gguf.md: the formats of the types by their numbers.
_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
# `llama_pooling_type`: 1 to 3 make one vector of a text's tokens, 4 is a reranker's number.
_POOLS = (1, 2, 3)
# More than any model has; a file that says more is damaged.
_MOST_KEYS = 10_000
_MOST_ITEMS = 10_000_000
_LONGEST = 50_000_000

Value = int | float | str | None


@dataclass(frozen=True, slots=True)
class GgufHead:
    """`parameters` in billions; "" and None where the file doesn't say it. `names`: of the model it was made from.
    `embeds`: it makes vectors of texts, and answers nothing."""

    architecture: str = ""
    parameters: float | None = None
    context_length: int | None = None
    chat_template: str = ""
    names: tuple[str, ...] = ()
    embeds: bool = False


def read_head(path: Path) -> GgufHead:
    """Raises OSError, and ValueError for a file that is no GGUF."""
    with path.open("rb") as file:
        values = _values(file)
    architecture = _text(values.get("general.architecture"))
    length, label = values.get(f"{architecture}.context_length"), _text(values.get("general.size_label"))
    names = (_text(values.get(f"general.{key}")).replace(" ", "-") for key in ("basename", "name"))
    return GgufHead(
        architecture,
        _billions(label),
        length if isinstance(length, int) else None,
        _text(values.get("tokenizer.chat_template")),
        tuple(name for name in names if name),
        values.get(f"{architecture}.pooling_type") in _POOLS,
    )


def _values(file: BinaryIO) -> dict[str, Value]:
    if file.read(4) != _MAGIC:
        raise ValueError("it is no GGUF file")
    version, _, count = struct.unpack("<IQQ", _read(file, 20))
    if version < 2 or count > _MOST_KEYS:
        raise ValueError(f"its version {version} isn't known")
    found: dict[str, Value] = {}
    for _ in range(count):
        key = _string(file)
        found[key] = _value(file, _number(file, "I"))
    return found


def _value(file: BinaryIO, kind: int) -> Value:
    """The value; None for an array, which is passed over."""
    if kind == _STRING:
        return _string(file)
    if kind in _FORMATS:
        return _scalar(file, _FORMATS[kind])
    if kind != _ARRAY:
        raise ValueError(f"its type {kind} isn't known")
    inner, count = _number(file, "I"), _number(file, "Q")
    if count > _MOST_ITEMS:
        raise ValueError("it is damaged")
    if inner in _FORMATS:
        file.seek(struct.calcsize(_FORMATS[inner]) * count, 1)
    else:
        for _ in range(count):
            if inner == _STRING:
                _skip_string(file)
            else:
                _value(file, inner)
    return None


def _skip_string(file: BinaryIO) -> None:
    _read(file, _number(file, "Q"))


def _string(file: BinaryIO) -> str:
    return _read(file, _number(file, "Q")).decode("utf-8", "replace")


def _number(file: BinaryIO, form: str) -> int:
    return int(_scalar(file, form))


def _scalar(file: BinaryIO, form: str) -> int | float:
    return struct.unpack(f"<{form}", _read(file, struct.calcsize(form)))[0]


def _read(file: BinaryIO, size: int) -> bytes:
    if size > _LONGEST:
        raise ValueError("it is damaged")
    data = file.read(size)
    if len(data) != size:
        raise ValueError("it is cut off")
    return data


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _billions(label: str) -> float | None:
    """Of a `size_label` ("7B", "494M"); None for a mixture of experts ("8x7B")."""
    number, unit = label[:-1], label[-1:].upper()
    try:
        return float(number) * {"M": 1e-3, "B": 1.0}[unit]
    except (ValueError, KeyError):
        return None
