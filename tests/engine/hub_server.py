"""A small model hub on loopback: Range, redirect with X-Linked-Etag, connections that break, a proxy."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REPO, FILE = "someone/model-GGUF", "model.gguf"


@dataclass
class Hub:
    """What the hub holds and how it misbehaves; what it was asked is in `ranges` (and `proxied`)."""

    content: bytes
    breaks: list[int] = field(default_factory=list)
    """Bytes after which each of the next answers breaks off."""
    ranges_work: bool = True
    tell_sum: bool = True
    anywhere: bool = False
    """The file is at every path."""
    status: int = 200
    gate: threading.Event | None = None
    """An answer stops half-way until this is set."""
    half: threading.Event = field(default_factory=threading.Event)
    """Set when an answer has come to its half."""
    ranges: list[str | None] = field(default_factory=list)
    proxied: list[str] = field(default_factory=list)
    address: str = ""
    files: list[str] = field(default_factory=list)
    """What the API lists of the repository; each is there with the same content."""
    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    """The hub, served until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *_: object) -> None:
            """Silent."""

        def do_GET(self) -> None:
            path = self.path
            if path.startswith("http://"):
                hub.proxied.append(path)
                path = "/" + path.split("/", 3)[3]
            hub.asked.append(path)
            hub.tokens.append(self.headers.get("Authorization"))
            if path == f"/api/models/{REPO}" and hub.files:
                self._list()
            elif path == "/store":
                self._file()
            elif hub.anywhere or path.removeprefix(f"/{REPO}/resolve/main/") in (FILE, *hub.files):
                self._redirect()
            else:
                self.send_error(404)

        def do_CONNECT(self) -> None:
            hub.proxied.append(self.path)
            self.send_error(403)

        def _list(self) -> None:
            if hub.status != 200:
                self.send_error(hub.status)
                return
            body = json.dumps({"id": REPO, "siblings": [{"rfilename": name} for name in hub.files]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _redirect(self) -> None:
            self.send_response(302)
            self.send_header("Location", "/store")
            if hub.tell_sum:
                self.send_header("X-Linked-ETag", f'"{hub.sha256}"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _file(self) -> None:
            asked = self.headers.get("Range")
            hub.ranges.append(asked)
            if hub.status != 200:
                self.send_error(hub.status)
                return
            match = re.fullmatch(r"bytes=(\d+)-", asked or "") if hub.ranges_work else None
            start = int(match[1]) if match else 0
            if start >= len(hub.content):
                self.send_error(416)
                return
            body = hub.content[start:]
            self.send_response(206 if match else 200)
            if match:
                total = len(hub.content)
                self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if hub.breaks:
                body = body[: hub.breaks.pop(0)]
                self.close_connection = True
            try:
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                hub.half.set()
                if hub.gate is not None:
                    hub.gate.wait(30)
                self.wfile.write(body[len(body) // 2 :])
            except OSError:
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that was killed is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        if hub.gate is not None:
            hub.gate.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
