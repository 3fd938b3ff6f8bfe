"""Documents as nobody should have them: many, huge, oddly named, gone from the disk, on a disk that is full."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fuzz.counting import Counted, framed
from tests.lsp.client import CAPABILITIES, SERVER
from tests.lsp.test_review import A, function, lines_of, mend

Journal = Callable[[], list[tuple[str, str, str]]]
# Not only in the user's file: there is a home that can't be read.
ALL = {"review": {"show": "all", "min_score": 0}}


def at(uri: str, line: int, character: int, **more: Any) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}, **more}


async def test_a_thousand_documents(counted: Counted) -> None:
    async with counted([mend("add")], options=ALL) as client:
        client.patience = 60
        uris = [f"file:///work/a%20{number}.py" for number in range(1000)]
        for uri in uris:
            client.open(uri, function("add"))
        for uri in uris[::10]:
            client.change(uri, (0, 0, 0, 0, "# one\n"))
            client.save(uri)
        await client.reviewed(100, 60)
        assert [lines_of(client.notes(uri)) for uri in uris[::10]] == [[2]] * 100
        answers = await asyncio.gather(*(client.call("textDocument/hover", at(uri, 0, 0)) for uri in uris))
        assert all("result" in answer for answer in answers)
        for uri in uris:
            client.shut(uri)
        await client.settled()
        assert not client.notes(uris[0])


async def test_a_file_of_50_megabytes(counted: Counted) -> None:
    """It isn't reviewed, which is said; everything else goes on, typing in it too."""
    line = "x = 'a line of a file that a program has written'\n"
    text = line * (50 * 10**6 // len(line))
    async with counted([mend("add")], options=ALL) as client:
        client.patience = 60
        client.open(A, text)
        await client.synced()
        began = time.monotonic()
        for number in range(100):
            client.change(A, (number * 1000, 4, number * 1000, 4, "é"))
        await client.synced()
        print(f"100 edits in 50 MB: {(time.monotonic() - began) * 1000:.0f} ms")
        context = {"context": {"triggerKind": 1}}
        assert "error" not in await client.call("textDocument/inlineCompletion", at(A, 500_000, 5, **context))
        client.save(A)
        await client.command("postil.review", A)
        assert "larger than" in client.of("window/showMessage")[-1]["message"]
        client.open("file:///b.py", function("add"))
        client.save("file:///b.py")
        await client.reviewed()
        await client.settled()


@pytest.mark.parametrize("char", ["a", "😀"])
async def test_a_line_of_5_megabytes(char: str, counted: Counted) -> None:
    text = "x = '" + char * (5 * 10**6 // len(char.encode())) + "'\n"
    async with counted([]) as client:
        client.patience = 60
        client.open(A, text)
        for end in (3, 10**6, 2**31 - 1):
            client.change(A, (0, end, 0, end, "é"))
        assert "error" not in await client.call("textDocument/hover", at(A, 0, 10**6))
        context = {"context": {"triggerKind": 1}}
        assert "error" not in await client.call("textDocument/inlineCompletion", at(A, 0, 2**31 - 1, **context))
        client.save(A)
        await client.settled()


NAMES = ("a b.py", "100%.py", "%41.py", "ü 中文 😀.py", "a#b?.py", "-rf.py", "'\"$(x).py", "e\u0301.py", "new\nline.py")


async def test_names_of_every_kind_get_their_notes(counted: Counted, tmp_path: Path) -> None:
    uris = ["untitled:Untitled-1", "untitled:/a%20b.py", "vscode-notebook-cell:/w/n.ipynb#W0s"]
    uris.append("git:/a.py?%7B%22ref%22%7D")
    for name in NAMES:
        (tmp_path / name).write_text(function("add"), encoding="utf-8")
        uris.append((tmp_path / name).as_uri())
    uris += ["untitled:\ud800", "file:///\ud800.py", "file:///%ED%A0%80.py", "file:///" + "x" * 5000]
    uris += [
        "file:///c%3A/work/a.py",
        "file://share/folder/a.py",
        "file:///%00.py",
        "x",
        "",
        "file://[x",
        "untitled:\x00",
    ]
    async with counted([mend("add")], options=ALL, root=tmp_path.as_uri()) as client:
        for number, uri in enumerate(uris, 1):
            client.open(uri, function("add"))
            client.save(uri)
            await client.reviewed(number)
            assert lines_of(client.notes(uri)) == [1], uri
            (action,) = await client.actions(uri, client.notes(uri))
            assert action["edit"]["documentChanges"][0]["textDocument"]["uri"] == uri
        await client.settled()
        assert client.of("window/showMessage") == []


ROOTS = (
    "file:///" + "x" * 5000,
    "file:///%00",
    "file:///\ud800",
    "file://[x",
    "untitled:x",
    "",
    "file:",
    "file:///dev/null",
)


@pytest.mark.parametrize("root", ROOTS, ids=range(len(ROOTS)))
async def test_a_workspace_folder_of_every_kind(root: str, counted: Counted) -> None:
    async with counted([mend("add")], options=ALL, root=root) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.until(lambda: lines_of(client.notes(A)) == [1], "the note")
        assert (await client.command("postil.reviewWorkspace")).keys() >= {"id"}
        await client.settled()
        assert client.tracebacks() == ""


async def test_links_that_lead_round_in_a_circle(counted: Counted, tmp_path: Path, journal: Journal) -> None:
    work = tmp_path / "work"
    (work / "deep").mkdir(parents=True)
    (work / "deep" / "a.py").write_text(function("add"), encoding="utf-8")
    (work / "deep" / "round").symlink_to(work, target_is_directory=True)
    (work / "self").symlink_to(work / "self")
    (work / "one.py").symlink_to(work / "two.py")
    (work / "two.py").symlink_to(work / "one.py")
    (work / ".postil").symlink_to(work / ".postil")
    async with counted([mend("add")], options=ALL, root=work.as_uri()) as client:
        done = await client.command("postil.reviewWorkspace")
        assert "error" not in done, client.log()
        assert done["result"]["files"] == 1 and done["result"]["notes"] == 1, done
        client.open((work / "one.py").as_uri(), function("add"))
        client.save((work / "one.py").as_uri())
        await client.until(lambda: client.notes((work / "one.py").as_uri()), "its notes")
        await client.settled()
        assert client.tracebacks() == ""


async def test_a_file_that_goes_while_it_is_read(counted: Counted, tmp_path: Path, journal: Journal) -> None:
    work, go = tmp_path / "work", tmp_path / "go"
    work.mkdir()
    for name in ("a.py", "b.py", "c.py"):
        (work / name).write_text(function(name[0]), encoding="utf-8")
    async with counted([mend("a", hold=str(go)), mend("c")], options=ALL, root=work.as_uri()) as client:
        uri = (work / "a.py").as_uri()
        client.open(uri, function("a"))
        client.save(uri)
        await client.until(lambda: ("started", "chat", "a") in journal(), "the review")
        whole = asyncio.ensure_future(client.command("postil.reviewWorkspace"))
        (work / "a.py").unlink()
        (work / "b.py").unlink()
        client.notify(
            "workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 3}, {"uri": "file:///no", "type": 9}]}
        )
        go.touch()
        assert "error" not in await whole
        assert lines_of(client.notes(uri)) == [1], "the editor still has it"
        client.save(uri)
        (work / "c.py").unlink()
        work.rename(tmp_path / "elsewhere")
        assert "error" not in await client.command("postil.reviewWorkspace")
        await client.settled()
        assert client.tracebacks() == ""


async def test_a_home_that_cannot_be_written(counted: Counted, tmp_path: Path) -> None:
    """Below a file there are no folders, whoever asks; a read-only home says no in the same words."""
    wall = tmp_path / "wall"
    wall.write_text("", encoding="utf-8")
    xdg = [f"XDG_{name}_HOME" for name in ("CONFIG", "CACHE", "STATE", "DATA")]
    environment = {name: str(wall / name) for name in ("HOME", *xdg, "POSTIL_CACHE_DIR", "TMPDIR")}
    rules = [{"match": {"system": "explain"}, "chunks": [{"text": "It adds."}]}, mend("add")]
    async with counted(rules, options=ALL, environment=environment) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.reviewed()
        assert lines_of(client.notes(A)) == [1]
        cursor = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
        for name, arguments in (("explain", ["explain", A, cursor]), ("new", ["mine", "review", "m"])):
            command = "postil.action" if name == "explain" else "postil.newPersona"
            answer = await client.command(command, *arguments)
            assert answer["error"]["code"] == -32803 and "wall" in answer["error"]["message"], answer
        await client.settled()
        assert client.tracebacks() == ""


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of another process's files is Linux's")
async def test_a_disk_that_is_full(counted: Counted, tmp_path: Path) -> None:
    import resource

    work = tmp_path / "work"
    work.mkdir()
    (work / "a.py").write_text(function("add"), encoding="utf-8")
    uri = (work / "a.py").as_uri()
    async with counted([mend("add")], options=ALL, root=work.as_uri(), arguments=_unwritten(tmp_path)) as client:
        client.open(uri, function("add"))
        client.save(uri)
        await client.reviewed()
        (note,) = client.notes(uri)
        resource.prlimit(client.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        for answer in (
            await client.command("postil.dismiss", uri, note["data"]["id"], "workspace", "no"),
            await client.command("postil.newPersona", "mine", "review", "m"),
        ):
            assert answer["error"]["code"] == -32803 and "File too large" in answer["error"]["message"], answer
        assert client.notes(uri) == [note], "the note that could not be dismissed is still there"
        left = [path.name for path in (work / ".postil").glob("*")] if (work / ".postil").exists() else []
        assert left == [], "and nothing half written"
        resource.prlimit(client.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert "error" not in await client.command("postil.dismiss", uri, note["data"]["id"], "workspace", "no")
        await client.until(lambda: client.notes(uri) == [], "the note to go, once there is space again")
        await client.settled()
        assert client.tracebacks() == ""


def _unwritten(folder: Path) -> tuple[str, ...]:
    """The script, and no journal."""
    return ("--engine-script", str(folder / "script.json"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    messages: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "capabilities": CAPABILITIES}},
        {"method": "initialized", "params": {}},
        {"method": "textDocument/dance", "id": 2},
        {"method": "shutdown", "id": 3},
        {"method": "exit"},
    ]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "postil", "serve", "--stdio"],
            input=b"nonsense\n" + b"".join(framed(json.dumps({"jsonrpc": "2.0", **one})) for one in messages),
            stdout=subprocess.PIPE,
            stderr=full,
            cwd=tmp_path,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(SERVER), "XDG_CONFIG_HOME": str(tmp_path)},
        )
    assert done.returncode == 0
    assert [done.stdout.count(b'"id": %d' % number) for number in (1, 2, 3)] == [1, 1, 1], done.stdout
