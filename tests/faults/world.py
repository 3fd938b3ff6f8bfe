"""A real server with three documents, a real engine behind it: what a fault shows, and that all is well again."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests import parts
from tests.conftest import OllamaServer
from tests.faults.engines import Behind, behind
from tests.lsp.client import Client, serving

Way = Literal["edit", "list", "complete"]
WAYS: tuple[Way, ...] = ("edit", "list", "complete")

# Seconds, as settings: no machine is so slow, and no fault may need them.
LONG = {"connect": 2.0, "first_token": 100.0, "between_tokens": 100.0}
# For the faults that only a time-out ends: that one is short, and a busy machine keeps the other. A warm model keeps
# the first one, as a rule; else it is asked again.
SHORT = {"first_token": 5.0, "between_tokens": 3.0}
# What a fault may hold a review up, with what the engine does before it, on a machine that does other things too. The
# time-outs that a fault may not need are longer.
LATEST = 60.0
# For the real engine, whose work takes as long as the machine is slow.
PATIENCE = 120.0
# A busy machine may be too slow for the short time-outs: saving again is what the message says.
SAVES = 6
# LSP's MessageType.
WARNING = 2
_SLOW = "timeouts."
# In what is told of an answer that is none, with its file, whatever the reason.
UNREAD = "could not be reviewed"

_PERSONA = f"FROM {parts.SMALL}\nPARAMETER temperature 0\nPARAMETER num_thread {parts.THREADS}\n"
PERSONAS = {
    "one": f"#: role: review\n#: method: edit\n#: languages: python\n{_PERSONA}",
    "all": f"#: role: review\n#: method: list\n#: max-findings: 1\n#: languages: javascript\n{_PERSONA}",
    "ghost": f"#: role: complete\n{_PERSONA}PARAMETER num_predict 16\n",
}

# The scripted weights write a function's last line: its head has to be in the beginning of their answer.
MODELS = f'[models."{parts.SMALL}"]\nprofile = "qwen2.5-coder-1.5b"\n'

# Scripted and smallest real weights mend the first of these every time. The accent makes answers hold more than ASCII.
ADD = 'def {name}(a, b):\n    """é: the sum of a and b."""\n    return a - b\n'
SUM = "function {name}(a, b) {{ return a - b; /* the sum */ }}\n"
SOUND = "function {name}(a, b) {{ return a + b; }}\n"
# Belongs to no unit.
MOVED = {"edit": "import os\n", "list": 'import os from "os";\n'}


@dataclass(slots=True)
class Document:
    """One that is reviewed: a function whose note stays, and one that is another before each save."""

    uri: str
    way: Way
    body: str
    below: str
    # Of the body's lines.
    faulty: int
    language: str
    keyword: str
    name: str = "first"
    # Of the function that changes, as it was when it was last saved.
    old_units: set[str] = field(default_factory=set)
    lines_above: int = 1
    texts: dict[int, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        kept = self.body.format(name="kept")
        return MOVED[self.way] * self.lines_above + "\n\n" + kept + "\n\n" + self.below.format(name=self.name)

    def kept_line(self, version: int) -> int:
        """The line of the note that stays, in this version of the text."""
        lines = self.texts[version].split("\n")
        return next(row for row, line in enumerate(lines) if "kept(" in line) + self.faulty

    @property
    def fresh_line(self) -> int:
        """The first line of the function that changes."""
        return self.lines_above + 2 + self.body.count("\n") + 2


@dataclass(slots=True)
class Seen:
    """What the user was shown while something happened."""

    state: str
    message: str
    popups: list[str]
    seconds: float


class World:
    def __init__(self, engine: Behind, client: Client, folder: Path, options: dict[str, Any]) -> None:
        self.engine, self.client, self.options = engine, client, options
        self._time_outs: dict[str, float] = dict(LONG)
        self.documents = {
            "edit": Document((folder / "sums.py").as_uri(), "edit", ADD, ADD, 2, "python", "def "),
            "list": Document((folder / "sums.js").as_uri(), "list", SUM, SOUND, 0, "javascript", "function "),
        }
        self._ghost = (folder / "ghost.py").as_uri()
        # The documents with a note that has to stay.
        self._kept: set[str] = set()
        self._count = 0

    # -- doing

    def open(self) -> None:
        for document in self.documents.values():
            self.client.open(document.uri, document.text, document.language)
            document.texts[1] = document.text
        self.client.open(self._ghost, "\n")

    async def settle(self, **time_outs: float) -> None:
        """Other time-outs. The engine is chosen anew for them."""
        self._time_outs = time_outs
        options = {**self.options, "timeouts": time_outs}
        self.client.notify("workspace/didChangeConfiguration", {"settings": {"postil": options}})
        await self.client.synced()

    async def choose_again(self) -> None:
        """The engine is asked what it is before the next request."""
        again = {**self._time_outs, "connect": self._time_outs["connect"] + 0.001}
        await self.settle(**again)

    @property
    def short(self) -> str:
        """The time-out that is short, "" = none."""
        return next((name for name in SHORT if self._time_outs[name] < LONG[name]), "")

    def edit(self, way: str) -> None:
        """A line more above, and another function below: one note moves, one unit is new."""
        document, self._count = self.documents[way], self._count + 1
        self.client.change(document.uri, (0, 0, 0, 0, MOVED[document.way]))
        document.lines_above += 1
        self._noted(document)
        begin = len(document.keyword)
        line, old, new = document.fresh_line, document.name, f"add{self._count}"
        self.client.change(document.uri, (line, begin, line, begin + len(old), new))
        document.name = new
        self._noted(document)

    def _noted(self, document: Document) -> None:
        document.texts[max(document.texts) + 1] = document.text

    async def reviewed(self, way: str, seconds: float, *, whole: bool = True, and_note: int | None = None) -> Seen:
        """Saves, and waits for the end of the review; of one that needn't be `whole` only until the new function has a
        note, `and_note` the line of another one."""
        client, uri = self.client, self.documents[way].uri
        ends = self._ends(uri)
        mark, began = len(client.heard), time.monotonic()
        self.documents[way].old_units |= {note["data"]["unit"] for note in self._below(way)}
        client.save(uri)
        if not whole:
            other = lambda: and_note is None or and_note in self.notes(way)  # noqa: E731
            found = lambda: (self.fresh(way) and other()) or self._ends(uri) > ends  # noqa: E731
            await client.until(found, f"a note or an end of the review ({way})", seconds)
            await client.command("postil.cancel", uri)
        await client.until(lambda: self._ends(uri) > ends, f"the end of a review ({way})", seconds)
        # The last status comes with the end; what was sent before an answer is here when that is.
        await client.synced()
        return self._seen(mark, began, "message")

    async def completed(self, seconds: float) -> tuple[Seen, str]:
        """Asks for ghost text at a new place: what was shown, and the text."""
        client, self._count = self.client, self._count + 1
        client.patience = seconds
        client.change(self._ghost, f'def double{self._count}(number):\n    """Twice the number."""\n    return ')
        mark, began = len(client.heard), time.monotonic()
        answer = await client.call("textDocument/inlineCompletion", {
            "textDocument": {"uri": self._ghost},
            "position": {"line": 2, "character": len("    return ")},
            "context": {"triggerKind": 2},
        })  # fmt: skip
        assert "error" not in answer, client.log()
        items = (answer["result"] or {"items": []})["items"]
        await client.synced()
        return self._seen(mark, began, "completion"), items[0]["insertText"] if items else ""

    def _ends(self, uri: str) -> int:
        return sum(1 for params in self.client.of("postil/reviewed") if params["uri"] == uri)

    def _seen(self, mark: int, began: float, where: str) -> Seen:
        status = self.client.of("postil/status")[-1]
        return Seen(status["state"], status[where], self.popups(mark), time.monotonic() - began)

    def popups(self, mark: int) -> list[str]:
        """Since then: warnings, errors and questions; what a review leaves out is told as information."""
        heard = [one for one in self.client.heard[mark:] if one.method.startswith("window/showMessage")]
        return [one.params["message"] for one in heard if one.params["type"] <= WARNING or "actions" in one.params]

    # -- looking

    def notes(self, way: str) -> list[int]:
        """The lines of the notes that are shown, each of which is about the code on which it stands."""
        document = self.documents[way]
        for params in self.client.publishes(document.uri):
            lines = document.texts[params["version"]].split("\n")
            for note in params["diagnostics"]:
                first, last = note["range"]["start"]["line"], note["range"]["end"]["line"]
                assert "\n".join(lines[first : last + 1]) == note["data"]["quote"], (note, self.client.log())
        return [note["range"]["start"]["line"] for note in self.client.notes(document.uri)]

    def sound(self) -> None:
        """What holds whatever happens: the server lives, has answered each request once, and shows what is true."""
        client = self.client
        assert client.process.returncode is None, client.log()
        assert client.unanswered == [], client.log()
        assert b"Traceback" not in client.stderr, client.log()
        for way, document in self.documents.items():
            published = client.publishes(document.uri)
            lines = self.notes(way)
            if way in self._kept and lines:
                assert document.kept_line(published[-1]["version"]) in lines, (way, client.log())

    def fresh(self, way: str) -> bool:
        """Whether there is a note on the function as it was saved last."""
        return any(note["data"]["unit"] not in self.documents[way].old_units for note in self._below(way))

    def _below(self, way: str) -> list[dict[str, Any]]:
        document = self.documents[way]
        notes = self.client.notes(document.uri)
        return [note for note in notes if note["range"]["start"]["line"] >= document.fresh_line]

    async def well(self, ways: Collection[str]) -> None:
        """The control: the next save, without a restart, brings real notes; a key brings ghost text."""
        for way in ways:
            if way == "complete":
                await self._completes()
            elif way == "edit":
                await self._notes()
            else:
                await self._lists()
        self.sound()

    async def _in_time(self, do: Callable[[], Awaitable[Seen]]) -> Seen:
        """Once more while the machine is too slow for the time-outs."""
        seen = await do()
        for _ in range(SAVES - 1):
            if _SLOW not in seen.message:
                break
            seen = await do()
        return seen

    async def _notes(self) -> None:
        seen = await self._in_time(lambda: self.reviewed("edit", PATIENCE, whole=False))
        assert (seen.state, seen.message, seen.popups) == ("ready", "", []), self.client.log()
        assert self.fresh("edit"), self.client.log()

    async def _lists(self) -> None:
        """The scripted model lists nothing: that it was read to the end is what counts."""
        seen = await self._in_time(lambda: self.reviewed("list", PATIENCE))
        assert (seen.state, seen.message, seen.popups) == ("ready", "", []), self.client.log()
        told = self.client.of("postil/reviewed")[-1]
        assert told["failed"] == 0 and told["outputTokens"] > 0, self.client.log()

    async def _completes(self) -> None:
        text = ""

        async def complete() -> Seen:
            nonlocal text
            seen, text = await self.completed(PATIENCE)
            return seen

        seen = await self._in_time(complete)
        assert seen.message == "" and text, self.client.log()

    async def noted(self, ways: Collection[str]) -> None:
        """What is there before anything happens: a note on the function that stays. The scripted model
        lists none."""
        for way in ways:
            if way == "complete":
                await self._completes()
                continue
            kept = self.documents[way].kept_line(1)
            # The sentence of the last note isn't waited for.
            seen = await self.reviewed(way, PATIENCE, whole=way == "list", and_note=kept)
            assert (seen.state, seen.message) == ("ready", ""), self.client.log()
            if kept in self.notes(way):
                self._kept.add(way)
            assert way == "list" or way in self._kept, self.client.log()


@asynccontextmanager
async def world(
    name: str,
    folder: Path,
    ollama: OllamaServer,
    gguf: Path | None = None,
    jobs: int = 1,
    ways: Collection[Way] = WAYS,
) -> AsyncGenerator[World]:
    """The documents are open, and those of `ways` have their notes. `gguf`: the weights of the embedded engine."""
    personas = folder / ".postil" / "personas"
    personas.mkdir(parents=True)
    for persona, text in PERSONAS.items():
        (personas / f"{persona}.Modelfile").write_text(text, encoding="utf-8")
    (folder / ".postil" / "models.toml").write_text(MODELS, encoding="utf-8")
    async with behind(name, folder, ollama, gguf) as engine:
        options = {
            **engine.settings,
            "jobs": jobs,
            "model": {"review": parts.SMALL, "completion": parts.SMALL},
            "timeouts": LONG,
            "completion": {"timeout": PATIENCE, "persona": "ghost"},
            "review": {"min_score": 0, "personas": ["one", "all"]},
        }
        async with serving(folder, options=options, environment=engine.environment, root=folder.as_uri()) as client:
            found = World(engine, client, folder, options)
            found.open()
            await found.noted(ways)
            yield found
