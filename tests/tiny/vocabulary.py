"""A vocabulary of single bytes, an architecture's special tokens and the words of a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gguf

# The special tokens behind the bytes; `bos`, `eos` and the others are named by their text.


@dataclass(frozen=True, slots=True)
class Specials:
    """`control`: tokens that a prompt's text stands for and that an answer's text leaves out. `visible`: those that an
    answer's text keeps (`<think>`)."""

    control: tuple[str, ...]
    eos: str
    bos: str | None = None
    visible: tuple[str, ...] = ()
    eot: str | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`shown`: the text of each token as a script writes it, `stored`: as the file has it."""

    shown: tuple[str, ...]
    stored: tuple[str, ...]
    types: tuple[int, ...]

    def id(self, text: str) -> int:
        return self.shown.index(text)


def byte_characters() -> dict[int, str]:
    """GPT-2's printable character for each byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    found = {byte: chr(byte) for byte in printable}
    others = (byte for byte in range(256) if byte not in found)
    return found | {byte: chr(256 + number) for number, byte in enumerate(others)}


def byte_level(specials: Specials, words: Sequence[str], merges: Sequence[tuple[str, str]] = ()) -> Vocabulary:
    """As of GPT-2: words are never made of a prompt's bytes, but by `merges`."""
    characters = byte_characters()
    shown = [chr(byte) if byte < 0x80 else f"<0x{byte:02X}>" for byte in range(256)]
    stored = [characters[byte] for byte in range(256)]
    types = [int(gguf.TokenType.NORMAL)] * 256

    def add(text: str, kind: gguf.TokenType) -> None:
        if text in shown:
            return
        shown.append(text)
        special = kind != gguf.TokenType.NORMAL
        stored.append(text if special else "".join(characters[byte] for byte in text.encode()))
        types.append(int(kind))

    for left, right in merges:
        add(left + right, gguf.TokenType.NORMAL)
    _add_all(specials, words, add)
    return Vocabulary(tuple(shown), tuple(stored), tuple(types))


def sentence_piece(specials: Specials, words: Sequence[str]) -> Vocabulary:
    """As of SentencePiece with byte fallback: a prompt's text becomes bytes."""
    shown: list[str] = []
    stored: list[str] = []
    types: list[int] = []

    def add(text: str, kind: gguf.TokenType, kept: str | None = None) -> None:
        if text in shown:
            return
        shown.append(text)
        stored.append(kept or (text if kind == gguf.TokenType.CONTROL else text.replace(" ", "▁")))
        types.append(int(kind))

    for text in ("<pad>", "<eos>", "<bos>"):
        add(text, gguf.TokenType.CONTROL)
    add("<unk>", gguf.TokenType.UNKNOWN)
    for byte in range(256):
        add(chr(byte) if byte < 0x80 else f"<byte {byte:02X}>", gguf.TokenType.BYTE, f"<0x{byte:02X}>")
    _add_all(specials, words, add)
    return Vocabulary(tuple(shown), tuple(stored), tuple(types))


def _add_all(specials: Specials, words: Sequence[str], add: object) -> None:
    assert callable(add)
    for text in specials.control:
        add(text, gguf.TokenType.CONTROL)
    for text in specials.visible:
        add(text, gguf.TokenType.USER_DEFINED)
    for text in words:
        add(text, gguf.TokenType.NORMAL)
