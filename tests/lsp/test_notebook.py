"""Notebooks: each code cell is a document with notes, fixes and ghost text; the notebook's JSON is never sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.client import CAPABILITIES, Client
from tests.lsp.conftest import ALL, Play
from tests.lsp.test_inline_completion import writes
from tests.lsp.test_review import function, lines_of, mend

from postil.core.syntax.languages import languages
from postil.lsp.server import NOTEBOOK_LANGUAGES

Journal = Callable[[], list[tuple[str, str, str]]]
WITH_NOTEBOOKS = {**CAPABILITIES, "notebookDocument": {"synchronization": {"dynamicRegistration": True}}}
BOOK = "file:///work/analysis.ipynb"
CODE, MARKUP = 2, 1


def cell(number: int, book: str = BOOK) -> str:
    """As VS Code names a cell."""
    return book.replace("file:", "vscode-notebook-cell:") + f"#W{number}sZmlsZQ%3D%3D"


class Book:
    """A notebook in the client. `cells`: kind, language and text of each."""

    def __init__(self, client: Client, *cells: tuple[int, str, str], uri: str = BOOK) -> None:
        self.client, self.uri = client, uri
        self.version = 1
        self.names = [cell(number, uri) for number in range(len(cells))]
        kinds = [{"kind": kind, "document": name} for name, (kind, _, _) in zip(self.names, cells, strict=True)]
        texts = [document(name, language, text) for name, (_, language, text) in zip(self.names, cells, strict=True)]
        metadata = {"kernelspec": {"name": "python3"}, "cells": [1, {"a": None}]}
        opened(client, uri, kinds, texts, notebookType="jupyter-notebook", metadata=metadata)

    def change(self, **cells: Any) -> None:
        self.version += 1
        named = {"uri": self.uri, "version": self.version}
        self.client.notify("notebookDocument/didChange", {"notebookDocument": named, "change": {"cells": cells}})

    def type(self, number: int, line: int, character: int, text: str) -> None:
        at = {"line": line, "character": character}
        change = {"range": {"start": at, "end": at}, "text": text}
        named = {"uri": self.names[number], "version": self.version + 1}
        self.change(textContent=[{"document": named, "changes": [change]}])

    def save(self) -> None:
        self.client.notify("notebookDocument/didSave", {"notebookDocument": {"uri": self.uri}})

    def close(self, *named: str) -> None:
        cells = [{"uri": uri} for uri in named]
        params = {"notebookDocument": {"uri": self.uri}, "cellTextDocuments": cells}
        self.client.notify("notebookDocument/didClose", params)


def document(uri: str, language: str, text: str) -> dict[str, Any]:
    return {"uri": uri, "languageId": language, "version": 1, "text": text}


def opened(client: Client, uri: str, cells: list[Any], texts: list[Any], **more: Any) -> None:
    book = {"uri": uri, "notebookType": "x", "version": 1, "cells": cells, **more}
    client.notify("notebookDocument/didOpen", {"notebookDocument": book, "cellTextDocuments": texts})


def reviewed(client: Client) -> list[str]:
    return [params["uri"] for params in client.of("postil/reviewed")]


async def complete(client: Client, uri: str, line: int, character: int) -> list[str]:
    params = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
    answer = await client.call("textDocument/inlineCompletion", {**params, "context": {"triggerKind": 2}})
    return [item["insertText"] for item in (answer["result"] or {"items": []})["items"]]


async def test_code_cells_of_notebooks_are_asked_for(play: Play) -> None:
    async with play([], capabilities=WITH_NOTEBOOKS) as client:
        sync = client.capabilities["capabilities"]["notebookDocumentSync"]
        assert sync["save"] is True
        (selector,) = sync["notebookSelector"]
        assert selector["notebook"] == "*"
        assert {"language": "python"} in selector["cells"] and {"language": "markdown"} not in selector["cells"]
    async with play([]) as client:
        assert "notebookDocumentSync" not in client.capabilities["capabilities"], "a client without notebooks"


def test_the_languages_of_cells_are_known_ones() -> None:
    assert set(NOTEBOOK_LANGUAGES) <= set(languages().endings)


async def test_a_saved_notebook_has_its_code_cells_reviewed(play: Play, journal: Journal) -> None:
    async with play([mend("add"), mend("sub")], capabilities=WITH_NOTEBOOKS) as client:
        text = "# def add(\n\n" + function("add")
        book = Book(client, (MARKUP, "markdown", text), (CODE, "python", function("add")), (CODE, "python", "\n"),
                    (CODE, "python", "\n\n\n" + function("sub")))  # fmt: skip
        prose, add, empty, sub = book.names
        book.save()
        await client.until(lambda: sorted(reviewed(client)) == sorted([add, sub]), "both cells to be reviewed")
        assert lines_of(client.notes(add)) == [1] and lines_of(client.notes(sub)) == [4]
        assert client.publishes(prose) == [] and client.publishes(empty) == []
        # The blank lines are a unit of their own.
        assert {name for _, _, name in journal()} <= {"add", "sub", "\n"}


async def test_a_cells_note_has_a_fix_of_the_cell(play: Play) -> None:
    async with play([mend("add")], capabilities=WITH_NOTEBOOKS) as client:
        book = Book(client, (CODE, "python", function("add")))
        book.save()
        await client.until(lambda: client.notes(book.names[0]), "the note")
        (fix,) = await client.actions(book.names[0], client.notes(book.names[0]))
        (change,) = fix["edit"]["documentChanges"]
        assert change["textDocument"]["uri"] == book.names[0]
        assert change["edits"][0]["newText"].strip() in ("total = first + second", "+")


async def test_ghost_text_in_a_cell_sees_this_cell_only(play: Play, tmp_path: Path) -> None:
    async with play([writes("sum(prices)\n")], capabilities=WITH_NOTEBOOKS) as client:
        book = Book(client, (CODE, "python", "secret_of_another_cell = 1\n"), (CODE, "python", "total = "))
        assert await complete(client, book.names[1], 0, 8) == ["sum(prices)"]
        book.type(1, 0, 8, "s")
        assert await complete(client, book.names[1], 0, 9) == ["um(prices)"]
        assert "secret_of_another_cell" not in (tmp_path / "journal").read_text(encoding="utf-8")


async def test_cells_come_go_and_move(play: Play) -> None:
    async with play([mend("add"), mend("sub")], capabilities=WITH_NOTEBOOKS) as client:
        book = Book(client, (CODE, "python", function("add")), (CODE, "python", "x = 1\n"))
        first, second = book.names
        book.save()
        await client.until(lambda: client.notes(first), "the note")
        new = cell(9)
        array = {"start": 0, "deleteCount": 1, "cells": [{"kind": CODE, "document": new}]}
        texts = [document(new, "python", function("sub"))]
        book.change(structure={"array": array, "didOpen": texts, "didClose": [{"uri": first}]})
        await client.until(lambda: client.notes(first) == [], "the notes of a deleted cell to go")
        # The other cell moves before the new one; nothing is opened or closed.
        swapped = [{"kind": CODE, "document": second}, {"kind": CODE, "document": new}]
        book.change(structure={"array": {"start": 0, "deleteCount": 2, "cells": swapped}})
        book.save()
        await client.until(lambda: client.notes(new), "the note of the new cell")
        assert client.notes(first) == []


async def test_a_cell_that_becomes_text_is_left_alone(play: Play, journal: Journal) -> None:
    async with play([mend("add"), mend("sub")], capabilities=WITH_NOTEBOOKS) as client:
        book = Book(client, (CODE, "python", function("add")), (CODE, "python", function("sub")))
        book.change(data=[{"kind": MARKUP, "document": book.names[0]}])
        book.save()
        await client.until(lambda: client.notes(book.names[1]), "the note of the other cell")
        assert await complete(client, book.names[0], 1, 10) == []
        assert "add" not in {name for _, _, name in journal()}


async def test_a_closed_notebook_takes_its_notes_along(play: Play) -> None:
    async with play([mend("add")], capabilities=WITH_NOTEBOOKS) as client:
        book = Book(client, (CODE, "python", function("add")))
        book.save()
        await client.until(lambda: client.notes(book.names[0]), "the note")
        # Some clients don't name the cells.
        book.close()
        await client.until(lambda: client.notes(book.names[0]) == [], "the note to go")
        book.save()
        book.type(0, 0, 0, "x")
        assert await complete(client, book.names[0], 0, 0) == []
        assert client.of("window/showMessage") == []


@pytest.mark.parametrize("command", [BOOK, cell(0)])
async def test_a_notebook_or_a_cell_is_reviewed_by_command(play: Play, command: str) -> None:
    async with play([mend("add")], capabilities=WITH_NOTEBOOKS) as client:
        book = Book(client, (CODE, "python", function("add")), (CODE, "python", "y = 2\n"))
        await client.command("postil.review", command)
        await client.until(lambda: client.notes(book.names[0]), "the note")


async def test_a_notebook_without_code_is_said_to_have_none(play: Play) -> None:
    async with play([], capabilities=WITH_NOTEBOOKS) as client:
        Book(client, (MARKUP, "markdown", "# Title"))
        await client.command("postil.review", BOOK)
        (said,) = await client.until(lambda: client.of("window/showMessage"), "the sentence")
        assert "analysis.ipynb has no code" in said["message"]


SECRET = 'key = "sk-1234567890"\n' + function("add")


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("secrets.json.ipynb", "notebook"),
        ("private/a.ipynb", "notebook"),
        ("private/a.ipynb", "text"),
        (".env.ipynb", "text"),
        ("private/a.ipynb", "unheard-of"),
    ],
)
async def test_cells_of_a_refused_notebook_are_never_sent(
    play: Play, journal: Journal, tmp_path: Path, name: str, by: str
) -> None:
    (tmp_path / ".postilignore").write_text("private/\nsecrets.*\n", encoding="utf-8")
    uri = (tmp_path / name).as_uri()
    async with play([mend("add")], capabilities=WITH_NOTEBOOKS, root=tmp_path.as_uri()) as client:
        named = cell(0, uri)
        if by == "notebook":
            Book(client, (CODE, "python", SECRET), uri=uri).save()
        elif by == "text":
            # A client that knows nothing of notebooks.
            client.open(named, SECRET)
            client.save(named)
        else:
            # A client that names cells in its own way.
            named = "jupyter-cell:1"
            opened(client, uri, [{"kind": CODE, "document": named}], [document(named, "python", SECRET)])
            client.notify("notebookDocument/didSave", {"notebookDocument": {"uri": uri}})
        await client.command("postil.review", named)
        assert await complete(client, named, 0, 0) == []
        await client.until(lambda: client.of("window/showMessage"), "the reason")
        assert "is not reviewed" in client.of("window/showMessage")[0]["message"]
        assert journal() == []


async def test_a_cell_of_any_clients_naming_has_its_notebooks_settings(play: Play, tmp_path: Path) -> None:
    """As coc.nvim or JupyterLab may name cells: what counts is the notebook's path."""
    other = tmp_path / "other"
    (tmp_path / "one").mkdir()
    other.mkdir()
    (other / "postil.toml").write_text("[review]\non_save = false\n", encoding="utf-8")
    folders = (tmp_path / "one", other)
    async with play([mend("add")], capabilities=WITH_NOTEBOOKS, folders=folders) as client:
        for folder in (other, tmp_path / "one"):
            uri, named = (folder / "a.ipynb").as_uri(), f"cell:{folder.name}"
            book = {"uri": uri, "notebookType": "x", "version": 1, "cells": [{"kind": CODE, "document": named}]}
            opened = {"notebookDocument": book, "cellTextDocuments": [document(named, "python", function("add"))]}
            client.notify("notebookDocument/didOpen", opened)
            client.notify("notebookDocument/didSave", {"notebookDocument": {"uri": uri}})
        await client.until(lambda: reviewed(client), "the review")
        assert reviewed(client) == ["cell:one"] and lines_of(client.notes("cell:one")) == [1]


