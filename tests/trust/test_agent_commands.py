"""A hostile command of a conversation: what it can't write, reach, see or leave. Each beside what it can without."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.verify.fixing import running

from postil.service.agent.safety.run import run_argv
from postil.service.agent.safety.sandbox import landlock_abi

PYTHON = sys.executable
WRITES = """
import os, sys
for path in sys.argv[1:]:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "a").write("x")
        print("wrote", path)
    except OSError as error:
        print("refused", path)
"""
needs_landlock = pytest.mark.skipif(landlock_abi() < 4, reason="needs Landlock with rules for TCP (Linux 6.7)")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "src").mkdir(parents=True)
    (folder / "a.py").write_bytes(b"a")
    subprocess.run(["git", "init", "-q", folder], check=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.bashrc").write_bytes(b"# mine\n")
    (folder / "out").symlink_to(tmp_path / "home")
    return folder


async def said(argv: list[str], work: Path, *, confined: bool = True) -> list[str]:
    return (await run_argv(argv, work, confined=confined)).ran.text.splitlines()


@needs_landlock
async def test_a_command_writes_only_in_the_workspace_and_never_in_git(work: Path, tmp_path: Path) -> None:
    fine = [f"{work}/src/new.py", f"{work}/src/deep/b.py", f"{work}/a.py", "/dev/null"]
    outside = [
        f"{tmp_path}/x",
        f"{tmp_path}/home/.bashrc",
        f"{work}/out/.profile",
        f"{work}/../y",
        "/tmp/postil-was-here",
    ]
    gits = [f"{work}/.git/hooks/pre-commit", f"{work}/.git/config"]
    argv = [PYTHON, "-c", WRITES, *fine, *outside, *gits]
    assert await said(argv, work) == [f"wrote {path}" for path in fine] + [
        f"refused {path}" for path in (*outside, *gits)
    ]
    assert (tmp_path / "home/.bashrc").read_bytes() == b"# mine\n" and not (work / ".git/hooks/pre-commit").exists()
    control = [PYTHON, "-c", WRITES, *outside[:-1], *gits]
    assert await said(control, work, confined=False) == [f"wrote {path}" for path in (*outside[:-1], *gits)]


MOVES = """
import os, sys
work, home = sys.argv[1:]
def tried(what, *words):
    try:
        what(*words)
        print("done")
    except OSError:
        print("refused")
open(f"{work}/src/evil", "w").write("x")
tried(os.rename, f"{work}/src/evil", f"{work}/.git/hooks/pre-commit")
tried(os.link, f"{work}/src/evil", f"{work}/.git/hooks/post-commit")
tried(os.link, f"{home}/.bashrc", f"{work}/src/bashrc")
tried(os.truncate, f"{home}/.bashrc", 0)
tried(os.rename, f"{work}/.git", f"{work}/src/git")
tried(os.symlink, "/etc", f"{work}/.git/objects/etc")
tried(os.unlink, f"{home}/.bashrc")
"""


@needs_landlock
async def test_links_and_moves_are_no_way_round(work: Path, tmp_path: Path) -> None:
    argv = [PYTHON, "-c", MOVES, str(work), str(tmp_path / "home")]
    assert await said(argv, work) == ["refused"] * 7
    assert (tmp_path / "home/.bashrc").read_bytes() == b"# mine\n"
    (work / "src/evil").unlink()
    assert "done" in await said(argv, work, confined=False), "the control"


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


CONNECTS = """
import socket, sys
for what in (lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close(),
             lambda: socket.create_server(("127.0.0.1", 0)).close()):
    try:
        what()
        print("connected")
    except PermissionError:
        print("refused")
