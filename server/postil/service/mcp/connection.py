"""One connection to a server: a task that opens it, keeps it, and closes it; requests come from any other task."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import TypeVar, cast

import mcp_types as types
from mcp.client import Client, IncomingMessage
from mcp.client.subscriptions import SubscriptionLost, ToolsListChanged
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from postil import __version__
from postil.core.text.plain import one_line
from postil.logs import redacted
from postil.service.mcp.child import Child
from postil.service.mcp.config import ServerConfig, ServerTrouble, expanded
from postil.service.mcp.limits import Limits
from postil.service.mcp.remote import remote

log = logging.getLogger(__name__)

T = TypeVar("T")
# A connection that doesn't close by then is torn down.
_CLOSE_SECONDS = 6.0
_SHOWN = 300


class Connection:
    """`changed` is called when the server says that its tools are others now."""

    def __init__(
        self, config: ServerConfig, limits: Limits, environment: Mapping[str, str], changed: Callable[[], None]
    ) -> None:
        self._config = config
        self._limits = limits
        self._environment = environment
        self._changed = changed
        self._child: Child | None = None
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._gone = asyncio.Event()
        self._why = ""

    @property
    def alive(self) -> bool:
        return self._client is not None and not self._gone.is_set()

    @property
    def client(self) -> Client:
        """Raises ServerTrouble when the connection is gone."""
        if self._client is None or self._gone.is_set():
            raise self._trouble(self._why or "it isn't connected")
        return self._client

    @property
    def log(self) -> tuple[str, ...]:
        """The latest lines of its standard error."""
        return self._child.log if self._child is not None else ()

    async def open(self) -> None:
        """Once. Raises ServerTrouble; then nothing of it is left."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(ready), name=f"mcp {self._config.name}")
        try:
            await asyncio.shield(ready)
        except ServerTrouble:
            await self.aclose()
            raise
        except asyncio.CancelledError:
            await self.aclose()
            raise

    async def request(self, make: Callable[[Client], Awaitable[T]], seconds: float) -> T:
        """What the server answers. One that is given up (time-out, cancellation) is cancelled at the server. Raises
        ServerTrouble."""
        call = asyncio.ensure_future(make(self.client))
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait((call, gone), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if call.done():
                return call.result()
            if gone.done():
                raise self._trouble(self._why or "it ended")
            raise self._trouble(f"no answer within {seconds:g} s")
        except MCPError as error:
            over = self._child is not None and self._child.over.is_set()
            raise self._trouble(self._ended() if over else _words(error.message)) from None
        except ServerTrouble:
            raise
        except Exception as error:
            # The package raises many things for answers that it doesn't expect.
            log.debug("%s failed", self._config.name, exc_info=error)
            raise self._trouble(f"its answer isn't one of the protocol ({type(error).__name__})") from None
        finally:
            call.cancel()
            gone.cancel()
            await asyncio.gather(call, gone, return_exceptions=True)

    async def aclose(self) -> None:
        """Nothing of it runs afterwards."""
        self._stop.set()
        task, self._task = self._task, None
        if task is None:
            return
        if self._client is None:
            # It is still being opened, which nobody waits for any more.
            task.cancel()
        try:
            done, _ = await asyncio.wait((task,), timeout=_CLOSE_SECONDS)
            if not done:
                task.cancel()
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait((task,), timeout=_CLOSE_SECONDS)
            raise
        await asyncio.wait((task,), timeout=_CLOSE_SECONDS)

    async def _run(self, ready: asyncio.Future[None]) -> None:
        try:
            await self._connected(ready)
        except asyncio.CancelledError:
            self._why = self._why or "it was ended"
            raise
        except ServerTrouble as trouble:
            self._why = str(trouble).removeprefix(f"{self._config.name}: ")
        except Exception as error:
            # Whatever a stranger's server does to the package is its own trouble.
            log.debug("%s failed", self._config.name, exc_info=error)
            self._why = self._failure(error)
        finally:
            self._gone.set()
            self._client = None
            if not ready.done():
                ready.set_exception(self._trouble(self._why))
                # Nobody may be waiting any more.
                ready.exception()

    async def _connected(self, ready: asyncio.Future[None]) -> None:
        config = expanded(self._config, self._environment)
        limits = self._limits
        if config.url:
            streams = remote(config, limits)
        else:
            self._child = Child(config, limits, self._environment)
            streams = self._child.opened()
        async with AsyncExitStack() as stack:
            client = Client(
                streams,
                cache=None,
                read_timeout_seconds=limits.list_seconds,
                message_handler=self._message,
                client_info=types.Implementation(name="postil", version=__version__),
            )
            try:
                async with asyncio.timeout(limits.start_seconds):
                    await stack.enter_async_context(client)
            except TimeoutError:
                raise self._trouble(f"it didn't answer within {limits.start_seconds:g} s") from None
            self._client = client
            ready.set_result(None)
            listening = asyncio.create_task(self._listen(client))
            try:
                await self._until_over()
            finally:
                self._gone.set()
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
        if self._child is not None and not self._stop.is_set():
            self._why = self._ended()

    async def _until_over(self) -> None:
        waits = [asyncio.create_task(self._stop.wait())]
        if self._child is not None:
            waits.append(asyncio.create_task(self._child.over.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not self._stop.is_set():
                self._why = self._ended()
        finally:
            for one in waits:
                one.cancel()

    async def _listen(self, client: Client) -> None:
        """Since 2026-07-28 a server tells of changes only to whoever listens. That it doesn't is no trouble."""
        tools = client.server_capabilities.tools
        if client.protocol_version not in MODERN_PROTOCOL_VERSIONS or tools is None or not tools.list_changed:
            return
        try:
            async with client.listen(tools_list_changed=True) as changes:
                async for change in changes:
                    if isinstance(change, ToolsListChanged):
                        self._changed()
        except (MCPError, SubscriptionLost, TimeoutError) as error:
            log.debug("%s tells of no changes: %r", self._config.name, error)
            # Others than those that are known may be there by now.
            self._changed()

    async def _message(self, message: IncomingMessage) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            self._changed()

    def _failure(self, error: Exception) -> str:
        if self._child is not None and self._child.over.is_set():
            return self._ended()
        first = _first(error)
        if isinstance(first, ServerTrouble):
            return str(first).removeprefix(f"{self._config.name}: ")
        words = first.message if isinstance(first, MCPError) else str(first)
        return f"can't connect ({type(first).__name__}: {_words(words)})"

    def _ended(self) -> str:
        child = self._child
        if child is None:
            return "the connection ended"
        said = f"; it said: {child.log[-1]}" if child.log else ""
        return f"{child.end or 'it ended'}{said}"

    def _trouble(self, why: str) -> ServerTrouble:
        name = self._config.name
        return ServerTrouble(f"{name}: {why}".rstrip(".") + f". `postil mcp test {name}` shows more")


def _first(error: Exception) -> Exception:
    """The first exception of a group."""
    if isinstance(error, ExceptionGroup):
        group = cast("ExceptionGroup[Exception]", error)
        return _first(group.exceptions[0])
    return error


def _words(text: str) -> str:
    return one_line(redacted(text))[:_SHOWN]