async def test_a_cell_of_another_language_is_read_as_that(play: Play, journal: Journal) -> None:
    async with play([mend("add")], capabilities=WITH_NOTEBOOKS) as client:
        texts = ["%%bash\nls\n", "%%time\n" + function("add"), "%%ai chatgpt\nWrite def f(\n", "%%markdown\n# A\n"]
        book = Book(client, *((CODE, "python", text) for text in texts))
        book.save()
        await client.until(lambda: len(reviewed(client)) == 2, "two cells to be reviewed")
        assert set(reviewed(client)) == set(book.names[:2])
        assert lines_of(client.notes(book.names[1])) == [2]


async def test_a_change_that_cant_be_read_closes_the_notebook(play: Play) -> None:
    async with play([mend("add")], capabilities=WITH_NOTEBOOKS) as client:
        book = Book(client, (CODE, "python", function("add")))
        book.save()
        await client.until(lambda: client.notes(book.names[0]), "the note")
        book.change(textContent=[{"document": {"uri": book.names[0]}, "changes": "x"}])
        await client.until(lambda: client.notes(book.names[0]) == [], "the note to go")
        (said,) = await client.until(lambda: client.of("window/showMessage"), "the sentence")
        assert "analysis.ipynb can't be read" in said["message"]


@pytest.mark.parametrize(
    ("scheme", "language"), [("file", "json"), ("file", "python"), ("untitled", ""), ("git", "jsonc")]
)
async def test_a_notebook_opened_as_text_is_left_alone_with_one_sentence(
    play: Play, journal: Journal, language: str, scheme: str
) -> None:
    uri = f"{scheme}:///work/a.ipynb"
    cells = [{"cell_type": "code", "source": [function("add")], "outputs": [{"text": "secret"}]}]
    async with play([mend("add")], options={"review": {"min_score": 0, "on_open": True}}) as client:
        client.open(uri, json.dumps({"cells": cells}), language)
        client.save(uri)
        assert await complete(client, uri, 0, 3) == []
        assert client.of("window/showMessage") == [], "nothing was asked for"
        await client.command("postil.review", uri)
        (said,) = await client.until(lambda: client.of("window/showMessage"), "the sentence")
        assert "a notebook: its cells are reviewed where the editor opens it as a notebook" in said["message"]
        assert journal() == []


async def test_tests_are_not_offered_for_a_notebook(play: Play) -> None:
    async with play([], capabilities=WITH_NOTEBOOKS, options=ALL) as client:
        book = Book(client, (CODE, "python", function("add")))
        place = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}}
        params = {"textDocument": {"uri": book.names[0]}, "range": place, "context": {"diagnostics": []}}
        offered = (await client.call("textDocument/codeAction", params))["result"]
        names = [one["command"]["arguments"][0] for one in offered if one.get("command")]
        assert "explain" in names and "write-tests" not in names
        refused = await client.command("postil.action", "write-tests", book.names[0], place)
        assert "move it into a module" in refused["error"]["message"]
