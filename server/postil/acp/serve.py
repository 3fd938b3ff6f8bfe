"""Serves one editor over stdin and stdout, and ends the process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import suppress
from typing import NoReturn, cast

from acp.agent.connection import AgentSideConnection

from acp import Agent, Client
from postil import logs
from postil.acp.agent import PostilAgent
from postil.acp.lines import Lines
from postil.service.agent.session.engines import SharedEngines
from postil.service.agent.session.keeping import KeptSessions
from postil.service.agent.session.store import Sessions

log = logging.getLogger(__name__)


async def serve(lines: Lines, engines: SharedEngines, store: Sessions) -> None:
    """Until the editor closes stdin. Nothing runs afterwards."""
    made: list[PostilAgent] = []

    def agent(client: Client) -> Agent:
        made.append(PostilAgent(client, engines, store))
        return cast("Agent", made[0])

    connection = AgentSideConnection(agent, lines, listening=False, use_unstable_protocol=True)
    try:
        await connection.listen()
    finally:
        try:
            await connection.close()
        except Exception:
            # A request's failure, in tasks of the package's: the rest is closed all the same.
            log.exception("a request has failed while the connection was closed")
        await made[0].aclose()


def run(engines: SharedEngines | None = None, store: Sessions | None = None) -> NoReturn:
    """Ends the process."""
    logs.set_up()

    async def whole() -> None:
        lines = Lines.stdio()
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            # Windows has no handlers, and not all of these.
            with suppress(NotImplementedError, AttributeError):
                loop.add_signal_handler(getattr(signal, name), lines.leave)
        await serve(lines, engines or SharedEngines(), store or KeptSessions())
        # A normal exit would wait for all threads, and one of them may be reading a large file.
        logging.shutdown()
        os._exit(0)

    asyncio.run(whole())
    raise AssertionError("the process has ended")
