"""What Postil writes for itself is its user's alone, and holds no source but where somebody asked for it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import aclosing, closing
from pathlib import Path

import pytest
from tests.lsp.conftest import Play
from tests.lsp.test_actions import ABLE, Editor, model
from tests.lsp.test_review import function, mend

from postil import private
from postil.core.models.catalogue import catalogue
from postil.engine.download import fetch as fetching
from postil.engine.download import sink
from postil.service.context.index.place import index_place
from postil.service.context.index.store import open_store
from postil.service.context.query.search import search
from postil.service.context.scanning.scan import Limits, scan
from postil.service.workspace.atomic import write_whole

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def rights(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def open_to_others(top: Path) -> list[str]:
    return [f"{path}: {rights(path):o}" for path in (top, *top.rglob("*")) if rights(path) & 0o077]


def test_a_private_file_is_one_whatever_the_umask_says(umask: int, tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "page.md"
    for _ in range(2):
        write_whole(file, "text", private=True)
    assert (rights(file), rights(file.parent), rights(file.parent.parent)) == (0o600, 0o700, 0o700)
    # One that was open before is closed before anything is written to it; a folder of the user's stays as it is.
    file.chmod(0o644)
    tmp_path.chmod(0o755)
    with open(file, "a", encoding="utf-8", opener=private.opener):
        assert rights(file) == 0o600
    assert rights(tmp_path) == 0o755
    # The control: the baseline, which is to be committed, follows the umask.
    write_whole(tmp_path / "baseline.json", "{}")
    assert rights(tmp_path / "baseline.json") == 0o666 & ~umask


def test_an_index_is_private_and_holds_no_secret_file(
    umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    work = tmp_path / "work"
    work.mkdir()
    files = {name: "HIDDEN = 1\n" for name in (".env", "id_rsa", "ignored.py")}
    files |= {"a.py": "OPEN = 1\n", ".postilignore": "ignored.py\n"}
    for name, text in files.items():
        (work / name).write_text(text, encoding="utf-8")
    place = index_place(work)
    with closing(scan(place, Limits(100, 10))) as steps:
        for _ in steps:
            # While it is made, too: SQLite's log is beside it then.
            assert open_to_others(tmp_path / "cache") == []
    store = open_store(place)
    assert store is not None
    with store:
        assert [one.path for one in search(store, "open", 9)] == ["a.py"]
        assert search(store, "hidden", 9) == []
        assert store.rows(tuple[str], "SELECT path FROM files") == [("a.py",)]
    assert not any(b"hidden" in file.read_bytes().lower() for file in place.folder.iterdir())


def test_a_link_that_somebody_put_there_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine", encoding="utf-8")
    (tmp_path / f".page.md.{os.getpid()}.part").symlink_to(victim)
    write_whole(tmp_path / "page.md", "text", private=True)
    assert victim.read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == "text"


async def test_weights_and_their_locks(umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetched, and adopted from a file."""
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    import hashlib

    data = b"GGUF" + bytes(100)
    known = replace_sum(hashlib.sha256(data).hexdigest(), len(data))
    given = tmp_path / "given.gguf"
    given.write_bytes(data)
    made = await fetching.adopt(known, given)
    assert made.read_bytes() == data
    with pytest.raises(sink.FetchFailed):
        async with aclosing(fetching.fetch(replace_file(known), ())) as steps:
            async for _ in steps:
                pass
    partial = sink.Sink(made.with_name("x.partial"), 4)
    await partial.write(b"GGUF")
    partial.close()
    assert open_to_others(tmp_path / "cache") == []
    assert len(list((tmp_path / "cache").rglob("*"))) >= 3


def replace_sum(digest: str, size: int):
    import msgspec

    return msgspec.structs.replace(catalogue().models[0], sha256=digest, size=size)


def replace_file(known):
    import msgspec

    return msgspec.structs.replace(known, file="other.gguf")


async def test_a_session_leaves_no_source_and_nothing_open_to_others(play: Play, tmp_path: Path) -> None:
    """A review, a completion's request and a dismissal: the word that is in the document alone is in no file of ours. A
    page that was asked for holds what the model says of it, for its user only."""
    work, cache, home = tmp_path / "work", tmp_path / "cache", tmp_path / "home"
    for folder in (work, home):
        folder.mkdir()
    text = "import os\n\n\n" + function("quetzal")
    (work / "a.py").write_text(text, encoding="utf-8")
    environment = {"POSTIL_CACHE_DIR": str(cache), "HOME": str(home), "XDG_CACHE_HOME": str(home / "c")}
    environment |= {"XDG_STATE_HOME": str(home / "s"), "XDG_DATA_HOME": str(home / "d"), "TMPDIR": str(home)}
    before = os.umask(0)
    try:
        rules = [model("explain", "It adds."), mend("quetzal")]
        async with play(rules, root=work.as_uri(), capabilities=ABLE, environment=environment) as client:
            editor = Editor(client, work)
            client.change(editor.uri, text)
            client.save(editor.uri)
            await client.reviewed()
            assert client.notes(editor.uri)
            place = {"textDocument": {"uri": editor.uri}, "position": {"line": 4, "character": 4}}
            await client.call("textDocument/inlineCompletion", {**place, "context": {"triggerKind": 1}})
            assert [path for path in (*cache.rglob("*"), *home.rglob("*")) if path.is_file()] == []
            await editor.run("explain", {"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 0}})
            assert await client.stop() == 0
        pages = [path for path in cache.rglob("*") if path.is_file()]
        assert len(pages) == 1 and "It adds." in pages[0].read_text(encoding="utf-8")
        assert open_to_others(cache) == []
        assert "first - second" not in client.stderr.decode()
    finally:
        os.umask(before)
