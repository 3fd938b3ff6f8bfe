"""How many files a reader opens who follows a save, a completion, a fix or a reload: the numbers can't creep back.

A trace of the calls is taken of a server in this process. `acting` are the files of lsp, service and engine: these do
something. The pure functions of core take values and return values; they are counted apart.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import postil
from postil.engine.scripted import Chunk, Rule, ScriptedEngine, scripted_choice
from postil.lsp.app import make_server
from postil.lsp.server import PostilServer
from postil.service.engines import EngineHolder

OURS = str(Path(postil.__file__).parent)
TEXT = "def add(first, second):\n    total = first - second\n    print(total)\n    return total\n"
OPTIONS = {"review": {"show": "all", "min_score": 0}}
MEND = Rule("def add(", echo=True, replace=(("first - ", "first + "),))


def ours(frame: FrameType) -> str | None:
    """The file of a frame, if it is one of the server's."""
    name = frame.f_code.co_filename
    return name.removeprefix(OURS).lstrip("/\\").replace("\\", "/") if name.startswith(OURS) else None


@dataclass
class Trace:
    """The files that control has entered, in the order of the first time."""

    files: list[str] = field(default_factory=list)
    generators: set[str] = field(default_factory=set)

    def call(self, frame: FrameType, event: str, _: Any) -> None:
        name = ours(frame) if event == "call" else None
        if name is not None and frame.f_code.co_flags & inspect.CO_ASYNC_GENERATOR:
            self.generators.add(f"{name}:{frame.f_code.co_name}")
        # Decorators and protocol plumbing are not on the way: it begins at the handler.
        if name is not None and name not in self.files and not name.startswith(("lsp/rpc/", "lsp/app")):
            self.files.append(name)

    @property
    def acting(self) -> list[str]:
        return [name for name in self.files if not name.startswith("core/")]

    @property
    def core(self) -> list[str]:
        return [name for name in self.files if name.startswith("core/")]


@contextmanager
def traced() -> Iterator[Trace]:
    trace = Trace()
    threading.setprofile(trace.call)
    sys.setprofile(trace.call)
    try:
        yield trace
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


