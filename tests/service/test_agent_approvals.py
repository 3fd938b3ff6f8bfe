"""What was agreed to for ever: kept by workspace, revocable, and worth nothing when it is broken."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from postil.cli.agent.approvals import app
from postil.core.agent.approval.commands import Shape
from postil.core.agent.approval.rules import Kept, Mode
from postil.core.agent.permission import Answer, PermissionRequest
from postil.core.agent.tool import ToolCall, ToolKind
from postil.service.agent.safety.approvals import approvals, approve, every_approval, revoke
from postil.service.agent.safety.deciding import UserGate

PYTEST = Kept("run", Shape(("pytest",), ("-x",), True))
KEPT = [PYTEST, Kept("run", Shape(("make", "lint"))), Kept("edit", tool="edit"), Kept("mcp", tool="log", server="git")]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "work")
    return tmp_path / "work"


def test_they_are_kept_by_workspace_in_private_files(work: Path, tmp_path: Path, state: Path) -> None:
    umask = os.umask(0)
    try:
        for kept in (*KEPT, PYTEST):
            approve(work, kept)
    finally:
        os.umask(umask)
    assert set(approvals(tmp_path / "link").rules) == set(KEPT) and len(approvals(work).kept) == 4
    assert approvals(tmp_path).rules == () and len(every_approval().kept) == 4
    assert {path.stat().st_mode & 0o777 for path in (state / "postil").rglob("*")} == {0o600, 0o700}


def test_what_may_not_be_kept_is_not(work: Path) -> None:
    for kept in (Kept("check"), Kept("network"), Kept("run"), Kept("edit", Shape(("x",))), Kept("read")):
        with pytest.raises(ValueError, match="isn't kept"):
            approve(work, kept)
    with pytest.raises(ValueError, match="too long"):
        approve(work, Kept("run", Shape(("x" * 20_000,))))
    assert every_approval().kept == ()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 5_000, "null", "{}", "x" * 20_000, '{"version": 2}',
     '{"version": 1, "workspace": "W", "kind": "run", "at": 1, "words": ["pytest"], "more": 1}',
     '{"version": 1, "workspace": "W", "kind": "network", "at": 1}',
     '{"version": 1, "workspace": "/elsewhere", "kind": "run", "at": 1, "words": ["pytest"]}'],
)  # fmt: skip
def test_a_broken_file_approves_nothing_and_is_said(work: Path, state: Path, text: str) -> None:
    approve(work, PYTEST)
    (file,) = (state / "postil/agent/approvals").rglob("*.json")
    good = file.read_text()
    file.write_text(text.replace('"W"', json.dumps(str(work))))
    found = approvals(work)
    assert found.kept == () and str(file) in found.words()
    file.write_text(good)
    assert approvals(work).rules == (PYTEST,) and approvals(work).words() == "", "the control"


def test_they_are_listed_and_revoked(work: Path) -> None:
    runner = CliRunner()
    assert "nothing was agreed to" in runner.invoke(app, []).output
    for kept in KEPT:
        approve(work, kept)
    rows = json.loads(runner.invoke(app, ["--json"]).stdout)
    assert [row["number"] for row in rows] == [1, 2, 3, 4] and {row["workspace"] for row in rows} == {str(work)}
    assert [row["what"] for row in rows] == [
        "pytest -x (and with other paths of the workspace)", "make lint", "edits by edit", "log of the server git",
    ]  # fmt: skip
    shown = runner.invoke(app, [])
    assert shown.exit_code == 0 and "make lint" in shown.stdout
    assert runner.invoke(app, ["--revoke", "2"]).exit_code == 0
    assert set(approvals(work).rules) == {KEPT[0], *KEPT[2:]}
    for wrong in (["--revoke", "4"], ["--revoke", "0"], ["--revoke", "1", "--all"]):
        assert runner.invoke(app, wrong).exit_code == 2
    assert len(approvals(work).kept) == 3
    assert runner.invoke(app, ["--all"]).exit_code == 0 and every_approval().kept == ()


def test_the_list_says_what_is_broken_and_all_removes_it(work: Path, state: Path) -> None:
    approve(work, PYTEST)
    (file,) = (state / "postil/agent/approvals").rglob("*.json")
    file.write_text("{")
    shown = CliRunner().invoke(app, [])
    assert shown.exit_code == 3 and "approves nothing" in shown.output
    assert CliRunner().invoke(app, ["--all"]).exit_code == 0 and not file.exists()


class User:
    """A door whose user gives these answers."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[PermissionRequest] = []

    async def ask(self, request: PermissionRequest) -> Answer:
        self.asked.append(request)
        return self.answers.pop(0)

    async def text_of(self, path: Path) -> str | None:
        return None

    async def write(self, path: Path, text: str) -> bool:
        return False


def asked(*argv: str, kind: ToolKind = "run") -> PermissionRequest:
    return PermissionRequest(ToolCall("1", "run", "{}"), kind, "t", argv)


def gate(work: Path, user: User, mode: Mode = "edit", *, trusted: bool = True) -> tuple[UserGate, list[str]]:
    told: list[str] = []
    return UserGate(work, user, trusted=trusted, mode=mode, tell=told.append), told


async def test_always_is_asked_once_and_anything_else_each_time(work: Path) -> None:
    user = User("once", "no", "cancelled", "always")
    one, _ = gate(work, user)
    said = [(await one.decide(asked("pytest", "-x"))).verdict for _ in range(4)]
    assert said == ["allow", "deny", "cancelled", "allow"]
    assert all(request.lasting for request in user.asked)
    other = User()
    assert (await gate(work, other)[0].decide(asked("pytest", "a/b.py"))).verdict == "allow" and other.asked == []
    revoke(approvals(work).kept[0].file)
    user.answers.append("no")
    assert (await one.decide(asked("pytest", "-x"))).verdict == "deny"


async def test_a_door_that_says_always_where_it_was_not_offered_says_once(work: Path) -> None:
    user = User("always", "no")
    one, _ = gate(work, user)
    assert (await one.decide(asked("rm", "a"))).verdict == "allow"
    assert not user.asked[0].lasting and every_approval().kept == ()
    assert (await one.decide(asked("rm", "a"))).verdict == "deny"


async def test_nobody_is_asked_where_nothing_may_be_done(work: Path) -> None:
    user = User()
    for one, _ in (gate(work, user, "ask"), gate(work, user, "auto", trusted=False)):
        decided = await one.decide(asked("pytest"))
        assert decided.verdict == "deny" and decided.why
    assert (await gate(work, user, "auto")[0].decide(asked(kind="edit"))).verdict == "allow"


async def test_the_user_hears_once_of_a_broken_file(work: Path, state: Path) -> None:
    approve(work, PYTEST)
    (file,) = (state / "postil/agent/approvals").rglob("*.json")
    file.write_text("{")
    one, told = gate(work, User("no", "no"))
    assert [(await one.decide(asked("pytest"))).verdict for _ in range(2)] == ["deny", "deny"]
    assert len(told) == 1 and str(file) in told[0]
