"""Personas as code actions, end to end: offered, run, cancelled, and what becomes of the answer."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest
from tests.lsp.client import CAPABILITIES, Client
from tests.lsp.conftest import Play, stopped
from tests.lsp.test_server import applied

from postil.service.actions.run import WHOSE_WORDS

TEXT = "import os\n\n\ndef add(first, second):\n    total = first + second\n    return total\n\n\nLAST = add(1, 2)\n"
CURSOR = {"start": {"line": 4, "character": 2}, "end": {"line": 4, "character": 2}}
SHIPPED = {"document", "explain", "rewrite", "translate-comments", "write-tests"}

ABLE = copy.deepcopy(CAPABILITIES)
ABLE["workspace"] |= {
    "applyEdit": True,
    "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"], "changeAnnotationSupport": {}},
}
ABLE["window"]["showDocument"] = {"support": True}
ABLE["experimental"] = {"postilInput": True}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    (made / "a.py").write_text(TEXT, encoding="utf-8")
    return made


def model(persona: str, *texts: str, **more: Any) -> dict[str, Any]:
    """What the model answers to a shipped persona."""
    systems = {"document": "API documentation", "explain": "explain code", "rewrite": "exactly as you are told"}
    systems |= {"write-tests": "few, short tests", "translate-comments": "translator"}
    return {"match": {"system": systems[persona]}, "chunks": [{"text": text} for text in texts], **more}


class Editor:
    """A client that takes edits and shows documents."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.uri = (folder / "a.py").as_uri()
        self.edits: list[dict[str, Any]] = []
        self.shown: list[str] = []
        self.pages: list[str] = []
        self.answer: Any = {"applied": True}
        client.replies["workspace/applyEdit"] = self._edit
        client.replies["window/showDocument"] = self._show
        client.replies["postil/input"] = lambda params: {"text": "Subtract instead."}
        client.open(self.uri, TEXT)

    def _edit(self, params: dict[str, Any]) -> Any:
        self.edits.append(params["edit"])
        return self.answer

    def _show(self, params: dict[str, Any]) -> Any:
        path = Path(unquote(urlparse(params["uri"]).path))
        self.shown.append(path.name)
        self.pages.append(path.read_text(encoding="utf-8") if path.exists() else "")
        return {"success": True}

    async def run(self, persona: str, lines: Any = CURSOR, *typed: str) -> dict[str, Any]:
        return await self.client.command("postil.action", persona, self.uri, lines, *typed)

    @property
    def text(self) -> str:
        """The document after the only edit."""
        (edit,) = self.edits
        return applied(TEXT, {"edit": edit}, "utf-16")


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


async def offered(client: Client, uri: str, lines: Any = CURSOR, **context: Any) -> dict[str, dict[str, Any]]:
    params = {"textDocument": {"uri": uri}, "range": lines, "context": {"diagnostics": [], **context}}
    actions = (await client.call("textDocument/codeAction", params))["result"]
    return {one["command"]["arguments"][0]: one for one in actions if "command" in one}


@pytest.mark.slow
async def test_the_shipped_ones_are_offered_where_there_is_code(play: Play, folder: Path) -> None:
    async with play([], root=folder.as_uri(), capabilities=ABLE) as client:
        uri = Editor(client, folder).uri
        actions = await offered(client, uri)
        assert set(actions) == SHIPPED
        assert actions["document"]["title"] == "Postil: document"
        assert actions["document"]["kind"] == "refactor.rewrite.postil.document"
        assert set(await offered(client, uri, only=["refactor.rewrite"])) == {
            "document", "rewrite", "translate-comments",
        }  # fmt: skip
        assert await offered(client, uri, only=["quickfix"]) == {}
        blank = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}}
        assert await offered(client, uri, blank) == {}


async def test_what_asks_is_not_offered_to_an_editor_that_cant(play: Play, folder: Path) -> None:
    able = copy.deepcopy(ABLE)
    del able["experimental"]
    async with play([model("rewrite", "    return 7\n")], root=folder.as_uri(), capabilities=able) as client:
        editor = Editor(client, folder)
        assert set(await offered(client, editor.uri)) == SHIPPED - {"rewrite"}
        answer = await editor.run("rewrite")
        assert "What should become of this code?" in answer["error"]["message"]
        lines = {"start": {"line": 4, "character": 4}, "end": {"line": 6, "character": 0}}
        assert "error" not in await editor.run("rewrite", lines, "return 7")
        assert editor.text == TEXT.replace("    total = first + second\n    return total\n", "    return 7\n")


