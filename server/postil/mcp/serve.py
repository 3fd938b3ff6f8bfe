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


def serve(root: Path, script: Path | None = None, journal: Path | None = None) -> NoReturn:
    """Serve the files at `root`. `script`: the answers of a script in place of a model, for tests. Ends the process."""
    logs.set_up()
    engines = _scripted(script, journal) if script is not None else EngineHolder()
    asyncio.run(_whole(Host(Path(os.path.realpath(root)), engines)))
    raise AssertionError("the process has ended")


async def _whole(host: Host) -> None:
    code = 130
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if os.name == "posix" and task is not None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        # What reads standard input is a thread that waits: it isn't waited for.
        await make_server(host).run_stdio_async()
        code = 0
    with suppress(asyncio.CancelledError):
        await host.engines.drop()
    logging.shutdown()
    os._exit(code)


def _scripted(script: Path, journal: Path | None) -> EngineHolder:
    engine = scripted.ScriptedEngine.from_file(script, journal)
    return EngineHolder(lambda settings: scripted.scripted_choice(engine))
