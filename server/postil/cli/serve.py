"""`postil serve`: the language server over stdio, TCP or WebSocket."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from postil import logs
from postil.engine import scripted
from postil.lsp.app import make_server
from postil.lsp.rpc import stream, websocket
from postil.service import engines

USAGE = "usage: postil serve [--stdio | --tcp HOST:PORT | --ws HOST:PORT]"


def run(arguments: Sequence[str]) -> int:
    """Serves until the client disconnects, then ends the process; 2 for wrong usage. Without typer, whose import would
    delay the answer to `initialize`."""
    mode, address, script, journal = "--stdio", "", "", None
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--stdio":
            mode = word
        elif word in ("--tcp", "--ws", "--engine-script", "--engine-journal") and rest:
            value = rest.pop(0)
            if word == "--engine-script":
                script = value
            elif word == "--engine-journal":
                journal = value
            else:
                mode, address = word, value
        elif word in ("-h", "--help"):
            print(USAGE)
            return 0
        else:
            return _wrong(f"don't know {word!r}")
    return _serve(mode, address, script, journal)


def _wrong(message: str) -> int:
    print(f"postil serve: {message}\n{USAGE}", file=sys.stderr)
    return 2


def _serve(mode: str, address: str, script: str, journal: str | None) -> int:
    logs.set_up()
    server = make_server(_scripted(script, journal) if script else None)
    if mode == "--stdio":
        server.local = True
        stream.serve(server, stream.stdio(server))
    host, _, port = address.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) <= 65535:
        return _wrong(f"{mode} takes HOST:PORT, e.g. 127.0.0.1:7777")
    if mode == "--ws" and find_spec("websockets") is None:
        print("postil serve: --ws needs one more package: pip install 'postil[ws]'", file=sys.stderr)
        return 2
    print(f"postil serves on {host or '127.0.0.1'}:{port}", file=sys.stderr)
    listen = stream.tcp if mode == "--tcp" else websocket.web_socket
    try:
        stream.serve(server, listen(server, host.strip("[]") or "127.0.0.1", int(port)))
    except OSError as error:
        print(f"postil serve: can't listen on {address}: {error.strerror or error}", file=sys.stderr)
        return 2


def _scripted(script: str, journal: str | None) -> engines.EngineHolder:
    """For tests: the answers of a script in place of a model."""
    engine = scripted.ScriptedEngine.from_file(Path(script), Path(journal) if journal else None)
    return engines.EngineHolder(lambda settings: scripted.scripted_choice(engine))
