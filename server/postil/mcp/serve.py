"""`postil mcp`: serves over standard input and output until the client is gone; then nothing runs any more."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from postil import logs
from postil.engine import scripted
from postil.mcp.host import Host
from postil.mcp.server import make_server
from postil.service.engines import EngineHolder

log = logging.getLogger(__name__)

# What a check's runs take to end.
_END_SECONDS = 2.0


def serve(root: Path, script: Path | None = None, journal: Path | None = None) -> NoReturn:
    """Serve the files at `root`. `script`: the answers of a script in place of a model, for tests. Ends the process."""
    logs.set_up()
    engines = _scripted(script, journal) if script is not None else EngineHolder()
    asyncio.run(_whole(Host(Path(os.path.realpath(root)), engines)))
    raise AssertionError("the process has ended")


async def _whole(host: Host) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    if os.name == "posix":
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
    serving = asyncio.create_task(make_server(host).run_stdio_async())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        code = 0
        if not serving.done():
            # Ends what the tools have started. The thread that reads standard input can't be ended, nor is it waited
            # for.
            code = 130
            serving.cancel()
            await asyncio.wait((serving,), timeout=_END_SECONDS)
        elif serving.exception() is not None:
            code = 3
            log.error("serving failed", exc_info=serving.exception())
    except asyncio.CancelledError:
        code = 130
    stopping.cancel()
    with suppress(asyncio.CancelledError):
        await host.engines.drop()
    logging.shutdown()
    os._exit(code)


def _scripted(script: Path, journal: Path | None) -> EngineHolder:
    engine = scripted.ScriptedEngine.from_file(script, journal)
    return EngineHolder(lambda settings: scripted.scripted_choice(engine))
