"""Commands of a conversation: what they say, their limits, and how they are confined."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.verify.fixing import running

from postil.service.agent.safety import sandbox
from postil.service.agent.safety.run import reduced, run_argv
from postil.service.agent.safety.sandbox import confinement, made_before, seatbelt, writable
from postil.service.verify.trouble import CheckTrouble

PYTHON = sys.executable


@pytest.fixture
def word(tmp_path: Path) -> str:
    """In the command line of every process that a test starts."""
    return f"postil-{tmp_path.name}"


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - what another process does has no event
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("confined", [True, False])
async def test_words_are_words_and_no_shell_reads_them(tmp_path: Path, confined: bool) -> None:
    argv = [PYTHON, "-c", "import sys; print(sys.argv[1:]); print('e', file=sys.stderr); sys.exit(3)"]
    ended = await run_argv([*argv, "$HOME; rm", "a b", "", "*"], tmp_path, confined=confined)
    assert (ended.ran.exit_code, ended.ran.text) == (3, "['$HOME; rm', 'a b', '', '*']\ne\n")
    assert ended.confinement == (confinement() if confined else ended.confinement)


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    ended = await run_argv(["no-such-program"], tmp_path)
    assert ended.ran.exit_code == 127 and "can't start no-such-program: No such file" in ended.ran.text
    with pytest.raises(CheckTrouble, match="can't start no-such-program"):
        await run_argv(["no-such-program"], tmp_path, confined=False)
    for argv in ([], [""], ["a\0b"]):
        with pytest.raises(CheckTrouble, match="no command"):
            await run_argv(argv, tmp_path)


async def test_the_folder_is_in_the_workspace(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "sub").mkdir(parents=True)
    (work / "link").symlink_to(tmp_path)
    assert (await run_argv(["pwd"], work, work / "sub")).ran.text == f"{work}/sub\n"
    for folder in (tmp_path, work / "..", work / "link", Path("/")):
        with pytest.raises(CheckTrouble, match="outside of the workspace"):
            await run_argv(["pwd"], work, folder)


@pytest.mark.slow
async def test_time_and_output_are_limited(tmp_path: Path, word: str) -> None:
    hangs = [PYTHON, "-c", "import signal,time; signal.signal(15, signal.SIG_IGN); time.sleep(300)", word]
    assert (await run_argv(hangs, tmp_path, seconds=1)).ran.stopped == "it didn't end within 1 s"
    flood = [PYTHON, "-c", "while True: print('x' * 65536)", word]
    ended = await run_argv(flood, tmp_path, most_bytes=1 << 20)
    assert ended.ran.stopped == "it wrote more than 1 MiB" and len(ended.ran.text) < 4 << 20
    assert running(word) == []


async def test_a_cancelled_command_leaves_nothing(tmp_path: Path, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    program = "import os,time; os.fork(); open(f'there-{os.getpid()}', 'w'); time.sleep(300)"
    task = asyncio.ensure_future(run_argv([PYTHON, "-c", program, word], tmp_path))
    await until(lambda: len(list(tmp_path.glob("there-*"))) == 2)
    assert running(word)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert running(word) == [] and not any(temporary.iterdir())


def test_what_may_be_a_secret_is_left_out(tmp_path: Path) -> None:
    given = {
        name: "x"
        for name in (
            "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "aws_profile", "db_password", "SSH_AUTH_SOCK", "OPENAI_API_KEY",
            "MY_PASSPHRASE", "PGPASSWORD", "POSTIL_X", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DOCKER_HOST",
            "BASH_ENV", "KUBECONFIG", "SENTRY_DSN", "A_PAT", "COOKIES", "GOOGLE_APPLICATION_CREDENTIALS",
        )
    }  # fmt: skip
    plain = {"PATH": "/bin", "HOME": "/h", "LANG": "C", "VIRTUAL_ENV": "/v", "PYTHONPATH": "p", "PASSED": "1"}
    addresses = {"DATABASE_URL": "postgres://ada:hunter2@db/x", "SITE": "https://ada@example.org/x:y@z"}
    kept = reduced({**given, **plain, **addresses}, tmp_path)
    assert plain.items() <= kept.items() and "SITE" in kept and "DATABASE_URL" not in kept
    assert not given.keys() & kept.keys()
    assert kept["TMPDIR"] == str(tmp_path)


def test_each_system_says_what_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [confinement(abi, "linux").kind for abi in (0, 1, 2, 3, 4, 7)] == ["none", *["partial"] * 3, *["full"] * 2]
    assert "all your rights" in confinement(0, "linux").sentence
    assert "network is open" in confinement(3, "linux").sentence and "empty files" in confinement(1, "linux").sentence
    assert confinement(system="win32").kind == "none"
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert confinement(system="darwin").kind == "untried"


async def test_without_landlock_it_runs_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "landlock_abi", lambda: 0)
    ended = await run_argv(["echo", "x"], tmp_path)
    assert (ended.ran.text, ended.confinement.kind) == ("x\n", "none")


async def test_what_can_not_be_confined_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel refuses what it was asked for: here a path that can't be opened for the rule."""
    monkeypatch.setattr(sandbox, "landlock_abi", lambda: 7)
    monkeypatch.setattr(sandbox, "writable", lambda root: [Path("/proc/self/mem/x")])
    ended = await run_argv([PYTHON, "-c", "open('ran', 'w')"], tmp_path)
    assert ended.ran.exit_code == 126 and "nothing was started" in ended.ran.text
    assert not (tmp_path / "ran").exists()


def test_what_may_be_written_leaves_out_what_is_gits(tmp_path: Path) -> None:
    assert writable(tmp_path) == [tmp_path]
    for name in (".git", "src", "deep/sub/.git", "deep/sub/x", "deep/other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a.py").write_bytes(b"")
    (tmp_path / "out").symlink_to("/etc")
    found = {path.relative_to(tmp_path).as_posix() for path in writable(tmp_path)}
    assert found == {"a.py", "src", "deep/sub/x", "deep/other"}


def test_folders_that_tools_make_are_there_for_them(tmp_path: Path) -> None:
    assert made_before(tmp_path) == [], "without a repository they can make them themselves"
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "Cargo.toml").write_bytes(b"")
    names = {path.name for path in made_before(tmp_path)}
    assert names in ({".pytest_cache", ".mypy_cache", ".ruff_cache", "target"}, set[str]())


def test_a_profile_for_macos_quotes_what_it_is_told(tmp_path: Path) -> None:
    profile = seatbelt(Path('/a "b" (c)'), tmp_path, network=False)
    assert '(subpath "/a \\"b\\" (c)")' in profile and profile.endswith("(deny network*)")
    assert "network" not in seatbelt(tmp_path, tmp_path, network=True)
