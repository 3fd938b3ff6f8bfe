"""`checks.NAME.on_save`: a failing test becomes a note, its fix a verified one; newer saves, consent and trust."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.checks.project import CODE, COMMAND, FIXED, RIGHT, WRONG, Project, says
from tests.lsp.client import Client
from tests.lsp.test_server import applied


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def checks(client: Client) -> list[str]:
    """What the status has said of the check, without repetitions."""
    said = [status["check"] for status in client.of("postil/status")]
    return [one for at, one in enumerate(said) if one and one != (said[at - 1] if at else "")]


def reads(client: Client) -> int:
    """How often the settings were read."""
    return client.stderr.count(b"personas and settings read")


async def saved(client: Client, uri: str, text: str) -> None:
    client.open(uri, text)
    client.save(uri)


def logged(project: Project) -> tuple[str, Path]:
    """The command, which writes a line to a file outside of the copy each time it runs."""
    log = project.folder / "runs"
    return f"echo ran >>'{log}'; {COMMAND}", log


def runs(log: Path) -> int:
    return len(log.read_text().splitlines()) if log.exists() else 0


async def test_a_failing_test_becomes_a_note_with_the_fix_that_it_passes(project: Project) -> None:
    project.named_by("user")
    async with project.serving(says(WRONG, RIGHT)) as client:
        await saved(client, project.cart, CODE)
        await client.until(lambda: client.notes(project.cart), "the note at the suspect")
        (note,) = client.notes(project.cart)
        assert note["message"].endswith("\nverified: all 2 tests pass")
        assert "\nThe fix " in note["message"]
        assert "test_total" in note["message"] and "3 != 6" in note["message"]
        assert (note["source"], note["code"], note["severity"]) == ("postil (tests)", "check", 1)
        assert note["range"]["start"] == {"line": 6, "character": 4}
        # Before there was a fix the note stood at the failing line of the test.
        first = next(one["diagnostics"] for one in client.publishes(project.test) if one["diagnostics"])
        assert first[0]["range"]["start"]["line"] == 7 and first[0]["severity"] == 2
        await client.until(lambda: client.notes(project.test) == [], "the note of the test to go")
        (action,) = await client.actions(project.cart, [note], only=["quickfix"])
        assert action["title"] == "Postil: apply the fix (verified: all 2 tests pass)"
        assert action["edit"]["documentChanges"][0]["textDocument"]["version"] == 1
        assert applied(CODE, action, "utf-16") == FIXED
        # Another text than the one that was checked: the note stays, its verdict and its fix are gone.
        client.change(project.cart, (0, 0, 0, 0, "# one\n"))
        await client.until(lambda: "verified" not in client.notes(project.cart)[0]["message"], "the verdict to go")
        assert client.notes(project.cart)[0]["range"]["start"]["line"] == 7
        (again,) = await client.actions(project.cart, [note], only=["quickfix"])
        assert again["title"] == "Postil: fix and verify" and "edit" not in again
        # Taken and saved: the check passes, the note goes.
        client.change(project.cart, FIXED)
        (project.top / "shop" / "cart.py").write_text(FIXED)
        client.save(project.cart)
        await client.until(lambda: not client.notes(project.cart), "the note to go")
        await client.until(lambda: any("All 2 tests pass" in one for one in checks(client)), "the status")


async def test_every_failing_test_is_a_note_and_stays_one_until_it_passes(project: Project) -> None:
    """Only the first was shown; nobody heard of the others."""
    project.named_by("user")
    tests = project.top / "tests" / "test_cart.py"
    more = "\n    def test_with_one(self):\n        self.assertEqual(total([1]), 2)\n"
    tests.write_text(tests.read_text(encoding="utf-8") + more, encoding="utf-8")
    async with project.serving(says(RIGHT)) as client:
        await saved(client, project.cart, CODE)
        await client.until(lambda: client.notes(project.cart), "the note at the suspect")
        shown = [one["diagnostics"] for one in client.publishes(project.test) if one["diagnostics"]]
        assert sorted(one["range"]["start"]["line"] for one in shown[0]) == [7, 13]
        assert "1 other still fails as before" in client.notes(project.cart)[0]["message"]
        await client.until(lambda: len(client.notes(project.test)) == 1, "the other test's note alone")
        assert "test_with_one" in client.notes(project.test)[0]["message"]
        client.open(project.test, tests.read_text(encoding="utf-8"))
        (action,) = await client.actions(project.test, client.notes(project.test), only=["quickfix"])
        assert action["title"] == "Postil: fix and verify"


async def test_a_test_without_a_fix_is_a_note_at_its_own_line(project: Project) -> None:
    project.named_by("user")
    async with project.serving(says(WRONG)) as client:
        await saved(client, project.cart, CODE)
        await client.until(lambda: any("candidates passed" in one for one in checks(client)), "the end")
        (note,) = client.notes(project.test)
        assert client.notes(project.cart) == [] and note["range"]["start"]["line"] == 7
        # An edit of that very line takes the note away.
        client.open(project.test, (project.top / "tests" / "test_cart.py").read_text())
        await client.synced()
        assert len(client.notes(project.test)) == 1
        client.change(project.test, (7, 0, 7, 0, "    "))
        await client.until(lambda: not client.notes(project.test), "the note to go")


async def test_what_the_editor_has_unsaved_is_what_is_checked(project: Project) -> None:
    project.named_by("user")
    (project.top / "shop" / "cart.py").write_text("def total(items):\n    raise OSError\n")
    async with project.serving(says(WRONG)) as client:
        await saved(client, project.cart, FIXED)
        await client.until(lambda: any("All 2 tests pass" in one for one in checks(client)), "the check to pass")
        assert project.asked() == 0


async def test_a_newer_save_ends_the_run_and_an_edit_makes_its_places_stale(project: Project) -> None:
    log = project.folder / "runs"
    hangs = f"echo ran >>'{log}'; test -e '{project.folder}/gate' || exec sleep 60; {COMMAND}"
    project.named_by("user", hangs)
    async with project.serving(says(RIGHT)) as client:
        await saved(client, project.cart, CODE)
        await client.until(lambda: runs(log) == 1, "the first run")
        (project.folder / "gate").touch()
        client.save(project.cart)
        await client.until(lambda: client.notes(project.cart), "the note")
        assert "verified" in client.notes(project.cart)[0]["message"]


async def test_a_workspaces_line_runs_after_one_yes_to_it(project: Project) -> None:
    command, log = logged(project)
    project.named_by("workspace", command)
    replies: list[Any] = [{"title": "Not now"}, {"title": "Run it"}]
    for answer in replies:
        async with project.serving(says(RIGHT)) as client:
            client.replies["window/showMessageRequest"] = lambda _, answer=answer: answer
            await saved(client, project.cart, CODE)
            await client.until(lambda: client.of("window/showMessageRequest"), "the question")
            (question,) = client.of("window/showMessageRequest")
            assert command in question["message"] and str(project.top) in question["message"]
            if answer["title"] == "Not now":
                # Asked once, and nothing was started.
                client.save(project.cart)
                await client.synced()
                assert len(client.of("window/showMessageRequest")) == 1 and runs(log) == 0
            else:
                await client.until(lambda: client.notes(project.cart), "the note")
    # The yes is remembered, for this very line.
    async with project.serving(says(RIGHT)) as client:
        await saved(client, project.cart, CODE)
        await client.until(lambda: client.notes(project.cart), "the note")
        assert not client.of("window/showMessageRequest")
        read = reads(client)
        project.named_by("workspace", f"{command} -v")
        await client.until(lambda: reads(client) > read, "the settings to be read")
        client.save(project.cart)
        await client.until(lambda: client.of("window/showMessageRequest"), "another question")
    (kept,) = (project.folder / "state" / "postil" / "checks").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600


async def test_in_a_workspace_that_is_not_trusted_nothing_runs(project: Project) -> None:
    command, log = logged(project)
    project.named_by("user", command)
    async with project.serving(says(RIGHT), trustWorkspace=False) as client:
        await saved(client, project.cart, CODE)
        for name in ((), ("workspace", "tests"), (project.cart,)):
            answer = await client.command("postil.fix", *name)
            assert answer["error"]["message"] == "Postil runs nothing in a workspace that isn't trusted."
        note = {"range": {"start": {"line": 6, "character": 0}, "end": {"line": 6, "character": 9}}, "message": "m"}
        foreign = {**note, "source": "ruff", "code": "F401"}
        actions = await client.actions(project.cart, [foreign], only=["quickfix"])
        assert [one["title"] for one in actions] == ["Postil: explain this diagnostic"]
        assert runs(log) == 0 and not client.of("window/showMessageRequest")


async def test_cancel_ends_the_check_and_settings_that_go_take_the_notes_along(project: Project) -> None:
    project.named_by("user", "exec sleep 60")
    async with project.serving(says(RIGHT)) as client:
        await saved(client, project.cart, CODE)
        await client.until(lambda: checks(client), "the check")
        await client.command("postil.cancel")
        await client.until(lambda: client.of("postil/status")[-1]["check"] == "", "the end")
        read = reads(client)
        project.named_by("user")
        await client.until(lambda: reads(client) > read, "the settings to be read")
        client.save(project.cart)
        await client.until(lambda: client.notes(project.cart), "the note")
        project.named_by("user", more="")
        await client.until(lambda: not client.notes(project.cart), "the note to go with the setting")
