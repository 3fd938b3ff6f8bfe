"""What a FROM may name: a model, by the grammar of Ollama 0.24.0 (`types/model/name.go`), or a file."""

from __future__ import annotations

import re

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
