"""*Fix and verify* on a failing test, and the command `postil.fix`: progress, cancel, verdict, what moved meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.checks.project import CODE, COMMAND, FIXED, RIGHT, WRONG, Project, says
from tests.lsp.client import Client
from tests.lsp.test_server import applied


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.named_by("user")
    return made


async def offered(project: Project, client: Client) -> dict[str, Any]:
    """The action on the note at the failing test's line, after all of the model's answers on save were wrong."""
    client.open(project.cart, CODE)
    text = (project.top / "tests" / "test_cart.py").read_text()
    client.open(project.test, text)
    client.save(project.cart)
    ended = "candidates passed the check"
    await client.until(lambda: any(ended in one["check"] for one in client.of("postil/status")), "the end of the check")
    (action,) = await client.actions(project.test, client.notes(project.test), only=["quickfix"])
    assert action["title"] == "Postil: fix and verify"
    return action


async def test_it_is_looked_for_when_it_is_chosen_and_says_its_verdict(project: Project) -> None:
    async with project.serving(says(WRONG, WRONG, WRONG, RIGHT)) as client:
        action = await offered(project, client)
        answer = await client.call("codeAction/resolve", action)
        resolved = answer["result"]
        assert resolved["title"] == "Postil: fix and verify (verified: all 2 tests pass)"
        (change,) = resolved["edit"]["documentChanges"]
        assert change["textDocument"] == {"uri": project.cart, "version": 1}
        assert applied(CODE, resolved, "utf-16") == FIXED
        (begun,) = client.progress("begin")
        assert begun["value"]["cancellable"] and "test_total" in begun["value"]["title"]
        steps = [step["value"]["message"] for step in client.progress("report")]
        assert "checking the code as it is" in steps and "candidate 1: all 2 tests pass" in steps
        assert (project.top / "shop" / "cart.py").read_text() == CODE


async def test_it_is_refused_when_the_code_has_changed_meanwhile(project: Project) -> None:
    gate = project.folder / "gate"
    async with project.serving(says(RIGHT, hold=str(gate)), fix={"samples": 1, "mechanical": False}) as client:
        client.open(project.cart, CODE)
        client.save(project.cart)
        await client.until(lambda: client.notes(project.test), "the note of the test")
        client.open(project.test, (project.top / "tests" / "test_cart.py").read_text())
        (action,) = await client.actions(project.test, client.notes(project.test), only=["quickfix"])
        asked = project.asked()
        await client.command("postil.cancel")
        answering = client.send("codeAction/resolve", action)
        await client.until(lambda: project.asked() > asked, "the model to be asked")
        client.change(project.cart, (0, 0, 0, 0, "# one\n"))
        await client.synced()
        gate.touch()
        answer = await client.until(lambda: client.answers.get(answering), "the answer")
        assert answer["error"]["message"].startswith("The code has changed while the fix was being checked.")


async def test_cancel_ends_it(project: Project) -> None:
    async with project.serving(says(RIGHT, hold=str(project.folder / "never"))) as client:
        client.open(project.cart, CODE)
        client.open(project.test, (project.top / "tests" / "test_cart.py").read_text())
        client.save(project.cart)
        await client.until(lambda: client.notes(project.test), "the note of the test")
        await client.command("postil.cancel")
        (action,) = await client.actions(project.test, client.notes(project.test), only=["quickfix"])
        answering = client.send("codeAction/resolve", action)
        (begun,) = await client.until(lambda: client.progress("begin"), "the progress")
        client.notify("window/workDoneProgress/cancel", {"token": begun["token"]})
        answer = await client.until(lambda: client.answers.get(answering), "the answer")
        assert answer["error"]["code"] == -32800
        assert client.progress("end")[-1]["token"] == begun["token"]


async def test_the_command_fixes_the_workspace_a_file_or_the_changes(project: Project) -> None:
    project.named_by("user", more="")
    async with project.serving(says(RIGHT)) as client:
        client.replies["workspace/applyEdit"] = lambda _: {"applied": True}
        client.open(project.cart, CODE)
        client.change(project.cart, f"# unsaved\n{CODE}")
        answer = await client.command("postil.fix")
        assert answer["result"] == {"check": "tests", "ending": "fixed", "words": "verified: all 2 tests pass"}
        (asked,) = await client.until(lambda: client.of("workspace/applyEdit"), "the edit")
        assert asked["label"] == "Postil: fix and verify (verified: all 2 tests pass)"
        assert applied(f"# unsaved\n{CODE}", {"edit": asked["edit"]}, "utf-16") == f"# unsaved\n{FIXED}"
        # Tests are never what may be changed.
        answer = await client.command("postil.fix", project.test, "tests")
        assert answer["result"]["ending"] == "unfixed" and "Nothing that the failure names" in answer["result"]["words"]
        answer = await client.command("postil.fix", "changes")
        assert "git" in answer["error"]["message"]
        answer = await client.command("postil.fix", "workspace", "other")
        assert answer["error"]["message"] == "there is no check called 'other': known are tests"
        assert "takes what" in (await client.command("postil.fix", 3))["error"]["message"]


async def test_without_a_check_the_projects_own_is_proposed(project: Project) -> None:
    (project.folder / "config" / "postil" / "postil.toml").unlink()
    (project.top / "Makefile").write_text(f"test:\n\t@{COMMAND}\n")
    (project.top / "tests" / "__init__.py").unlink()
    (project.top / "tests").rename(project.top / "checks")
    (project.top / "Makefile").write_text("test:\n\tfalse\n")
    async with project.serving(says(RIGHT)) as client:
        client.replies["window/showMessageRequest"] = lambda _: {"title": "Not now"}
        answer = await client.command("postil.fix")
        assert answer["error"]["message"].startswith("The check was not run")
        (question,) = client.of("window/showMessageRequest")
        assert "`make test`" in question["message"]
