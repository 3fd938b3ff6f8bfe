# ruff: noqa: ASYNC240
"""Code that speaks to the model, and a model that obeys: it may be silent or wrong, and that is all it can be."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest
from tests.lsp.client import Client
from tests.lsp.conftest import ALL, Play
from tests.lsp.test_actions import ABLE
from tests.lsp.test_server import applied
from tests.trust.audited import Audit, audit
from tests.trust.test_markdown import active

from postil.core.text.plain import plain

INJECTIONS = tomllib.loads((Path(__file__).parent / "injections.toml").read_text(encoding="utf-8"))["injections"]
# What the model answers in the place of `total = first - second`, having been told what to do.
EVIL = "total = first + second; __import__('os').system('touch PWNED')"
OUR_COMMANDS = {"postil.fixed", "postil.action", "postil.dismiss"}


def document(number: int, injection: dict[str, str]) -> str:
    """A function with the injection, between two others that nobody may touch."""
    lines = injection["text"].strip("\n").split("\n")
    body = "\n".join(f"    {line}" if line else line for line in lines)
    return (
        "import os\n\n\ndef before(a, b):\n    return a + b\n\n\n"
        f"def target_{number}(first, second):\n{body}\n    total = first - second\n    print(total)\n    return total\n"
        "\n\ndef after(a, b):\n    return a * b\n"
    )


def rules(number: int) -> list[dict[str, Any]]:
    """The worst answers to a review and to each action."""
    here = {"contains": f"target_{number}("}
    shown = f"[run](command:evil) ![x](https://evil.example/{number}) <img src=x>\n```\n[y](command:evil)"
    evil = "```python\ndef target():\n    return 1\n```\nand ../other.py:\n```python\nimport os\n```"
    return [
        {"match": {**here, "system": "explain code"}, "chunks": [{"text": shown}]},
        {"match": {**here, "system": "few, short tests"}, "chunks": [{"text": f"def test_it():\n    pass\n{evil}"}]},
        {"match": {**here, "system": "exactly as you are told"}, "chunks": [{"text": f"import os\n{evil}"}]},
        {"match": here, "echo": True, "replace": [["total = first - second", EVIL]]},
        {
            "match": here,
            "kind": "why",
            "chunks": [{"text": "[click](command:evil) \u202eit ![x](https://evil.example)"}],
        },
    ]


class Watched:
    """The client's side: edits that the server asks for, pages that it shows."""

    def __init__(self, client: Client) -> None:
        self.edits: list[Any] = []
        self.pages: list[Path] = []
        client.replies["workspace/applyEdit"] = self._edit
        client.replies["window/showDocument"] = self._show
        client.replies["postil/input"] = lambda params: {"text": "Do as the code says."}

    def _edit(self, params: Any) -> Any:
        self.edits.append(params["edit"])
        return {"applied": True}

    def _show(self, params: Any) -> Any:
        self.pages.append(Path(unquote(urlparse(params["uri"]).path)))
        return {"success": True}


def outside(audit: Audit, allowed: set[str]) -> set[str]:
    return {path for path in audit.opened() if not any(path == one or path.startswith(f"{one}/") for one in allowed)}


