"""Names of models: what a FROM may name, by Ollama 0.24.0's grammar (`types/model/name.go`), and what a name tells."""

from __future__ import annotations

import re
from dataclasses import dataclass

# host/namespace/model:tag; a scheme only before a host. All characters are ASCII.
_NAME = re.compile(
    r"(?:(?:(?:[a-z]+://)?[a-z0-9_][\w.:-]{0,349}/)?[a-z0-9_][\w-]{0,79}/)?[a-z0-9_][\w.-]{0,79}(?::[a-z0-9_][\w.-]{0,79})?",
    re.ASCII | re.IGNORECASE,
)
# `:cloud` and `:local` say where the model runs; they aren't tags.
_SOURCE = re.compile(r"(?:-cloud|:cloud|:local)\Z", re.IGNORECASE)
_PATH = re.compile(r"[./\\~]|[A-Za-z]:[\\/]")
_WEIGHTS = (".gguf", ".safetensors", ".bin")


def is_model_name(text: str) -> bool:
    """Whether the text is a valid model name for Ollama (the model need not exist)."""
    return _NAME.fullmatch(text) is not None or _NAME.fullmatch(_SOURCE.sub("", text)) is not None


def is_path(text: str) -> bool:
    """Whether the text can only be the path of weights or of a folder."""
    return _PATH.match(text) is not None or text.lower().endswith(_WEIGHTS)


def from_problem(text: str) -> str | None:
    """What is wrong with the value of a FROM that isn't empty; None when it is valid."""
    if is_model_name(text) or is_path(text):
        return None
    if "#" in text:
        return f"{text!r} is no model's name: a comment needs a line of its own"
    return f"{text!r} is no model's name: write it as in `ollama list`, or a path that begins with ./"


def runs_elsewhere(name: str) -> bool:
    """Whether Ollama forwards requests for this model to a service: the code leaves the machine."""
    return re.search(r"(?:-|:)cloud\Z", name, re.IGNORECASE) is not None


def elsewhere(name: str) -> str | None:
    """Why a workspace may not choose this model for the user; None when it may."""
    if runs_elsewhere(name):
        return f"{name} doesn't run on this machine"
    parts = name.rpartition("://")[2].split("/")
    # HOST/NAMESPACE/MODEL; names with fewer parts are from Ollama's own registry.
    if len(parts) > 2 and not is_path(name) and parts[0].lower() != "registry.ollama.ai":
        return f"{name} would come from {parts[0]}"
    return None


# The share by which two sizes of one model differ at most.
_SAME_SIZE = 0.12
# "7b", "1.5b", "0.5B" as a word of its own: not the experts of "8x7b", not the active ones of "a3b".
_SIZE = re.compile(r"(?<![a-z0-9.])(\d{1,4}(?:\.\d{1,2})?)(b|m)(?![a-z0-9])")
_ACTIVE = re.compile(r"(?<![a-z0-9])a(\d{1,3}(?:\.\d{1,2})?)b(?![a-z0-9])")
# A file of several, and the quantisation of a file: "-00001-of-00003", "-q4_k_m", ".q8_0".
_SHARD = re.compile(r"-\d{5}-of-\d{5}\Z")
_PUBLISHER = re.compile(r"\A[a-z-]+_(?=.)")
_QUANTIZATION = re.compile(r"[-._](?:i?q\d[a-z0-9_]*|f16|bf16|f32|mxfp4)\Z")
# Weights that weren't trained to answer: "8b-text-q4_K_M" and "7b-base" of Ollama's library, "-4b-pt", "-8B-Base".
_UNTRAINED = re.compile(r"(?:^|[-_])(?:base|text|pretrained|foundation|pt)(?:[-_]|$)")
_UNTRAINED_BASE = re.compile(r"\db[-_](?:base|pretrained|foundation|pt)(?:[-_]|$)")


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's name without its origin, in small letters: `hf.co/Qwen/Qwen3-8B-GGUF:Q4_K_M` is `qwen3-8b`. `tag` as
    given, "" without one."""

    base: str
    tag: str = ""

    @property
    def parameters(self) -> float | None:
        """The billions of parameters that the name tells; None where it doesn't."""
        return _billions(_SIZE.search(self.tag) or _SIZE.search(self.base))

    @property
    def untrained(self) -> bool:
        """Whether the name says that the weights weren't trained to answer."""
        return bool(_UNTRAINED.search(self.tag) or _UNTRAINED_BASE.search(self.base))

    @property
    def active(self) -> float | None:
        """The billions that work on one token, of a mixture whose name tells them ("30b-a3b")."""
        found = _ACTIVE.search(self.tag) or _ACTIVE.search(self.base)
        return float(found[1]) if found else None


def same_size(told: float, known: float) -> bool:
    """Whether two sizes, of parameters or of files, are one model's. Sizes in names are rounded ("30b" has 30.5), so
    are those that engines tell, and files of one model differ in their heads."""
    return abs(told - known) <= _SAME_SIZE * known


def _billions(found: re.Match[str] | None) -> float | None:
    if found is None:
        return None
    return float(found[1]) * (0.001 if found[2] == "m" else 1.0)


def model_name(text: str) -> ModelName:
    """The name of a model, as Ollama, the model hub, an OpenAI-compatible server or a file spells it."""
    last = text.strip().lower().replace("\\", "/").rstrip("/").rpartition("/")[2]
    base, _, tag = last.partition(":")
    if base.endswith(".gguf"):
        base = _QUANTIZATION.sub("", _SHARD.sub("", base.removesuffix(".gguf")))
    base = base.removesuffix("-gguf")
    # Some repositories put the publisher before the name: "mistralai_Devstral-Small".
    return ModelName(_PUBLISHER.sub("", base), tag)


def has_tag(text: str) -> bool:
    """Whether a name says its tag."""
    return ":" in text.rpartition("/")[2]


def full_name(text: str) -> str:
    """How Ollama lists the model that a name means, in small letters: its own registry and the owner `library` left
    out, the tag `latest` added."""
    short = text.strip().lower().rpartition("://")[2].strip("/").removesuffix(":")
    # The address of a model's page, too; the hub has two names.
    for host in ("registry.ollama.ai/", "www.ollama.com/", "ollama.com/", "library/"):
        short = short.removeprefix(host)
    if short.startswith("huggingface.co/"):
        short = f"hf.co/{short.removeprefix('huggingface.co/')}"
    return short if has_tag(short) else f"{short}:latest"
