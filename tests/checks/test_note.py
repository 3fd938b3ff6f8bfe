"""*Fix and verify* on a note of a review: the project's check tells whether its fix breaks anything."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from tests.checks.project import CODE, Project
from tests.lsp.client import Client
from tests.lsp.test_server import applied

PASSING = CODE.replace("len(items) - 1", "len(items)")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path)
    found.named_by("user", more="")
    (found.top / "shop" / "cart.py").write_text(PASSING, encoding="utf-8")
    return found


def serving(project: Project, change: tuple[str, str]) -> AbstractAsyncContextManager[Client]:
    """The reviewer makes this change, and every difference is shown."""
    old, new = change
    rules = [{"match": {"contains": old}, "echo": True, "replace": [[old, new]]}]
    return project.serving(rules, review={"onSave": False, "minScore": 0})


async def offered(project: Project, client: Client) -> dict[str, Any]:
    client.open(project.cart, PASSING)
    await client.command("postil.review", project.cart)
    await client.until(lambda: any("fix" in one["data"] for one in client.notes(project.cart)), "a note with a fix")
    found = await client.actions(project.cart, client.notes(project.cart), only=["quickfix"])
    return next(one for one in found if one["title"] == "Postil: fix and verify")


async def test_a_fix_that_breaks_nothing_says_so_and_whose_opinion_it_is(project: Project) -> None:
    async with serving(project, ("result += items[i]", "result += int(items[i])")) as client:
        answer = await client.call("codeAction/resolve", await offered(project, client))
        assert "result" in answer, answer
        resolved = answer["result"]
        assert resolved["title"] == ("Postil: fix and verify (all 2 tests pass with it; the note is a model's opinion)")
        assert applied(PASSING, resolved, "utf-16") == PASSING.replace("result += items[i]", "result += int(items[i])")
        assert (project.top / "shop" / "cart.py").read_text() == PASSING


async def test_a_fix_that_breaks_a_test_is_refused(project: Project) -> None:
    async with serving(project, ("result += items[i]", "result -= items[i]")) as client:
        answer = await client.call("codeAction/resolve", await offered(project, client))
        assert "began to fail" in answer["error"]["message"], answer


async def test_a_check_that_does_not_run_the_code_says_nothing_about_it(project: Project) -> None:
    project.named_by("user", "python3 -c 'print(1)'", more="")
    async with serving(project, ("result += items[i]", "result -= items[i]")) as client:
        answer = await client.call("codeAction/resolve", await offered(project, client))
        assert "no test of tests runs this code" in answer["error"]["message"], answer


@pytest.mark.parametrize(("evidence", "asked"), [("ruff, docs", "docs"), ("tests", "tests"), ("nothing", "first")])
async def test_the_personas_evidence_is_asked(project: Project, evidence: str, asked: str) -> None:
    checks = "".join(f"[checks.{name}]\ncommand = \"python3 -c 'print(1)'\"\n" for name in ("first", "docs"))
    file = project.folder / "config" / "postil" / "postil.toml"
    file.write_text(checks + file.read_text(encoding="utf-8"), encoding="utf-8")
    personas = file.parent / "personas"
    personas.mkdir()
    text = f"#: role: review\n#: evidence: {evidence}\nFROM small\n"
    (personas / "reviewer.Modelfile").write_text(text, encoding="utf-8")
    async with serving(project, ("result += items[i]", "result += int(items[i])")) as client:
        answer = await client.call("codeAction/resolve", await offered(project, client))
        said = answer["result"]["title"] if asked == "tests" else answer["error"]["message"]
        assert ("all 2 tests pass" if asked == "tests" else f"no test of {asked} runs this code") in said, answer
