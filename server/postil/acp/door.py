"""The Door of a conversation to an editor: permissions, and files as the editor has them."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from acp import Client, RequestError, schema
from postil.acp import to_acp
from postil.core.agent.permission import Answer, PermissionRequest
from postil.core.agent.tool import ToolCall

log = logging.getLogger(__name__)

T = TypeVar("T")

# An editor answers for a file at once, or it hangs.
FILE_SECONDS = 10.0
# Characters of a buffer: what is longer is left to the disk, where it is refused for its size.
_MOST_CHARS = 20_000_000
# What editors say of a write that a person or a rule forbids; other failures are their own.
_FORBIDS = re.compile(r"denied|permission|reject|forbid|not allowed|declin", re.IGNORECASE)
_ONCE, _ALWAYS, _NO = "once", "always", "no"


class EditorDoor:
    """`reads`, `writes`: what the editor says that it can. `id_of`: a call's id in the protocol. `shown`: the files
    that the user has named; in a workspace that isn't trusted no others are asked for, because an editor reads closed
    files from the disk too."""

    def __init__(
        self, client: Client, session_id: str, *, reads: bool, writes: bool, id_of: Callable[[ToolCall], str]
    ) -> None:
        self._client = client
        self._session_id = session_id
        self._reads = reads
        self._writes = writes
        self._id_of = id_of
        # Files that are written with \r\n in the editor.
        self._crlf: set[Path] = set()
        self.shown: set[Path] = set()
        self.only_shown = False

    async def ask(self, request: PermissionRequest) -> Answer:
        id = self._id_of(request.call)
        options = [schema.PermissionOption(option_id=_ONCE, name="Allow", kind="allow_once")]
        if request.lasting:
            options.append(schema.PermissionOption(option_id=_ALWAYS, name="Always allow", kind="allow_always"))
        options.append(schema.PermissionOption(option_id=_NO, name="Reject", kind="reject_once"))
        call = to_acp.asked(request, id)
        try:
            answer = await self._client.request_permission(session_id=self._session_id, tool_call=call, options=options)
        except ConnectionError:
            return "cancelled"
        except (RequestError, ValidationError) as error:
            log.warning("the editor can't ask for a permission: %s", type(error).__name__)
            return "no"
        outcome = answer.outcome
        if not isinstance(outcome, schema.AllowedOutcome):
            return "cancelled"
        if outcome.option_id == _ONCE or (outcome.option_id == _ALWAYS and request.lasting):
            update = schema.ToolCallProgress(session_update="tool_call_update", tool_call_id=id, status="in_progress")
            await self._client.session_update(session_id=self._session_id, update=update)
            return "always" if outcome.option_id == _ALWAYS else "once"
        return "no"

    async def text_of(self, path: Path) -> str | None:
        if not self._reads or (self.only_shown and path not in self.shown):
            return None
        answer = await self._asked(self._client.read_text_file(session_id=self._session_id, path=str(path)))
        if answer is None or len(answer.content) > _MOST_CHARS:
            return None
        text = answer.content
        if "\r\n" in text:
            self._crlf.add(path)
            return text.replace("\r\n", "\n")
        self._crlf.discard(path)
        return text

    async def write(self, path: Path, text: str) -> bool:
        if not self._writes:
            return False
        if path in self._crlf:
            text = text.replace("\n", "\r\n")
        request = self._client.write_text_file(session_id=self._session_id, path=str(path), content=text)
        return await self._asked(request, otherwise=schema.WriteTextFileResponse(), writes=True) is not None

    async def _asked(
        self, request: Awaitable[T | None], otherwise: T | None = None, *, writes: bool = False
    ) -> T | None:
        """The editor's answer; None: it hasn't one in time. `otherwise`: in the place of an empty one. Raises
        PermissionError where the editor forbids a write: then the disk isn't written either."""
        try:
            async with asyncio.timeout(FILE_SECONDS):
                answer = await request
        except (RequestError, ValidationError, ConnectionError, TimeoutError) as error:
            if writes and isinstance(error, RequestError) and _FORBIDS.search(f"{error} {error.data}"):
                raise PermissionError(errno.EPERM, "the editor doesn't allow it") from None
            log.info("the editor has no answer about a file: %s", type(error).__name__)
            return None
        return answer if answer is not None else otherwise
