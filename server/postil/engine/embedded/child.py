"""The child process that runs llama.cpp's own HTTP server on loopback, and ends when its parent does."""

from __future__ import annotations

import json
import os
import sys
import threading

# The n-gram speculation drafts so many tokens where as many have been the same as further up. A draft that is refused
# costs the reading of its tokens: with llama.cpp's 48 after 12 equal ones a fix on demand took 1.5 times as long as
# without speculation, with 24 after 12 1.2 times, with 24 after 24 1.0 to 1.2 times; whole rewrites take 0.74 times as
# long, and no less with any other pair that was tried. With fewer drafted than must be equal, nothing is drafted at
# all (qwen2.5-coder:1.5b on two cores).
DRAFT_TOKENS = 24

# Nothing ends within a batch: a request that is cancelled ends with it at the soonest, and ghost text that comes beside
# a review waits for it. 32 tokens are 0.6 s of the 1.5B on two cores, 64 are 1.2, llama.cpp's 2,048 are 35. Reading is
# 7 % slower than with 64 or 96. A GPU reads few tokens hardly sooner than many; of one nothing was measured here.
CPU_BATCH = 32
GPU_BATCH = 128

# How often a thread of llama.cpp's looks whether the others are done before it sleeps; they meet some hundred times a
# token. libgomp's own 300,000 take longer than the kernel leaves a thread on its core: beside a build both cores were
# spent on looking, a rewrite took 1.4 to 3 times as long, and now and then a token took 3 s. With 10,000 it takes as
# long as with 1,000 there, and on an idle machine 1.0 to 1.1 times as long as with 300,000, as 1,000 and 3,000 take 1.1
# to 1.3 (1.5B on two cores, `python -m bench --only loaded`). Only builds with GNU's OpenMP read it: those for Linux.
GOMP_SPINCOUNT = "10000"


def _die_with_parent() -> None:
    """The parent holds the other end of our stdin and never closes it while it lives: end of file is its end,
    SIGKILL included. `os._exit`, because native threads would hold a normal exit up."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


def main() -> None:
    """Reads one JSON line of configuration from stdin; prints one JSON line with `address` when it serves, or
    with `error`. llama.cpp's own log goes to stderr."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            os._exit(0)
        line += byte
    config = json.loads(line)
    _die_with_parent()
    # llama.cpp prints on stdout too: keep the real one for our line and give it stderr.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # Where ggml gives up it calls a debugger, whose pages push the reason out of the log that our parent keeps.
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")
    # libgomp reads it once, when the library that wants it is imported.
    os.environ.setdefault("GOMP_SPINCOUNT", GOMP_SPINCOUNT)
    try:
        server = _serve(config)
    except Exception as error:  # noqa: BLE001 - the native library raises what it likes; the parent must hear
        answer.write(json.dumps({"error": f"{type(error).__name__}: {error}"}) + "\n")
        answer.flush()
        os._exit(1)
    answer.write(json.dumps({"address": server.listening_address}) + "\n")
    answer.flush()
    threading.Event().wait()


def _serve(config: dict) -> object:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = config["model_path"]
    params.n_ctx = config["num_ctx"] * config["parallel"]
    params.n_parallel = config["parallel"]
    gpu = config["gpu_layers"] != 0 and any("GPU" in each["type"].name for each in xllamacpp.get_device_info())
    params.n_batch = params.n_ubatch = GPU_BATCH if gpu else CPU_BATCH
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [config["api_key"]]
    params.endpoint_slots = True
    # A page for people, which would answer without the key; and no page of a browser's is told that it may ask.
    params.ui = False
    params.cors_origins, params.cors_origins_explicit = "https://nobody.invalid", True
    params.cors_credentials = False
    params.n_gpu_layers = config["gpu_layers"]
    params.cpuparams.n_threads = config["threads"]
    params.cpuparams_batch.n_threads = config["threads"]
    # A prompt cache in memory beside the slots': a review's prefixes survive other requests. 1 GiB is some
    # thirty reviews of the 1.5B.
    params.cache_ram_mib = 1024
    params.warmup = False
    if config["speculation"]:
        params.speculative.types = [xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
        params.speculative.ngram_simple.size_n = params.speculative.ngram_simple.size_m = DRAFT_TOKENS
    return xllamacpp.Server(params)


if __name__ == "__main__":
    sys.exit(main())