"""


@needs_landlock
async def test_a_command_makes_and_takes_no_tcp_connection(work: Path, port: int) -> None:
    argv = [PYTHON, "-c", CONNECTS, str(port)]
    assert await said(argv, work) == ["refused", "refused"]
    assert await said(argv, work, confined=False) == ["connected", "connected"]
    allowed = await run_argv(argv, work, network=True)
    assert allowed.ran.text.splitlines() == ["connected", "connected"]


def waiting(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process of the user's that has nothing to do with the command, and has been started."""
    process = subprocess.Popen(
        [PYTHON, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None and process.stdout.readline()
    return process


LOOKS = """
import os, sys
print(any("hunter2" in value for value in os.environ.values()))
try:
    print(b"hunter2" in open(f"/proc/{sys.argv[1]}/environ", "rb").read())
except OSError:
    print("refused")
"""


@needs_landlock
async def test_a_command_sees_no_secret_of_the_environment(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor of the process that has started it, whose environment Linux shows to the same user."""
    one = waiting({"A_TOKEN": "hunter2"})
    monkeypatch.setenv("POSTIL_TEST_TOKEN", "hunter2")
    try:
        argv = [PYTHON, "-c", LOOKS, str(one.pid)]
        assert await said(argv, work) == ["False", "refused"]
        assert await said(argv, work, confined=False) == ["False", "True"]
    finally:
        one.kill()
        one.communicate()


BOMB = """
import os, resource, sys, time
print(resource.getrlimit(resource.RLIMIT_NPROC)[1] != resource.RLIM_INFINITY, flush=True)
for _ in range(6):
    try:
        if os.fork() == 0 and sys.argv[2] == "leaves":
            os.setsid()
    except OSError:
        pass
open(f"{sys.argv[1]}/src/there-{os.getpid()}", "w")
time.sleep(300)
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["stays", "leaves"])
async def test_a_fork_bomb_is_limited_and_nothing_of_it_is_left(work: Path, tmp_path: Path, how: str) -> None:
    """64 processes, of which some have left the group."""
    word = f"postil-{tmp_path.name}"
    ended = await run_argv([PYTHON, "-c", BOMB, str(work), how, word], work, seconds=5)
    assert ended.ran.text == "True\n" and ended.ran.stopped
    assert len(list((work / "src").glob("there-*"))) > 20, "the control: they were there"
    assert running(word) == []


HOPS = """
import os, time
print("begun", flush=True)
ends = time.time() + 20
while time.time() < ends:
    if os.fork():
        os._exit(0)
    os.setsid()
"""


async def test_a_process_that_hops_from_one_to_the_next_is_ended(work: Path, tmp_path: Path) -> None:
    word = f"postil-{tmp_path.name}"
    assert await said([PYTHON, "-S", "-c", HOPS, word], work) == ["begun"]
    assert [running(word) for _ in range(5)] == [[]] * 5


KILLS = """
import os, sys
try:
    os.kill(int(sys.argv[1]), 9)
    print("done")
except OSError:
    print("refused")
"""


@needs_landlock
async def test_a_command_ends_no_process_of_the_users(work: Path) -> None:
    if landlock_abi() < 6:
        pytest.skip("needs Landlock with scopes (Linux 6.12)")
    other = waiting({})
    try:
        assert await said([PYTHON, "-c", KILLS, str(other.pid)], work) == ["refused"]
        assert other.poll() is None
        assert await said([PYTHON, "-c", KILLS, str(other.pid)], work, confined=False) == ["done"]
    finally:
        other.kill()
        other.communicate()


@needs_landlock
async def test_nothing_of_the_workspace_is_run_before_it_is_confined(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Modules of the names that the wrapper imports, a site file, and a program of the command's name."""
    for name in ("json", "ctypes", "resource", "struct", "stat", "sitecustomize", "usercustomize"):
        (work / f"{name}.py").write_text("print('run')\n")
    monkeypatch.setenv("PYTHONPATH", str(work))
    assert await said(["echo", "x"], work) == ["x"]
    # The control: a Python that isn't told to leave them out runs them.
    assert "run" in await said([PYTHON, "-c", "import json"], work, confined=False)
