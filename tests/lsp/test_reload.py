"""Personas and settings that change while the server runs: every kind of file event, on a real file system."""

from __future__ import annotations

import copy
import json
import os
import shutil
import signal
import subprocess
import tomllib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.client import CAPABILITIES, Client
from tests.lsp.conftest import ALL, Play
from tests.lsp.test_review import function, lines_of

# The model finds the fault when it is told to be strict, and nothing when it is told to be kind.
STRICT = {
    "match": {"contains": "def one(", "system": "strict"},
    "echo": True,
    "replace": [["first - ", "first + "]],
}
TEXT = function("one")


def persona(word: str, more: str = "") -> str:
    return f'#: role: review\n{more}FROM qwen2.5-coder:1.5b\nSYSTEM """Be {word}."""\n'


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def save_atomically(path: Path, text: str) -> None:
    """As editors do: another file, moved over the old one."""
    part = path.with_name(f".{path.name}.swp")
    write(part, text)
    part.replace(path)


class Desk:
    """A client with one reviewed document in a workspace."""

    def __init__(self, client: Client, folder: Path, journal: Path) -> None:
        self.client = client
        self.folder = folder
        self.journal = journal
        self.uri = (folder / "a.py").as_uri()

    @property
    def team(self) -> Path:
        return self.folder / "Modelfiles" / "team.Modelfile"

    def asked(self) -> list[str]:
        """The SYSTEMs that reviews were asked for with so far, each once."""
        text = self.journal.read_text(encoding="utf-8") if self.journal.exists() else ""
        steps = [json.loads(line) for line in text.splitlines()]
        return list(dict.fromkeys(step["system"] for step in steps if step["kind"] == "chat"))

    def steps(self) -> int:
        """How many requests for a review there were."""
        text = self.journal.read_text(encoding="utf-8")
        return sum(step["kind"] == "chat" and step["event"] == "started" for step in map(json.loads, text.splitlines()))

    async def shows(self, *notes: tuple[int, str]) -> None:
        """Waits until the document's notes are these: (line, persona)."""

        def shown() -> list[tuple[int, str]]:
            found = self.client.notes(self.uri)
            return sorted((note["range"]["start"]["line"], note["data"]["persona"]) for note in found)

        await self.client.until(lambda: shown() == sorted(notes), f"the notes {notes}, not {shown()}")

    async def told(self, words: str) -> None:
        await self.client.until(
            lambda: any(words in params["message"] for params in self.client.of("window/showMessage")), words
        )


Sitting = Callable[..., Any]


@pytest.fixture
def sitting(play: Play, tmp_path: Path) -> Sitting:
    """`sitting(personas, …)`: the document is open, and watching has begun."""

    @asynccontextmanager
    async def start(personas: tuple[str, ...] = ("team",), rules: Any = (STRICT,), **more: Any) -> AsyncGenerator[Desk]:
        folder = tmp_path / "work"
        write(folder / "a.py", TEXT)
        options = {**ALL, **more.pop("settings", {})}
        options["review"] = {"min_score": 0, "personas": list(personas), **options.get("review", {})}
        async with play(list(rules), options=options, root=folder.as_uri(), **more) as client:
            desk = Desk(client, folder, tmp_path / "journal")
            client.open(desk.uri, TEXT)
            await watching(desk)
            yield desk

    return start


async def watching(desk: Desk) -> None:
    """The server sees changes from now on: one that nothing else makes is seen (a setting that only its log shows)."""
    await desk.client.until(lambda: b"watching" in bytes(desk.client.stderr), "watching to begin", 30.0)