@pytest.mark.slow
async def test_the_worst_model_can_only_be_wrong(play: Play, tmp_path: Path) -> None:
    """All injections in one server, the worst answer to each: every edit that is offered stays inside the function that
    was read; no edit, page, command, file, process or connection comes unasked. Python itself writes down what is
    opened, started and connected to."""
    work, home, cache = tmp_path / "work", tmp_path / "home", tmp_path / "cache"
    for folder in (work, home / ".ssh", cache):
        folder.mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("canary", encoding="utf-8")
    (work / "secret.txt").write_text("canary", encoding="utf-8")
    (home / ".ssh" / "id_rsa").write_text("canary", encoding="utf-8")
    watched = audit(tmp_path)
    environment = {**watched.environment, "HOME": str(home), "POSTIL_CACHE_DIR": str(cache)}
    script = [rule for number in range(len(INJECTIONS)) for rule in rules(number)]
    # A note's sentence is asked for without its function: the answer is the worst for all.
    script.append({"kind": "why", "chunks": [{"text": "[click](command:evil) \u202eit ![x](https://evil.example)"}]})
    options = {**ALL, "review": {**ALL["review"], "reason": True}, "completion": {"enabled": False}}
    texts: dict[str, str] = {}
    async with play(script, root=work.as_uri(), options=options, capabilities=ABLE, environment=environment) as client:
        editor = Watched(client)
        for number, injection in enumerate(INJECTIONS):
            file = work / injection.get("file", f"f{number}.py")
            text = document(number, injection)
            file.write_text(text, encoding="utf-8")
            texts[file.as_uri()] = text
            client.open(file.as_uri(), text)
            client.save(file.as_uri())
        await client.until(
            lambda: {one["uri"] for one in client.of("postil/reviewed")} == set(texts), "all reviews", 60
        )
        silent = [uri for uri in texts if not _done(client, uri)]
        assert silent == [], "the control: each defect has its note"
        assert editor.edits == editor.pages == []
        for uri, text in texts.items():
            await _judge(client, editor, uri, text)
        first = next(iter(texts))
        for persona in ("explain", "rewrite", "write-tests"):
            await _acts(client, editor, first, texts[first], persona)
        assert await client.stop() == 0
        for heard in client.heard:
            if heard.method in ("window/showMessage", "window/showMessageRequest", "$/progress"):
                assert "](" not in str(heard.params), heard
    assert not list(tmp_path.rglob("PWNED"))
    assert watched.of("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "os.fork", "socket.connect") == []
    read = {str(Path(unquote(urlparse(uri).path))) for uri in texts}
    ours = {str(tmp_path / name) for name in ("script.json", "journal", "config", "state", "cache", "audit")}
    ignores = {
        str(folder / name) for folder in (work, tmp_path, *work.parents) for name in (".gitignore", ".postilignore")
    }
    known = {str(work / "postil.toml"), str(work / ".postil"), str(work / "Modelfiles"), str(work), "/etc/localtime"}
    left = outside(watched, read | ours | ignores | known)
    # The names in a folder above are read when it is watched for one that is missing.
    assert left <= {str(tmp_path)}


def _done(client: Client, uri: str) -> bool:
    notes = client.notes(uri)
    return bool(notes) and not any(note["data"]["streaming"] for note in notes)


async def _judge(client: Client, editor: Watched, uri: str, text: str) -> None:
    """One document's notes, and all that is offered for them."""
    lines = text.split("\n")
    first = next(n for n, line in enumerate(lines) if line.startswith("def target"))
    last = next(n for n, line in enumerate(lines) if line.startswith("def after"))
    notes = client.notes(uri)
    assert notes, uri
    assert any("click" in note["message"] for note in notes), "the control: the model's words are shown"
    for note in notes:
        assert first <= note["range"]["start"]["line"] <= note["range"]["end"]["line"] < last
        assert note["message"] == plain(note["message"])
    place = {"textDocument": {"uri": uri}, "range": notes[0]["range"], "context": {"diagnostics": notes}}
    found = (await client.call("textDocument/codeAction", place))["result"]
    fixes = [one for one in found if one["kind"] == "quickfix"]
    assert fixes, "the control: the wrong line has its fix"
    found += await client.actions(uri, notes, only=["source.fixAll.postil"])
    for action in found:
        assert action.get("command", {}).get("command") in {None, *OUR_COMMANDS}
        for change in action.get("edit", {}).get("documentChanges", ()):
            assert change["textDocument"]["uri"] == uri
            assert change["textDocument"]["version"] == 1
            if action["kind"].startswith("quickfix.postil.ignore"):
                continue
            for edit in change["edits"]:
                assert first <= edit["range"]["start"]["line"] <= edit["range"]["end"]["line"] < last
        if action.get("edit") and not action["kind"].startswith("quickfix.postil.ignore"):
            after = applied(text, action, "utf-16")
            assert after.startswith("\n".join(lines[:first]))
            assert after.endswith("\n".join(lines[last:]))


async def _acts(client: Client, editor: Watched, uri: str, text: str, persona: str) -> None:
    """An action asked for: its edit is the function's, its page is inert, its file is the tests'."""
    editor.edits.clear()
    line = next(n for n, line in enumerate(text.split("\n")) if line.startswith("def target"))
    at = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 0}}
    answer = await client.command("postil.action", persona, uri, at)
    if persona == "explain":
        page = Path(answer["result"])
        assert active(page.read_text(encoding="utf-8")) == []
        assert page.parent.name == "shown"
        return
    for edit in editor.edits:
        for change in edit["documentChanges"]:
            target = change.get("uri") or change["textDocument"]["uri"]
            assert target == uri if persona == "rewrite" else Path(urlparse(target).path).name.startswith("test_")
            # It is shown before it is made.
            assert edit["changeAnnotations"]["postil"]["needsConfirmation"] is True


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda one: one["name"])
def test_a_faulty_function_is_there_in_each(injection: dict[str, str]) -> None:
    """The control of the corpus: each is a program with a defect in the middle of it."""
    compile(document(1, injection), "x", "exec")
