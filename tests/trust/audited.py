"""What a process opens, starts and connects to, written down by Python itself (PEP 578)."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.lsp.client import SERVER

# Imported by Python before anything else. What it writes to is open before it listens.
_HOOK = """
import json, os, sys

_out = os.open(os.environ["POSTIL_TEST_AUDIT"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
_WATCHED = {"open", "socket.connect", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork",
            "os.remove", "os.rename", "os.mkdir", "shutil.rmtree", "os.listdir", "os.scandir"}


def _hook(event, args):
    if event in _WATCHED:
        said = [os.fsdecode(one) if isinstance(one, (str, bytes, os.PathLike)) else repr(one) for one in args[-2:]]
        if event in ("open", "os.listdir", "os.scandir", "os.remove", "os.mkdir", "os.rename"):
            said = [os.fsdecode(args[0]) if isinstance(args[0], (str, bytes, os.PathLike)) else ""]
        os.write(_out, (json.dumps([event, *said]) + "\\n").encode())


sys.addaudithook(_hook)
"""


@dataclass(frozen=True, slots=True)
class Audit:
    """`environment` is for the process that is to be watched."""

    file: Path
    environment: dict[str, str]

    def events(self) -> list[tuple[str, ...]]:
        return [tuple(json.loads(line)) for line in self.file.read_text(encoding="utf-8").splitlines()]

    def opened(self) -> set[str]:
        """Files and folders, those of Python and of Postil itself left out."""
        own = {sys.prefix, sys.base_prefix, sys.base_exec_prefix, str(SERVER.parent), "/proc/", "/sys/", "/dev/null"}
        kinds = ("open", "os.listdir", "os.scandir")
        paths = {event[1] for event in self.events() if event[0] in kinds and event[1]}
        return {path for path in paths if path.startswith("/") and not path.startswith(tuple(own))}

    def of(self, *kinds: str) -> list[tuple[str, ...]]:
        return [event for event in self.events() if event[0] in kinds]


def audit(folder: Path) -> Audit:
    """Watches processes that get its environment."""
    hook = folder / "audit"
    hook.mkdir(exist_ok=True)
    (hook / "sitecustomize.py").write_text(_HOOK, encoding="utf-8")
    file = folder / "audit.log"
    paths = f"{SERVER}:{hook}"
    return Audit(file, {"PYTHONPATH": paths, "POSTIL_TEST_AUDIT": str(file)})