async def test_a_persona_of_the_workspace_is_a_code_action_at_once(play: Play, folder: Path) -> None:
    async with play([], root=folder.as_uri(), capabilities=ABLE) as client:
        uri = Editor(client, folder).uri
        await client.until(lambda: b"watching for changes" in client.stderr, "the watch")
        file = folder / "Modelfiles" / "shorten.Modelfile"
        file.parent.mkdir()
        file.write_text(
            "#: role: action\n#: title: Make it shorter\n#: kind: source.postil.shorten\n#: languages: python\n"
            "FROM qwen2.5-coder:1.5b\nSYSTEM Shorten.\n",
            encoding="utf-8",
        )
        actions = {}
        for _ in range(400):
            actions = await offered(client, uri)
            if "shorten" in actions:
                break
        assert (actions["shorten"]["title"], actions["shorten"]["kind"]) == (
            "Postil: make it shorter", "source.postil.shorten",
        )  # fmt: skip


async def test_documentation_is_written_and_nothing_else(play: Play, folder: Path) -> None:
    lines = 'def add(first, second):\n    """Add both."""\n    total = second + first\n    return total\n'
    async with play([model("document", lines)], root=folder.as_uri(), capabilities=ABLE) as client:
        editor = Editor(client, folder)
        answer = await editor.run("document")
        assert answer["result"] == str(folder / "a.py")
        assert editor.text == TEXT.replace("second):\n", 'second):\n    """Add both."""\n')
        # Shown before it is done, where the editor can: under a label, to be confirmed.
        ((name, label),) = editor.edits[0]["changeAnnotations"].items()
        assert label == {"label": "Document: add", "needsConfirmation": True}
        assert editor.edits[0]["documentChanges"][0]["edits"][0]["annotationId"] == name
        assert editor.edits[0]["documentChanges"][0]["textDocument"]["version"] == 1
        progress = [params["value"] for params in client.of("$/progress")]
        assert (progress[0]["kind"], progress[0]["title"]) == ("begin", "Document: add")
        assert progress[-1]["kind"] == "end"


async def test_the_users_words_come_from_the_client(play: Play, folder: Path) -> None:
    rule = {"match": {"system": "exactly as you are told"}, "echo": True, "replace": [["first + ", "first - "]]}
    async with play([rule], root=folder.as_uri(), capabilities=ABLE) as client:
        editor = Editor(client, folder)
        assert "error" not in await editor.run("rewrite")
        assert client.of("postil/input") == [{"title": "Rewrite as told", "prompt": "What should become of this code?"}]
        assert editor.text == TEXT.replace("first + ", "first - ")
        client.replies["postil/input"] = lambda params: {"text": None}
        assert "cancel" in (await editor.run("rewrite"))["error"]["message"].lower()


async def test_an_edit_that_is_declined_is_no_error_one_that_fails_is(play: Play, folder: Path) -> None:
    rule = {"match": {"system": "exactly as you are told"}, "echo": True, "replace": [["first + ", "first - "]]}
    async with play([rule], root=folder.as_uri(), capabilities=ABLE) as client:
        editor = Editor(client, folder)
        editor.answer = {"applied": False}
        assert (await editor.run("rewrite"))["result"] is None
        editor.answer = {"applied": False, "failureReason": "it is read only"}
        assert "it is read only" in (await editor.run("rewrite"))["error"]["message"]


async def test_an_answer_that_does_not_hold_edits_nothing(play: Play, folder: Path) -> None:
    async with play([model("rewrite", "def add(first:\n")], root=folder.as_uri(), capabilities=ABLE) as client:
        editor = Editor(client, folder)
        assert "would not parse" in (await editor.run("rewrite"))["error"]["message"]
        assert editor.edits == []


async def test_a_document_that_changes_meanwhile_is_left_alone(play: Play, folder: Path, tmp_path: Path) -> None:
    go = tmp_path / "go"
    rule = {"match": {"system": "exactly as you are told"}, "echo": True, "replace": [["first + ", "first - "]]}
    async with play([{**rule, "hold": str(go)}], root=folder.as_uri(), capabilities=ABLE) as client:
        editor = Editor(client, folder)
        answer = asyncio.create_task(editor.run("rewrite"))
        await client.until(lambda: len(client.of("$/progress")) > 1, "the first words")
        client.change(editor.uri, (0, 0, 0, 0, "# new\n"))
        # The server may see the file before it has read the change from its pipe.
        await client.synced()
        go.touch()
        assert "has changed while" in (await answer)["error"]["message"]
        assert editor.edits == []


async def test_a_cancel_ends_the_request_and_edits_nothing(
    play: Play, folder: Path, tmp_path: Path, journal: Callable[[], list[tuple[str, str, str]]]
) -> None:
    rule = {"match": {"system": "exactly as you are told"}, "echo": True, "hold": str(tmp_path / "never")}
    async with play([rule], root=folder.as_uri(), capabilities=ABLE) as client:
        editor = Editor(client, folder)
        answer = asyncio.create_task(editor.run("rewrite"))
        await client.until(lambda: len(client.of("$/progress")) > 1, "the first words")
        client.notify("window/workDoneProgress/cancel", {"token": client.of("$/progress")[0]["token"]})
        assert "cancel" in (await answer)["error"]["message"].lower()
        await client.until(lambda: len(journal()) == 2 and stopped(journal(), "chat"), "the engine's end")
        assert client.of("$/progress")[-1]["value"]["kind"] == "end"
        assert editor.edits == []


