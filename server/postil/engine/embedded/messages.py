"""What the embedded engine and its child process say to each other: one JSON line each way."""

from __future__ import annotations

import msgspec


class ChildConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How the child loads the model and serves it. `num_ctx` is for each of the `parallel` slots. `embedding`: it makes
    vectors of texts, and answers nothing."""

    model_path: str
    num_ctx: int
    parallel: int
    threads: int
    gpu_layers: int
    speculation: bool
    api_key: str
    embedding: bool = False


class ChildReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The address that the child serves at, or why it can't."""

    address: str = ""
    error: str = ""
