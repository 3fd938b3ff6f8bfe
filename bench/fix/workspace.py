"""Writes a case's workspace, and runs its check there, without any part of what is measured."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.fix.cases import FixCase

# A compiler on a machine that is busy with a model.
CHECK_SECONDS = 180.0
_IGNORED = ".venv/\n__pycache__/\n.pytest_cache/\nnode_modules/\ntarget/\n"


@dataclass(frozen=True, slots=True)
class Workspace:
    """`root`: the files. `temporary`: for what a check writes elsewhere."""

    case: FixCase
    root: Path
    temporary: Path

    @property
    def folder(self) -> Path:
        """Where the check runs."""
        return self.root / self.case.folder

    @property
    def environment(self) -> dict[str, str]:
        """`python` is the one that runs this, with pytest; no tool fetches anything."""
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        return {
            **os.environ,
            "PATH": path,
            "TMPDIR": str(self.temporary),
            "GOTOOLCHAIN": "local",
            "GOFLAGS": "",
            "GOPROXY": "off",
            "CARGO_TERM_COLOR": "never",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def add(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def check(self) -> tuple[bool, str]:
        """Whether the check passes, and what it printed. A flaky one passes when one of two runs does."""
        passes, text = self._run()
        return self._run() if self.case.flaky and not passes else (passes, text)

    def passes_more(self) -> bool | None:
        """Whether it also passes the tests that a fix doesn't see; None without such tests."""
        if not self.case.counting:
            return None
        self.add(dict(self.case.counting))
        return self.check()[0]

    def _run(self) -> tuple[bool, str]:
        with subprocess.Popen(
            self.case.check,
            shell=True,
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                text, _ = process.communicate(timeout=CHECK_SECONDS)
            except subprocess.TimeoutExpired:
                return False, "timed out"
            finally:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
        return process.returncode == 0, text.decode("utf-8", "replace")


@contextmanager
def workspace(case: FixCase, text: str) -> Iterator[Workspace]:
    """The case's files with `text` in the place of its faulty one, committed. All is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="postil-eval-") as temporary:
        top = Path(temporary).resolve()
        found = Workspace(case, top / case.name, top / "tmp")
        found.temporary.mkdir()
        found.add({".gitignore": _IGNORED, **case.files, case.file: text})
        if case.editable:
            _install(found)
        git = ["git", "-c", "user.name=eval", "-c", "user.email=eval@example.org", "-C", str(found.root)]
        for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "all")):
            subprocess.run([*git, *arguments], check=True, stdout=subprocess.DEVNULL)
        yield found


def _install(at: Workspace) -> None:
    """An environment `.venv` that has the packages of ours, and the case's own as `pip install -e` leaves them."""
    environment = at.root / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "tools.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    own = "".join(f"{at.root / folder}\n" for folder in at.case.editable)
    (site / "__editable__.pth").write_text(own, encoding="utf-8")
