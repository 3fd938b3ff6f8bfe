"""Every row of the matrix: what a fault of the engine shows to the user, and that the next save works."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from tests.conftest import OllamaServer
from tests.faults.engines import loaded
from tests.faults.faults import FAULTS, elsewhere
from tests.faults.matrix import Fault, matrix, says
from tests.faults.proxy import Proxy
from tests.faults.world import LATEST, LONG, SHORT, UNREAD, Way, World, world

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.real_ollama, pytest.mark.real_embedded]

# One engine after the other, the short time-outs last: each change of them is a new engine.
ROWS = sorted(
    ((engine, fault) for engine in ("ollama", "openai", "embedded") for fault in matrix() if fault.ways(engine)),
    key=lambda row: (("ollama", "openai", "embedded").index(row[0]), row[1].short),
)


class Worlds:
    """The world of an engine, kept for its next row unless this one has broken it."""

    def __init__(self, folder: pytest.TempPathFactory, ollama: OllamaServer, gguf: Path) -> None:
        self._folder, self._ollama, self._gguf = folder, ollama, gguf
        self._stack = AsyncExitStack()
        self._name, self._world = "", None
        self.spoiled = False

    async def of(self, name: str) -> World:
        if self._world is None or name != self._name or self.spoiled:
            await self.close()
            if name != "embedded":
                await loaded(self._ollama)
            asked: set[Way] = {way for engine, fault in ROWS if engine == name for way in fault.ways(name)}
            opened = world(name, self._folder.mktemp(name), self._ollama, self._gguf, ways=sorted(asked))
            self._world = await self._stack.enter_async_context(opened)
            self._name = name
        self.spoiled = True
        return self._world

    async def close(self) -> None:
        self._world = None
        await self._stack.aclose()
        self._stack = AsyncExitStack()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worlds(
    tmp_path_factory: pytest.TempPathFactory, mender: OllamaServer, mender_gguf: Path
) -> AsyncGenerator[Worlds]:
    found = Worlds(tmp_path_factory, mender, mender_gguf)
    yield found
    await found.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trap() -> AsyncGenerator[Proxy]:
    """Another host, which nobody was told to ask."""
    proxy = Proxy(lambda: "http://127.0.0.1:9")
    await proxy.listen()
    yield proxy
    await proxy.close()


@pytest.mark.parametrize(("engine", "fault"), ROWS, ids=[f"{engine}-{fault.name}" for engine, fault in ROWS])
async def test_a_fault_is_told_once_and_the_next_save_works(
    worlds: Worlds, trap: Proxy, engine: str, fault: Fault
) -> None:
    here = await worlds.of(engine)
    if fault.short != here.short:
        await here.settle(**LONG | {name: SHORT[name] for name in (fault.short,) if name})
        # The child loads its model again, in its own time.
        here.edit("edit")
        await here.well(("edit",))
    if "facts" in fault.to:
        await here.choose_again()
    await _strike(here.engine.proxy, trap, fault)
    popups = await _seen(here, fault, engine)
    if fault.does == "refuse":
        await here.engine.proxy.listen()
    else:
        assert here.engine.proxy.struck > 0, "the fault was never met"
    here.engine.proxy.do(None)
    expected = any(seen.state == "error" for way, seen in fault.ways(engine).items() if way != "complete")
    # What one answer lacks is told with its file, whichever fault it was.
    assert sum(UNREAD not in told for told in popups) == expected, popups
    for way, seen in fault.ways(engine).items():
        if not seen.says and not seen.notes and way != "complete":
            # It was read, as far as the server knows: another text is wanted for another answer.
            here.edit(way)
    await here.well([way for way, seen in fault.ways(engine).items() if not seen.notes])
    assert trap.asked == []
    worlds.spoiled = False


async def _strike(proxy: Proxy, trap: Proxy, fault: Fault) -> None:
    if fault.does == "refuse":
        await proxy.refuse()
    else:
        does = elsewhere(trap.url) if fault.does == "elsewhere" else FAULTS[fault.does]
        proxy.do(does, frozenset(fault.to))


async def _seen(here: World, fault: Fault, engine: str) -> list[str]:
    """Does what the user does, and compares what is shown with the matrix; the messages."""
    popups = []
    for way, expected in fault.ways(engine).items():
        if way == "complete":
            seen, text = await here.completed(LATEST)
            assert bool(text) or not expected.notes, here.client.log()
            assert expected.says or not text or "\0" not in text
        else:
            here.edit(way)
            seen = await here.reviewed(way, LATEST, whole=not expected.notes)
            assert seen.state == expected.state, (seen, here.client.log())
            assert bool(here.fresh(way)) or not expected.notes, here.client.log()
        assert says(expected.says, seen.message), (seen, here.client.log())
        popups += seen.popups
        here.sound()
    return popups
