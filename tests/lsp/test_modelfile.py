"""Modelfiles as a language, over stdio: what an editor gets of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from tests.lsp.client import Client
from tests.lsp.conftest import Play
from tests.lsp.test_server import applied

from postil.core.persona.persona import from_modelfile
from postil.core.review.finding import Problem
from postil.core.text.positions import PositionEncoding
from postil.lsp.to_lsp import problem_diagnostic
from postil.service.documents import Document
from postil.service.personas.load import PersonaProblem
from postil.service.personas.problems import ModelfileProblems

M = "file:///work/Modelfiles/team.Modelfile"
TEXT = '#: role: review\nFROM qwen2.5-coder:1.5b\nPARAMETER temperature 0\nSYSTEM """Be 😀\nkind."""\n'


async def asked(client: Client, method: str, line: int, character: int, uri: str = M) -> Any:
    place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
    return (await client.call(f"textDocument/{method}", place)).get("result")


def places(notes: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
    found = [note["range"] for note in notes]
    return [(each["start"]["line"], each["start"]["character"], each["end"]["character"]) for each in found]


async def test_problems_come_with_every_key_and_go(play: Play) -> None:
    async with play([]) as client:
        client.open(M, "FROM m\nMESSAGE user 😀\nPARAMETER temperature 😀😀\n", "modelfile")
        await client.until(lambda: client.notes(M), "a problem")
        (note,) = client.notes(M)
        assert places([note]) == [(2, 22, 26)], "in UTF-16 units"
        assert (note["source"], note["code"], note["severity"]) == ("postil", "modelfile", 1)
        assert "number" in note["message"]
        client.change(M, (2, 22, 2, 26, "0.5"))
        await client.until(lambda: not client.notes(M), "no problem")
        client.change(M, "ODD\n")
        await client.until(lambda: len(client.notes(M)) == 2, "two problems")
        client.shut(M)
        await client.until(lambda: not client.notes(M), "none of a closed file")


async def test_a_mend_makes_the_problem_go(play: Play) -> None:
    text = "FROM m\nMESSAGE user 😀\nPARAMETER tempurature 0,5\n"
    async with play([]) as client:
        client.open(M, text, "modelfile")
        await client.until(lambda: client.notes(M), "a problem")
        (action,) = await client.actions(M, client.notes(M))
        assert (action["title"], action["kind"]) == ("Write temperature", "quickfix")
        text = applied(text, action, "utf-16")
        client.change(M, text)
        await client.until(lambda: "number" in str(client.notes(M)), "the next one")
        (action,) = await client.actions(M, client.notes(M))
        client.change(M, applied(text, action, "utf-16"))
        await client.until(lambda: not client.notes(M), "no problem")


async def test_a_problem_whose_line_grows_keeps_its_mend(play: Play) -> None:
    async with play([]) as client:
        client.open(M, "", "modelfile")
        await client.until(lambda: client.notes(M), "no FROM line")
        client.change(M, (0, 0, 0, 0, "# 😀"))
        await client.until(lambda: places(client.notes(M)) == [(0, 0, 4)], "the whole line")
        # The client may still hold the range of the shorter line.
        (note,) = client.notes(M)
        note["range"]["end"]["character"] = 0
        (action,) = await client.actions(M, [note])
        client.change(M, applied("# 😀", action, "utf-16"))
        await client.until(lambda: not client.notes(M), "no problem")


async def test_only_a_mend_without_another_is_preferred(play: Play) -> None:
    async with play([]) as client:
        client.open(M, 'FROM m\nSYSTEM """a', "modelfile")
        await client.until(lambda: client.notes(M), "a problem")
        assert [one["isPreferred"] for one in await client.actions(M, client.notes(M))] == [True]
        client.change(M, 'FROM m\nSYSTEM """a\nPARAMETER seed 1\n')
        await client.until(lambda: client.notes(M), "a problem")
        found = await client.actions(M, client.notes(M))
        assert len(found) > 1 and not any(one.get("isPreferred") for one in found)


@pytest.mark.slow
async def test_thousands_of_mistakes_cost_little(play: Play) -> None:
    async with play([]) as client:
        client.open(M, "FROM m\n" + "PARAMETER tempurature 0\n" * 3000, "modelfile")
        await client.until(lambda: client.notes(M), "problems")
        assert len(client.notes(M)) == 100
        assert 0 < len(await client.actions(M, client.notes(M))) <= 20


