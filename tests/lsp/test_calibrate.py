"""`postil.calibrate` from an editor: with progress, cancelled, and refused where it can't be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lsp.conftest import Play
from tests.service.test_calibrating import Repository, function

RULES: list[dict[str, Any]] = [
    {"match": {"contains": "Reply in JSON"}, "chunks": [{"text": '{"findings": []}'}]},
    {"match": {"contains": "first - second"}, "echo": True, "replace": [["first - ", "first + "]]},
]


def made(root: Path, fixes: int = 2) -> Repository:
    repository = Repository(root)
    repository.commit("Begin", **{f"m{n}": function(f"f{n}", "-") for n in range(fixes)})
    for number in range(fixes):
        repository.commit(f"Fix the sum of f{number}", **{f"m{number}": function(f"f{number}")})
    return repository


@pytest.mark.slow
async def test_a_calibration_shows_its_progress_and_what_it_found(tmp_path: Path, play: Play) -> None:
    repository = made(tmp_path / "repository")
    async with play(RULES, root=repository.root.as_uri()) as desk:
        answer = await desk.command("postil.calibrate")
        outcome = answer["result"]
        assert outcome["holds"] is False and "too few fixes" in outcome["words"]
        assert Path(outcome["picture"]).is_relative_to(tmp_path / "state")
        assert any("past fixes" in (one["value"].get("message") or "") for one in desk.progress("report"))
        assert desk.progress("end")


@pytest.mark.slow
async def test_outside_a_repository_it_says_so(tmp_path: Path, play: Play) -> None:
    (tmp_path / "plain").mkdir()
    async with play(RULES, root=(tmp_path / "plain").as_uri()) as desk:
        answer = await desk.command("postil.calibrate")
        assert "git repository" in answer["error"]["message"]


@pytest.mark.slow
async def test_a_workspace_that_is_not_trusted_is_not_read_by_git(tmp_path: Path, play: Play) -> None:
    repository = made(tmp_path / "repository")
    async with play(RULES, root=repository.root.as_uri(), options={"trustWorkspace": False}) as desk:
        answer = await desk.command("postil.calibrate")
        assert "isn't trusted" in answer["error"]["message"]