async def test_an_explanation_grows_on_a_page_and_is_shown_by_the_mouse(
    play: Play, folder: Path, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    rule = model("explain", "It adds ", "both ![x](https://evil/).", hold=str(go), times=1)
    async with play([rule], root=folder.as_uri(), capabilities=ABLE) as client:
        editor = Editor(client, folder)
        head = {"textDocument": {"uri": editor.uri}, "position": {"line": 3, "character": 5}}
        assert (await client.call("textDocument/hover", head))["result"] is None
        answer = asyncio.create_task(editor.run("explain"))
        # Open while the model still writes.
        await client.until(lambda: editor.pages, "the page")
        assert editor.pages == [f"# Explain: add\n\nIt adds\n\n*{WHOSE_WORDS}*\n"]
        go.touch()
        page = (await answer)["result"]
        assert read(page) == f"# Explain: add\n\nIt adds both !\\[x]\\(https://evil/).\n\n*{WHOSE_WORDS}*\n"
        assert len(editor.shown) == 1 and editor.edits == []
        hover = (await client.call("textDocument/hover", head))["result"]["contents"]
        assert hover == {"kind": "markdown", "value": "**Explain: add**\n\nIt adds both !\\[x]\\(https://evil/)."}
        body = {**head, "position": {"line": 4, "character": 5}}
        assert (await client.call("textDocument/hover", body))["result"] is None
        # Other code has not been explained.
        client.change(editor.uri, (4, 4, 4, 4, "x = "))
        assert (await client.call("textDocument/hover", head))["result"] is None


async def test_tests_go_into_a_new_file_where_the_project_has_them(play: Play, folder: Path) -> None:
    (folder / "tests").mkdir()
    (folder / "tests" / "b_test.py").write_text("def test_b():\n    pass\n", encoding="utf-8")
    code = "from a import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
    async with play([model("write-tests", code)], root=folder.as_uri(), capabilities=ABLE) as client:
        editor = Editor(client, folder)
        answer = await editor.run("write-tests")
        place = folder / "tests" / "a_test.py"
        assert answer["result"] == str(place)
        make, change = editor.edits[0]["documentChanges"]
        assert (make["kind"], make["uri"], make["options"]["ignoreIfExists"]) == ("create", place.as_uri(), True)
        assert change["textDocument"] == {"uri": place.as_uri(), "version": None}
        assert change["edits"][0]["newText"] == code
        assert editor.shown == ["a_test.py"]


@pytest.mark.parametrize("opened", [False, True])
async def test_tests_are_added_to_a_file_that_is_there(play: Play, folder: Path, opened: bool) -> None:
    place = folder / "test_a.py"
    there = "from a import add\r\n\r\ndef test_one():\r\n    assert add(1, 1) == 2\r\n"
    place.write_bytes(there.encode())
    code = "def test_add():\n    assert add(1, 2) == 3\n"
    async with play([model("write-tests", code)], root=folder.as_uri(), capabilities=ABLE) as client:
        editor = Editor(client, folder)
        if opened:
            client.open(place.as_uri(), there)
        assert (await editor.run("write-tests"))["result"] == str(place)
        (change,) = editor.edits[0]["documentChanges"]
        assert change["textDocument"] == {"uri": place.as_uri(), "version": 1 if opened else None}
        after = applied(there, {"edit": editor.edits[0]}, "utf-16")
        assert after == there.rstrip() + "\r\n\r\n\r\n" + code.replace("\n", "\r\n")


async def test_wrong_arguments_and_a_dead_engine_are_told(play: Play, folder: Path) -> None:
    rules = [{"match": {"system": "explain"}, "error": "unavailable"}]
    async with play(rules, root=folder.as_uri(), capabilities=ABLE) as client:
        editor = Editor(client, folder)
        blank = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}}
        told = [
            await editor.run("dance"),
            await editor.run("reviewer"),
            await client.command("postil.action", "explain", "file:///none", CURSOR),
            await client.command("postil.action", "explain", editor.uri, {"start": 3}),
            await client.command("postil.action", "explain", editor.uri),
            await editor.run("explain", blank),
            await editor.run("explain"),
        ]
        messages = [answer["error"]["message"] for answer in told]
        for message, words in zip(messages, [
            "no action persona called 'dance'", "called 'reviewer'", "is not open", "range is an LSP range",
            "range is an LSP range", "no code here", "unavailable",
        ], strict=True):  # fmt: skip
            assert words in message


async def test_what_no_model_may_see_is_not_shown_to_one(play: Play, folder: Path) -> None:
    secret = folder / ".env"
    secret.write_text("KEY = 1\n", encoding="utf-8")
    async with play([], root=folder.as_uri(), capabilities=ABLE) as client:
        client.open(secret.as_uri(), "KEY = 1\n")
        line = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 3}}
        answer = await client.command("postil.action", "explain", secret.as_uri(), line)
        assert "is not shown to a model" in answer["error"]["message"]