async def test_completion_hover_outline_and_form(play: Play) -> None:
    async with play([]) as client:
        client.open(M, TEXT + "PARAMETER nu\nFROM  qwen\n", "modelfile")
        found = (await asked(client, "completion", 5, 12))["items"]
        assert {"num_ctx", "num_predict"} <= {item["label"] for item in found}
        (context,) = (item for item in found if item["label"] == "num_ctx")
        assert context["textEdit"]["range"]["start"]["character"] == 10 and "tokens" in str(context["documentation"])
        models = [item["label"] for item in (await asked(client, "completion", 6, 10))["items"]]
        assert "qwen2.5-coder:0.5b" in models and len(models) == len(set(models))
        assert (await asked(client, "completion", 4, 3))["items"] == [], "inside SYSTEM"
        assert "How the model is run" in (await asked(client, "hover", 2, 3))["contents"]["value"]
        assert await asked(client, "hover", 4, 2) is None
        symbols = (await client.call("textDocument/documentSymbol", {"textDocument": {"uri": M}}))["result"]
        assert [symbol["name"] for symbol in symbols][:4] == ["role", "FROM", "temperature", "SYSTEM"]
        assert symbols[3]["range"]["end"] == {"line": 4, "character": 8}
        options = {"tabSize": 4, "insertSpaces": True}
        asking = {"textDocument": {"uri": M}, "options": options}
        client.change(M, TEXT.replace("PARAMETER temperature", "  parameter temperature  "))
        (edit,) = (await client.call("textDocument/formatting", asking))["result"]
        assert edit["newText"].startswith("PARAMETER")
        client.change(M, TEXT)
        assert (await client.call("textDocument/formatting", asking))["result"] == []
        client.change(M, 'FROM m\n  SYSTEM """never closed\n')
        assert (await client.call("textDocument/formatting", asking))["result"] == []


async def test_other_languages_get_nothing_and_modelfiles_no_review(play: Play, tmp_path: Path) -> None:
    async with play([]) as client:
        client.open("file:///work/a.py", "FROM = 1\n")
        client.open("file:///work/Modelfile", TEXT, "plaintext")
        assert await asked(client, "hover", 0, 1, "file:///work/a.py") is None
        assert "FROM" in str(await asked(client, "hover", 1, 1, "file:///work/Modelfile"))
        client.save("file:///work/Modelfile")
        await client.command("postil.review", "file:///work/Modelfile")
        assert "checked, not reviewed" in client.of("window/showMessage")[-1]["message"]
        assert not (tmp_path / "journal").exists()


async def test_a_huge_modelfile_is_not_read(play: Play) -> None:
    async with play([]) as client:
        client.open(M, "x" * 1_000_001, "modelfile")
        await client.until(lambda: client.notes(M), "a problem")
        assert ["1 MB" in note["message"] for note in client.notes(M)] == [True]
        assert await client.actions(M, client.notes(M)) == []
        client.change(M, "FROM m\n" * 150_000)
        await client.synced()
        assert await asked(client, "hover", 0, 1) is None
        assert (await asked(client, "completion", 1, 0))["items"] == []
        assert (await client.call("textDocument/documentSymbol", {"textDocument": {"uri": M}}))["result"] is None


def test_both_ends_of_a_problem_are_in_the_clients_units() -> None:
    line = "#:\u3000role: 😀"
    (problem,) = from_modelfile("", f"{line}\nFROM m\n")[1]
    for encoding, start, end in (("utf-8", 11, 15), ("utf-16", 9, 11), ("utf-32", 9, 10)):
        found = problem_diagnostic(problem, [line], cast(PositionEncoding, encoding)).range
        assert (found.start.character, found.end.character) == (start, end)


def test_opening_a_mended_text_takes_the_files_problems_away(tmp_path: Path) -> None:
    path = tmp_path / "team.Modelfile"
    told: list[str] = []
    problems = ModelfileProblems(told.append)
    problems.on_disk([PersonaProblem(str(path), Problem(0, 0, "broken"))])
    assert told == [path.as_uri()]
    problems.edited(Document(path.as_uri(), "FROM m\n"))
    assert told == [path.as_uri()] * 2 and problems.of(path.as_uri())[0] == ()
