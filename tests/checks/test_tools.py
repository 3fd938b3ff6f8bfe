"""*Fix and verify* on another tool's diagnostic: the real ruff is asked again in a copy of the editor's text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.checks.project import Project, says
from tests.lsp.test_server import applied

TEXT = "def total(items):\n    result = sum(itms)\n    return result\n"
MENDED = TEXT.replace("itms", "items")
NOTE: dict[str, Any] = {
    "range": {"start": {"line": 1, "character": 17}, "end": {"line": 1, "character": 21}},
    "severity": 1,
    "source": "Ruff",
    "code": "F821",
    "message": "Undefined name `itms`",
}
ANSWER = "    result = sum(items)\n    return result\n```"
SILENT = "    result = sum(itms)  # noqa: F821\n    return result\n```"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


async def test_a_diagnostic_of_ruffs_is_fixed_in_the_editors_text(project: Project) -> None:
    async with project.serving(says(SILENT, ANSWER), fix={"samples": 4}) as client:
        # On the disk there is another text, about which ruff says nothing.
        client.open(project.cart, TEXT)
        fix, explain = await client.actions(project.cart, [NOTE], only=["quickfix"])
        assert (fix["title"], explain["title"]) == ("Postil: fix and verify", "Postil: explain this diagnostic")
        assert explain["kind"] == "quickfix.postil.explain"
        answer = await client.call("codeAction/resolve", fix)
        assert "result" in answer, answer
        resolved = answer["result"]
        assert resolved["title"].startswith("Postil: fix and verify (verified: "), resolved["title"]
        assert applied(TEXT, resolved, "utf-16") == MENDED
        assert client.progress("begin")[0]["value"]["title"] == "Fixing Ruff F821"
        assert "def total" in (project.top / "shop" / "cart.py").read_text(), "the file itself is as it was"


async def test_a_fix_must_not_break_the_check_that_runs_after_saves(project: Project) -> None:
    project.named_by("user")
    text = "def total(items):\n    spare = 1\n    result = sum(items)\n    return result\n"
    note = {**NOTE, "code": "F841", "message": "Local variable `spare` is assigned to but never used"}
    async with project.serving(says("    return 0\n```", ANSWER), fix={"samples": 4}) as client:
        client.open(project.cart, text)
        fix = (await client.actions(project.cart, [note], only=["quickfix"]))[0]
        answer = await client.call("codeAction/resolve", fix)
        assert "result" in answer, answer
        assert "all 2 tests pass" in answer["result"]["title"]
        assert applied(text, answer["result"], "utf-16") == text.replace("    spare = 1\n", "")


async def test_why_there_is_no_fix_is_told(project: Project) -> None:
    async with project.serving(says(SILENT)) as client:
        client.open(project.cart, TEXT)
        fix, _ = await client.actions(project.cart, [NOTE], only=["quickfix"])
        answer = await client.call("codeAction/resolve", fix)
        assert answer["error"]["message"].startswith("No fix that holds: ")
        client.change(project.cart, MENDED)
        answer = await client.call("codeAction/resolve", fix)
        assert "doesn't report it" in answer["error"]["message"]


async def test_what_cant_be_asked_again_is_only_explained(project: Project) -> None:
    async with project.serving(says(ANSWER)) as client:
        client.open(project.cart, TEXT)
        (explain,) = await client.actions(project.cart, [{**NOTE, "source": "spell"}], only=["quickfix"])
        assert (
            explain["command"]["arguments"][0] == "explain"
            and "spell says of line 2" in explain["command"]["arguments"][3]
        )
        assert await client.actions(project.cart, [{**NOTE, "source": "spell"}], only=["source"]) == []
        answer = await client.command(explain["command"]["command"], *explain["command"]["arguments"])
        page = Path(answer["result"]).read_text()  # noqa: ASYNC240 - a small file
        # The page says whose words these are.
        assert page.startswith("# Explain")