@pytest.fixture(params=["server", "client"])
def watcher(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Who watches the workspace."""
    abilities = copy.deepcopy(CAPABILITIES)
    if request.param == "client":
        abilities["workspace"]["didChangeWatchedFiles"] = {"dynamicRegistration": True}
    return abilities


def touched(desk: Desk, *paths: Path) -> None:
    """What a client that watches tells; one that doesn't tells nothing."""
    registered = [
        one["method"] for params in desk.client.of("client/registerCapability") for one in params["registrations"]
    ]
    if "workspace/didChangeWatchedFiles" in registered:
        changes = [{"uri": path.as_uri(), "type": 2} for path in paths]
        desk.client.notify("workspace/didChangeWatchedFiles", {"changes": changes})


SCENARIOS = tomllib.loads(Path(__file__).with_name("file_events.toml").read_text(encoding="utf-8"))["scenario"]


def happens(folder: Path, step: dict[str, Any]) -> list[Path]:
    """One step of a scenario; the paths that a client which watches tells of."""
    (verb,) = step.keys() & {"write", "replace", "rename", "delete", "touch"}
    path = folder / step[verb]
    if verb in ("write", "replace"):
        text = "FROM\nODD x\n" if step["word"] == "broken" else persona(step["word"])
        write(path, text) if verb == "write" else save_atomically(path, text)
    elif verb == "rename":
        path.rename(folder / step["to"])
        return [path, folder / step["to"]]
    elif verb == "touch":
        os.utime(path)
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    return [path]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
async def test_file_events(sitting: Sitting, watcher: dict[str, Any], tmp_path: Path, scenario: dict[str, Any]) -> None:
    for path, word in scenario["files"].items():
        write(tmp_path / "work" / path, persona(word))
    async with sitting(("guest", "team"), capabilities=watcher) as desk:
        desk.client.save(desk.uri)
        await desk.client.reviewed()
        for step in scenario["steps"]:
            touched(desk, *happens(desk.folder, step))
            await desk.shows(*((1, name) for name in step["notes"]))


async def test_a_broken_persona_keeps_what_it_was(sitting: Sitting, tmp_path: Path) -> None:
    write(tmp_path / "work/Modelfiles/team.Modelfile", persona("strict"))
    async with sitting() as desk:
        desk.client.save(desk.uri)
        await desk.shows((1, "team"))
        asked = desk.steps()
        write(desk.team, "FROM\nSYSTEMM x\n")
        broken = desk.team.as_uri()
        await desk.client.until(lambda: desk.client.notes(broken), "problems on the Modelfile")
        assert lines_of(desk.client.notes(broken))[0] == 0
        await desk.shows((1, "team"))
        desk.client.save(desk.uri)
        await desk.client.synced()
        write(desk.team, persona("strict"))
        await desk.client.until(lambda: not desk.client.notes(broken), "no problem")
        await desk.shows((1, "team"))
        assert desk.steps() == asked, "it says what it said before"
        write(desk.team, persona("kind"))
        await desk.shows()


async def test_other_personas_keep_their_notes_and_are_not_asked(sitting: Sitting, tmp_path: Path) -> None:
    for name in ("team", "guest"):
        write(tmp_path / f"work/Modelfiles/{name}.Modelfile", persona(f"strict, {name}"))
    async with sitting(("team", "guest")) as desk:
        desk.client.save(desk.uri)
        await desk.shows((1, "guest"), (1, "team"))
        await desk.client.reviewed()
        write(desk.team, persona("kind, team"))
        await desk.shows((1, "guest"))
        await desk.client.reviewed(2)
        assert desk.asked() == ["Be strict, team.", "Be strict, guest.", "Be kind, team."]
        assert desk.steps() == 3, "the guest was not asked again"


async def test_a_checkout_of_thirty_files_is_one_reload(sitting: Sitting, tmp_path: Path) -> None:
    folder = tmp_path / "work"

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    def checkout(branch: str, desk: Desk) -> None:
        """A checkout on a busy machine may take longer than the quiet that the server waits for: it sees it whole."""
        if os.name == "nt":
            git("checkout", branch)
            return
        desk.client.process.send_signal(signal.SIGSTOP)
        try:
            git("checkout", branch)
        finally:
            desk.client.process.send_signal(signal.SIGCONT)

    names = ["team", *(f"p{number}" for number in range(29))]
    write(folder / "a.py", TEXT)
    git("init", "-b", "strict")
    for word in ("strict", "kind"):
        for name in names:
            write(folder / f"Modelfiles/{name}.Modelfile", persona(word))
        git("add", ".")
        git("commit", "-m", word)
        git("branch", "-f", "first" if word == "strict" else "second")
    async with sitting() as desk:
        desk.client.save(desk.uri)
        await desk.client.reviewed()
        await desk.shows()
        before = desk.client.stderr.count(b"personas and settings read")
        checkout("first", desk)
        await desk.shows((1, "team"))
        checkout("second", desk)
        await desk.shows()
        assert desk.asked() == ["Be kind.", "Be strict."]
        assert 2 <= desk.client.stderr.count(b"personas and settings read") - before <= 6


async def test_reading_is_no_reason_to_read_again(sitting: Sitting, tmp_path: Path) -> None:
    write(tmp_path / "work/Modelfiles/team.Modelfile", persona("strict"))
    async with sitting() as desk:
        desk.client.save(desk.uri)
        await desk.shows((1, "team"))
        write(desk.folder / "Modelfiles/other.Modelfile", persona("kind"))
        await desk.client.until(lambda: desk.client.stderr.count(b"personas and settings read") >= 2, "a reload")
        # Two more changes, each awaited: anything that loops would have read many times by then.
        for word in ("kind", "strict"):
            write(desk.team, persona(word))
            await desk.shows(*([(1, "team")] if word == "strict" else []))
        assert desk.client.stderr.count(b"personas and settings read") <= 6


async def test_the_users_own_folder_and_settings(sitting: Sitting, tmp_path: Path) -> None:
    mine = tmp_path / "config/postil"
    async with sitting(("mine",)) as desk:
        desk.client.save(desk.uri)
        await desk.told("no persona called 'mine'")
        write(mine / "personas/mine.Modelfile", persona("strict"))
        await desk.shows((1, "mine"))
        write(desk.folder / "Modelfiles/mine.Modelfile", persona("kind"))
        await desk.shows()
        (desk.folder / "Modelfiles/mine.Modelfile").unlink()
        await desk.shows((1, "mine"))
        write(mine / "postil.toml", "trust_workspace = 'perhaps'\n")
        await desk.told("trust_workspace")


@pytest.mark.parametrize("place", ["config/postil/models.toml", "work/.postil/models.toml"])
async def test_what_a_file_says_of_models_counts_at_once(sitting: Sitting, tmp_path: Path, place: str) -> None:
    def filled() -> int:
        return sum(json.loads(line)["kind"] == "infill" for line in desk.journal.read_text("utf-8").splitlines())

    write(tmp_path / "work/Modelfiles/team.Modelfile", persona("strict"))
    # A threshold is what a score is asked for. The script tells no probabilities, so that every difference is shown.
    async with sitting(("team",), settings={"review": {"min_score": 0.5, "personas": ["team"]}}) as desk:
        desk.client.save(desk.uri)
        await desk.shows((1, "team"))
        await desk.client.reviewed()
        steps, scores = desk.steps(), filled()
        assert scores > 0
        write(tmp_path / place, '[models."qwen2.5-coder:1.5b"]\ninfill = "none"\n')
        await desk.client.until(lambda: desk.steps() > steps, "another review")
        await desk.shows((1, "team"))
        assert filled() == scores
        write(tmp_path / place, '[models."qwen2.5-coder:1.5b"]\ninfil = "none"\n')
        await desk.told("models.toml:2: models.qwen2.5-coder:1.5b.infil: there is no such key")
        await desk.shows((1, "team"))


async def test_settings_of_the_workspace_are_read_anew(sitting: Sitting, tmp_path: Path, play: Play) -> None:
    folder = tmp_path / "work"
    write(folder / "a.py", TEXT)
    for name in ("team", "guest"):
        write(folder / f"Modelfiles/{name}.Modelfile", persona(f"strict, {name}"))
    settings = folder / "postil.toml"
    write(settings, '[review]\npersonas = ["team"]\nmin_score = 0.0\n')
    async with play([STRICT], options={}, root=folder.as_uri()) as client:
        desk = Desk(client, folder, tmp_path / "journal")
        client.open(desk.uri, TEXT)
        await watching(desk)
        client.save(desk.uri)
        await desk.shows((1, "team"))
        write(settings, '[review]\npersonas = ["team", "guest"]\nmin_score = 0.0\n')
        await desk.shows((1, "team"), (1, "guest"))
        write(settings, '[review]\npersonas = ["guest"]\nmin_score = 0.0\n')
        await desk.shows((1, "guest"))
        write(settings, "[review\n")
        await desk.told("not valid TOML")
        settings.unlink()
        await desk.shows()


async def test_an_untrusted_workspace_has_no_say(sitting: Sitting, tmp_path: Path) -> None:
    write(tmp_path / "work/Modelfiles/reviewer.Modelfile", persona("strict"))
    write(tmp_path / "work/postil.toml", "trust_workspace = true\n[review]\nmax_units = 1\n")
    settings = {"trust_workspace": False}
    async with sitting(("reviewer",), settings=settings) as desk:
        desk.client.save(desk.uri)
        await desk.client.reviewed()
        await desk.shows()
        assert not any("strict" in system for system in desk.asked())
        desk.client.notify(
            "workspace/didChangeConfiguration", {"settings": {"postil": {**ALL, "trust_workspace": True}}}
        )
        await desk.shows((1, "reviewer"))


async def test_a_switch_by_command(sitting: Sitting, tmp_path: Path) -> None:
    write(tmp_path / "work/Modelfiles/team.Modelfile", persona("strict"))
    async with sitting() as desk:
        desk.client.save(desk.uri)
        await desk.shows((1, "team"))
        assert "error" not in await desk.client.command("postil.persona", "team")
        await desk.shows()
        await desk.client.command("postil.persona", "team", True)
        await desk.shows((1, "team"))
        assert "known are" in (await desk.client.command("postil.persona", "nobody"))["error"]["message"]


@pytest.mark.skipif(os.name == "nt", reason="a link needs rights there")
async def test_a_persona_behind_a_link(sitting: Sitting, tmp_path: Path) -> None:
    shared = tmp_path / "shared/personas"
    write(shared / "team.Modelfile", persona("kind"))
    (tmp_path / "work/.postil").mkdir(parents=True)
    (tmp_path / "work/.postil/personas").symlink_to(shared)
    async with sitting() as desk:
        desk.client.save(desk.uri)
        await desk.client.reviewed()
        write(shared / "team.Modelfile", persona("strict"))
        await desk.shows((1, "team"))
