"""The value of a FROM: a model's name (grammar of `types/model/name.go` in Ollama 0.24.0), or a path."""

from __future__ import annotations

import re

# host/namespace/model:tag, with an optional scheme before the host; ASCII only.
_NAME = re.compile(
    r"(?:(?:(?:[a-z]+://)?[a-z0-9_][\w.:-]{0,349}/)?[a-z0-9_][\w-]{0,79}/)?[a-z0-9_][\w.-]{0,79}(?::[a-z0-9_][\w.-]{0,79})?",
    re.ASCII | re.IGNORECASE,
)
# `:cloud` and `:local` are no tags: they say where the model runs.
_SOURCE = re.compile(r"(?:-cloud|:cloud|:local)\Z", re.IGNORECASE)
_PATH = re.compile(r"[./\\~]|[A-Za-z]:[\\/]")
_WEIGHTS = (".gguf", ".safetensors", ".bin")


def is_model_name(text: str) -> bool:
    """Whether it is a valid name of a model (which need not exist)."""
    return _NAME.fullmatch(text) is not None or _NAME.fullmatch(_SOURCE.sub("", text)) is not None


def is_path(text: str) -> bool:
    """Whether it can only be the path of weights or of a folder."""
    return _PATH.match(text) is not None or text.lower().endswith(_WEIGHTS)


def from_problem(text: str) -> str | None:
    """The error in the value of a FROM, which isn't empty; None without one."""
    if is_model_name(text) or is_path(text):
        return None
    if "#" in text:
        return f"{text!r} is no model's name: a comment needs a line of its own"
    return f"{text!r} is no model's name: write it as in `ollama list`, or a path that begins with ./"


def runs_elsewhere(name: str) -> bool:
    """Whether Ollama forwards requests for this model to a remote service."""
    return re.search(r"(?:-|:)cloud\Z", name, re.IGNORECASE) is not None


def elsewhere(name: str) -> str | None:
    """Why an untrusted workspace may not choose this model; None if it may."""
    if runs_elsewhere(name):
        return f"{name} doesn't run on this machine"
    parts = name.rpartition("://")[2].split("/")
    # HOST/NAMESPACE/MODEL; names with fewer parts are from Ollama's own registry.
    if len(parts) > 2 and not is_path(name) and parts[0].lower() != "registry.ollama.ai":
        return f"{name} would come from {parts[0]}"
    return None
