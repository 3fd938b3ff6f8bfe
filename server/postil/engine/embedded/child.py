"""The child process: it runs llama.cpp's own HTTP server on loopback, and ends when its parent does."""

from __future__ import annotations

import os
import sys
import threading

import msgspec
import xllamacpp

from postil.engine.embedded.messages import ChildConfig, ChildReply

# How many tokens the n-gram speculation drafts where as many have been the same before. A draft that is refused costs
# the reading of its tokens: with llama.cpp's 48 after 12 equal ones a fix on demand took 1.5 times as long as without
# speculation, with 24 after 12 1.2 times, with 24 after 24 1.0 to 1.2 times; whole rewrites take 0.74 times as long,
# and no less with any other pair that was tried. With fewer drafted than must be equal, nothing is drafted at all
# (qwen2.5-coder:1.5b on two cores).
DRAFT_TOKENS = 24

# Nothing ends within a batch: a request that is cancelled ends with its batch at the soonest, and a completion beside a
# review waits for that. 32 tokens take 0.6 s with the 1.5B on two cores, 64 take 1.2, llama.cpp's 2,048 take 35.
# Reading is 7 % slower than with 64 or 96. A GPU reads few tokens hardly sooner than many; nothing was measured there.
CPU_BATCH = 32
GPU_BATCH = 128

# llama.cpp ends when the drafts of all slots, each behind its own token, don't fit into a batch: two slots draft 15 of
# 32 at most. Four samples of a fix take as long with 15 as with 24 (1.5B on two cores). With fewer than eight, words
# that are common in any code would begin a draft.
LEAST_DRAFT = 8


def drafted(batch: int, slots: int) -> tuple[int, int]:
    """How many tokens a slot drafts, and the size of the batch, which grows where so many slots would draft too few."""
    draft = max(LEAST_DRAFT, min(DRAFT_TOKENS, batch // slots - 1))
    return draft, max(batch, slots * (draft + 1))


def _die_with_parent() -> None:
    """End the process when its stdin ends: the parent keeps the other end open for as long as it lives, so this covers
    SIGKILL too. `os._exit`, because native threads would delay a normal exit."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


def main() -> None:
    """Read a ChildConfig from stdin, print a ChildReply, and serve. llama.cpp's own log goes to stderr."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            os._exit(0)
        line += byte
    config = msgspec.json.decode(line, type=ChildConfig)
    _die_with_parent()
    # llama.cpp prints to stdout too: it gets stderr instead, and the real stdout is for the reply.
    stdout = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def reply(answer: ChildReply) -> None:
        stdout.write(msgspec.json.encode(answer) + b"\n")
        stdout.flush()

    try:
        server = _serve(config)
    except Exception as error:  # noqa: BLE001 - the native library raises anything; the parent must be told
        reply(ChildReply(error=f"{type(error).__name__}: {error}"))
        # Not os._exit: a regular exit waits for the thread in which llama.cpp writes its log, and the reason.
        sys.exit(1)
    reply(ChildReply(server.listening_address))
    threading.Event().wait()


def _serve(config: ChildConfig) -> xllamacpp.Server:
    params = xllamacpp.CommonParams()
    params.model.path = config.model_path
    params.n_ctx = config.num_ctx * config.parallel
    params.n_parallel = config.parallel
    gpu = config.gpu_layers != 0 and any("GPU" in device["type"].name for device in xllamacpp.get_device_info())
    draft, batch = drafted(GPU_BATCH if gpu else CPU_BATCH, config.parallel)
    params.n_batch = params.n_ubatch = batch
    if config.embedding:
        # llama.cpp takes no text that doesn't fit into one batch, and attends to all of it at once.
        params.n_batch = params.n_ubatch = config.num_ctx
        params.embedding = True  # pyright: ignore[reportAttributeAccessIssue]  # its stubs lack it
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [config.api_key]
    params.endpoint_slots = True
    # Neither the built-in web page, which would answer without the key, nor requests from pages in a browser.
    params.ui = False
    params.cors_origins, params.cors_origins_explicit = "https://nobody.invalid", True
    params.cors_credentials = False
    params.n_gpu_layers = config.gpu_layers
    params.cpuparams.n_threads = config.threads
    params.cpuparams_batch.n_threads = config.threads
    # A prompt cache in memory beside the slots': the prefixes of a review survive other requests. 1 GiB holds about
    # thirty reviews of the 1.5B.
    params.cache_ram_mib = 0 if config.embedding else 1024
    params.warmup = False
    if config.speculation:
        params.speculative.types = [xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
        params.speculative.ngram_simple.size_n = params.speculative.ngram_simple.size_m = draft
    return xllamacpp.Server(params)


if __name__ == "__main__":
    sys.exit(main())
