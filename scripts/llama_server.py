"""`llama-server` for an Ollama of the tests: llama.cpp's own server out of the package xllamacpp, under its flags.

Ollama from 0.30 on starts a program of this name, which its build compiles from a source that no package registry has.
Without `--model` it is asked which GPUs there are: none, because the tests run on processors.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

# As for the embedded engine (engine/embedded/engine.py): threads that wait for each other give their processors away.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

import xllamacpp


def _arguments() -> argparse.Namespace:
    """The flags that Ollama gives (`llm/llama_server.go`). Another one is an error; Ollama's log names it."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--model")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("-c", dest="context", type=int, default=4096)
    parser.add_argument("-np", dest="parallel", type=int, default=1)
    parser.add_argument("-b", dest="batch", type=int)
    parser.add_argument("-ub", dest="micro_batch", type=int)
    parser.add_argument("-t", dest="threads", type=int)
    parser.add_argument("-ngl", dest="gpu_layers", type=int)
    parser.add_argument("--keep", type=int)
    parser.add_argument("--chat-template")
    parser.add_argument("--flash-attn", choices=("on", "off", "auto"), default="auto")
    parser.add_argument("--load-mode", choices=("none", "dio"))
    parser.add_argument("--log-verbosity", type=int)
    for flag in ("no-jinja", "context-shift", "embedding", "list-devices"):
        parser.add_argument(f"--{flag}", action="store_true")
    for flag in ("no-webui", "offline", "verbose", "no-log-prefix", "no-log-timestamps"):
        parser.add_argument(f"--{flag}", action="store_true", help="without a meaning here")
    return parser.parse_args()


def _serve(given: argparse.Namespace) -> xllamacpp.Server:
    # Of another version than the embedded engine's, whose stub has other fields.
    params: Any = xllamacpp.CommonParams()
    params.model.path = given.model
    params.hostname, params.port = given.host, given.port
    params.n_ctx, params.n_parallel = given.context, given.parallel
    params.n_batch, params.n_ubatch = given.batch or params.n_batch, given.micro_batch or params.n_ubatch
    params.n_gpu_layers = 0 if given.gpu_layers is None else given.gpu_layers
    if given.threads:
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = given.threads
    if given.keep is not None:
        params.n_keep = given.keep
    params.ctx_shift = given.context_shift
    params.embedding = given.embedding
    params.use_jinja = not given.no_jinja
    params.chat_template = given.chat_template or ""
    params.ui = False
    params.warmup = False
    return xllamacpp.Server(params)


def main() -> None:
    given = _arguments()
    if given.list_devices:
        print("Available devices:")
        return
    if given.model is None:
        print("system_info: no model", file=sys.stderr)
        return
    server = _serve(given)
    print(f"serving {given.model} at {server.listening_address}", file=sys.stderr, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