class Desk:
    """A client in the server's own process. `heard` takes each message of the server."""

    def __init__(self, server: PostilServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.uri = (folder / "a.py").as_uri()
        self.heard: Callable[[dict[str, Any]], None] = lambda message: None
        self.answers: dict[int, Any] = {}
        server.protocol.set_writer(self)

    def write(self, data: bytes) -> None:
        message = json.loads(data.partition(b"\r\n\r\n")[2])
        if "id" in message and "method" in message:
            asks_settings = message["method"] == "workspace/configuration"
            self._take({"id": message["id"], "result": [OPTIONS] if asks_settings else None})
        elif "id" in message:
            self.answers[message["id"]] = message
        self.heard(message)

    def close(self) -> None: ...

    def _take(self, message: dict[str, Any]) -> None:
        self.server.protocol.take(json.dumps({"jsonrpc": "2.0", **message}))

    def notify(self, method: str, params: Any) -> None:
        self._take({"method": method, "params": params})

    async def ask(self, method: str, params: Any, number: int) -> Any:
        self._take({"id": number, "method": method, "params": params})
        await until(lambda: number in self.answers)
        return self.answers[number].get("result")

    def save(self) -> None:
        self.notify("textDocument/didSave", {"textDocument": {"uri": self.uri}})


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


@asynccontextmanager
async def sitting(folder: Path, engine: ScriptedEngine) -> AsyncGenerator[Desk]:
    server = make_server(EngineHolder(lambda settings: scripted_choice(engine)))
    desk = Desk(server, folder)
    (folder / "a.py").write_text(TEXT, encoding="utf-8")
    capabilities = {"textDocument": {"publishDiagnostics": {"dataSupport": True}}}
    params = {"processId": None, "rootUri": folder.as_uri(), "capabilities": capabilities}
    await desk.ask("initialize", {**params, "initializationOptions": OPTIONS}, 1)
    states: list[str] = []
    desk.heard = lambda message: states.append(message.get("params", {}).get("state", ""))
    desk.notify("initialized", {})
    await until(lambda: "ready" in states)
    # What a start begins is not on the way of what follows: the watching, and the reading after it.
    reloader = server.open_session().reloader
    await until(lambda: not server.open_session().jobs._loose and reloader._first is None and not reloader._reading)
    document = {"uri": desk.uri, "languageId": "python", "version": 1, "text": TEXT}
    desk.notify("textDocument/didOpen", {"textDocument": document})
    # A save follows an edit.
    place = {"line": 4, "character": 0}
    edit = {"range": {"start": place, "end": place}, "text": "\n"}
    desk.notify("textDocument/didChange", {"textDocument": {"uri": desk.uri, "version": 2}, "contentChanges": [edit]})
    try:
        yield desk
    finally:
        await server.close()


async def test_a_save_reaches_its_first_publish_in_fourteen_files(tmp_path: Path) -> None:
    async with sitting(tmp_path, ScriptedEngine([MEND])) as desk:
        published: list[tuple[list[str], list[str], int]] = []
        ways: list[list[str]] = []

        def heard(message: dict[str, Any]) -> None:
            if message.get("method") == "textDocument/publishDiagnostics":
                published.append((trace.acting, trace.core, len(message["params"]["diagnostics"])))
                ways.append(spine())

        with traced() as trace:
            desk.heard = heard
            desk.save()
            await until(lambda: published and published[-1][2])
    acting, core, notes = published[0]
    assert notes == 0, "the first publish takes away what no longer stands; the model comes later"
    # Two of them get the lines of the last commit: workspace/head.py and git.py.
    assert len(acting) <= 14, " ".join(acting)
    assert len(core) <= 8, core
    acting, core, _ = published[-1]
    assert "service/review/methods/edit.py" in acting, "the control: a note is made by the edit method"
    assert len(acting) <= 33, " ".join(acting)
    # Two of them tell once what the chosen model can do (core/models: told, families), six what the change does
    # (core/change), one keeps what was sent (core/exchanges).
    assert len(core) <= 36, " ".join(core)
    # What is on the stack when a note is published: the way without what has returned.
    assert len(ways[-1]) <= 6, ways[-1]


def spine() -> list[str]:
    found: dict[str, None] = {}
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if (name := ours(frame)) is not None:
            found[name] = None
        frame = frame.f_back
    return list(found)


async def test_a_token_passes_four_generators_at_most(tmp_path: Path) -> None:
    async with sitting(tmp_path, ScriptedEngine([MEND])) as desk:
        session = desk.server.open_session()
        with traced() as trace:
            desk.save()
            await until(lambda: session.findings.of(desk.uri))
    # What yields tokens; the others yield events of a review, a few for each unit.
    events = {f"service/review/units.py:{name}" for name in ("review_unit", "_with_model")}
    events |= {f"service/review/methods/edit.py:{name}" for name in ("edit_review", "differences", "_explained")}
    towers = trace.generators - events
    assert any(name.startswith("engine/stream/priority.py") for name in towers), "the control"
    scripted = {name for name in towers if name.startswith("engine/scripted.py")}
    # A real adapter is one that parses and one that guards (tests/engine/test_guarded_stream.py).
    assert len(towers - scripted) + 2 <= 4, sorted(towers)


async def test_a_completion_is_answered_in_a_dozen_files(tmp_path: Path) -> None:
    rule = Rule("", "infill", (Chunk("print(add(2, 1))"),))
    async with sitting(tmp_path, ScriptedEngine([rule])) as desk:
        position = {"line": 5, "character": 0}
        params = {"textDocument": {"uri": desk.uri}, "position": position, "context": {"triggerKind": 1}}
        # The first one chooses an engine; this is what each key costs from then on.
        await desk.ask("textDocument/inlineCompletion", params, 6)
        at_start = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
        document = {"uri": desk.uri, "version": 3}
        desk.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [{"range": at_start, "text": "#\n"}]}
        )
        params["position"] = {"line": 6, "character": 0}
        with traced() as trace:
            answer = await desk.ask("textDocument/inlineCompletion", params, 7)
    assert answer["items"], "the control: there is an answer"
    assert "service/completion/completer.py" in trace.acting
    # One of them for what stands beside the window.
    assert len(trace.acting) <= 13, " ".join(trace.acting)
    # Two of them for what stands beside the window (core/completion/context, core/syntax/languages), one keeps what was
    # sent (core/exchanges).
    assert len(trace.core) <= 17, trace.core


async def test_a_fix_is_offered_in_a_dozen_files(tmp_path: Path) -> None:
    async with sitting(tmp_path, ScriptedEngine([MEND])) as desk:
        notes: list[Any] = []

        def heard(message: dict[str, Any]) -> None:
            if message.get("method") == "textDocument/publishDiagnostics":
                notes[:] = message["params"]["diagnostics"]

        desk.heard = heard
        desk.save()
        await until(lambda: notes and not notes[0]["data"]["streaming"])
        context = {"diagnostics": notes, "only": ["quickfix"]}
        params = {"textDocument": {"uri": desk.uri}, "range": notes[0]["range"], "context": context}
        with traced() as trace:
            actions = await desk.ask("textDocument/codeAction", params, 7)
    assert any("apply the fix" in action["title"] for action in actions)
    assert len(trace.acting) <= 12, trace.acting


async def test_a_persona_on_the_disk_is_read_and_used_in_ten_files(tmp_path: Path) -> None:
    async with sitting(tmp_path, ScriptedEngine([MEND])) as desk:
        desk.save()
        session = desk.server.open_session()
        await until(lambda: session.findings.of(desk.uri) and not session.reviews.runs)
        persona = tmp_path / "Modelfiles" / "reviewer.Modelfile"
        persona.parent.mkdir()
        began: list[tuple[list[str], list[str]]] = []

        with traced() as trace, pytest.MonkeyPatch.context() as patch:
            start = session.reviews.start

            def started(*given: Any, **more: Any) -> str | None:
                began.append((trace.acting, trace.core))
                return start(*given, **more)

            patch.setattr(session.reviews, "start", started)
            persona.write_text("FROM qwen2.5-coder:1.5b\nSYSTEM Be kind.\n", encoding="utf-8")
            desk.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": persona.as_uri(), "type": 1}]})
            await until(lambda: began)
    acting, _ = began[0]
    assert len(acting) <= 22, acting
