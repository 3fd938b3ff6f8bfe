"""A task's own copy of its repository, and whether its tests pass there."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.agent.tasks import Change, MendTask, Task, ToolTask

# A machine that is busy with a model, and a compiler.
CHECK_SECONDS = 120.0


@contextmanager
def copy_of(task: Task, *, mended: bool = False) -> Iterator[Path]:
    """A folder with the repository, committed. `mended`: as the reference mends it. All is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="postil-agent-") as temporary:
        # A task's name may tell what is wrong.
        root = Path(temporary).resolve() / "work"
        shutil.copytree(task.repository, root, ignore=shutil.ignore_patterns("__pycache__"))
        if mended:
            shutil.copytree(task.folder / "mend", root, dirs_exist_ok=True)
        git = ["git", "-c", "user.name=eval", "-c", "user.email=eval@example.org", "-C", str(root)]
        for arguments in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "Import the project")):
            subprocess.run([*git, *arguments], check=True, stdout=subprocess.DEVNULL)
        if isinstance(task.spec, ToolTask):
            for change in task.spec.changes:
                apply(root, change)
        yield root


def apply(root: Path, change: Change) -> None:
    """ValueError where the text isn't there exactly once."""
    path = root / change.path
    text = path.read_text(encoding="utf-8")
    if text.count(change.old) != 1:
        raise ValueError(f"{change.path} has {change.old!r} {text.count(change.old)} times")
    path.write_text(text.replace(change.old, change.new), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Judged:
    """`given`: the tests that the agent saw pass, `hidden`: so do the others. `untouched`: no test and no setting
    was changed or removed; tests may be added."""

    given: bool
    hidden: bool
    untouched: bool

    @property
    def mended(self) -> bool:
        return self.given and self.hidden and self.untouched

    @property
    def why(self) -> str:
        """What is wrong; "" where it is mended."""
        if not self.untouched:
            return "the tests were changed"
        return "" if self.mended else "the tests fail" if not self.given else "the tests that it didn't see fail"


def judged(task: Task, spec: MendTask, root: Path) -> Judged:
    """Runs the tests of a task in the folder that the agent leaves behind."""
    guarded = _guarded(spec, task.repository)
    untouched = guarded.items() <= _guarded(spec, root).items()
    # Whatever became of them: what counts is the code.
    for name in guarded:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(task.repository / name, root / name)
    given = passes(spec, root)
    shutil.copytree(task.folder / "hidden", root, dirs_exist_ok=True)
    return Judged(given, given and passes(spec, root), untouched)


def passes(spec: MendTask, root: Path) -> bool:
    """Whether the check does, as a process group that is gone afterwards."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    offline = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GOPROXY": "off", "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        spec.check,
        cwd=root,
        env={**os.environ, **offline, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(CHECK_SECONDS) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _guarded(spec: MendTask, root: Path) -> dict[str, str]:
    """The hash of each test and of the settings, by its path."""
    names = {
        name
        for path in root.rglob("*")
        if path.is_file() and (name := path.relative_to(root).as_posix()) and not name.startswith(".git/")
        if name == "postil.toml" or any(fnmatch.fnmatchcase(name, pattern) for pattern in spec.tests)
        if "__pycache__" not in name
    }
    return {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in sorted(names)}
