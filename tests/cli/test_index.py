"""`postil index` as a command."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from tests.cli.test_models import Postil


class Index(Postil):
    """`run("--update")` is `postil index --update`."""

    def words(self, *words: str) -> tuple[str, ...]:
        return ("index", *words)


@pytest.fixture
def postil(tmp_path: Path) -> Index:
    made = Index(tmp_path)
    (made.folder / "store.py").write_text(
        'class Store:\n    def put_value(self, value):\n        """Keeps it."""\n        self.value = value\n'
    )
    (made.folder / "other.lua").write_text("local function readFile(name) end\n")
    return made


@pytest.mark.slow
def test_without_an_index_it_says_how_to_make_one(postil: Index) -> None:
    assert "`postil index --update` makes one" in postil.run(code=2).stderr
    assert not (postil.cache / "indexes").exists(), "a look makes none"


def test_it_shows_what_is_in_it(postil: Index) -> None:
    made = postil.run("--update")
    assert "2 files read" in made.stderr
    assert "files      2 (lua 1, python 1)" in made.stdout and "symbols    2" in made.stdout
    assert str(postil.cache) in made.stdout
    facts = postil.json()
    assert (facts["files"], facts["symbols"], facts["languages"]) == (2, 2, {"lua": 1, "python": 1})
    assert facts["workspace"] == str(postil.folder) and facts["seconds_since_compared"] < 600
    assert facts["disk_bytes"] > 0 < facts["source_bytes"]
    (postil.folder / "other.lua").unlink()
    assert "1 removed" in postil.run("--update").stderr
    assert "1 files read, 0 removed" in postil.run("--rebuild").stderr


def test_it_searches(postil: Index) -> None:
    postil.run("--update")
    assert postil.run("--search", "read file").stdout == "other.lua:1-1\n    local function readFile(name) end\n"
    (found,) = postil.json("--symbol", "Store.put_value")
    assert (found["path"], found["first_line"], found["doc"]) == ("store.py", 2, "Keeps it.")
    assert "store.py:2: method Store.put_value\n" in postil.run("--symbol", "put_value").stdout
    assert "nothing has the words" in postil.run("--search", "nowhere", code=1).stderr
    assert postil.run("--symbol", "nowhere", code=1).stdout == ""


def test_it_is_of_the_whole_workspace(postil: Index) -> None:
    (postil.folder / "postil.toml").write_text("[index]\nmax_files = 1\n")
    postil.folder = postil.folder / "sub"
    postil.folder.mkdir()
    assert "1 left out (index.max_files" in postil.run("--update").stderr
    assert postil.json()["workspace"] == str(postil.folder.parent)


def test_it_goes(postil: Index) -> None:
    postil.run("--update")
    assert "leave the other options out" in postil.run("--delete", "--update", code=2).stderr
    postil.run("--delete")
    assert list((postil.cache / "indexes").iterdir()) == []
    postil.run(code=2)


def test_a_broken_one_is_told_and_made_anew(postil: Index) -> None:
    postil.run("--update")
    (database,) = (postil.cache / "indexes").rglob("*.db")
    database.write_bytes(b"nothing" * 1000)
    assert "`postil index --rebuild` makes it anew" in postil.run(code=3).stderr
    postil.run("--update")
    assert postil.json()["files"] == 2


def test_a_home_folder_is_refused(postil: Index) -> None:
    postil.folder = postil.folder.parent
    assert "more than one project" in postil.run("--update", code=2).stderr


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_keeps_what_was_read(postil: Index) -> None:
    for number in range(400):
        text = "".join(f"def of_{number}_{line}(): pass\n" for line in range(200))
        (postil.folder / f"many_{number}.py").write_text(text)
    process = subprocess.Popen(postil.command("--update"), cwd=postil.folder, env=postil.environment,
                               stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)  # fmt: skip
    while not list(postil.cache.glob("indexes/*/current-*")) and process.poll() is None:
        pass
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130 and "what was read is kept" in told
    postil.run("--update")
    assert postil.json()["files"] == 402
