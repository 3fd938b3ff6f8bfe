"""The tools of `postil mcp`, as the protocol has them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from postil import __version__
from postil.core.text.plain import one_line, plain
from postil.engine.base import EngineError
from postil.mcp.explain import explain
from postil.mcp.fix import Wish, fix
from postil.mcp.host import Host, Refused, Tell
from postil.mcp.review import review
from postil.mcp.search import MOST, search_code
from postil.service.failures import unexpected
from postil.service.verify.trouble import CheckTrouble

log = logging.getLogger(__name__)

_INSTRUCTIONS = (
    "Postil works with a small model on this machine, on the files of one workspace. `fix` gives only what a check has"
    " passed. The notes of `review` and the words of `explain` are a model's opinions."
)
_PROGRESS_CHARS = 200
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)


def make_server(host: Host) -> MCPServer[object]:
    """Everything that a tool can't do is an error of that tool, with the next step."""
    server: MCPServer[object] = MCPServer(
        "postil", title="Postil", version=__version__, instructions=_INSTRUCTIONS, log_level="WARNING"
    )

    @server.tool(name="review", annotations=_READS, structured_output=False)
    async def review_(
        context: Context[object, object],
        paths: Annotated[list[str], Field(description="files and folders of the workspace", max_length=50)] = [],  # noqa: B006
        diff: Annotated[str, Field(description="only lines that differ from this revision, such as HEAD")] = "",
        staged: Annotated[bool, Field(description="only lines that are staged for the next commit")] = False,
    ) -> str:
        """Review files, or what has changed, with a local model: a list of notes with proposed changes."""
        return await _answered(context, lambda tell: review(host, tell, paths, diff, staged=staged))

    @server.tool(
        name="fix",
        annotations=ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False),
        structured_output=False,
    )
    async def fix_(
        context: Context[object, object],
        complaint: Annotated[str, Field(description="path:line and what is wrong there, as a tool said it")] = "",
        check: Annotated[str, Field(description="the name of a failing check of this workspace, or tests")] = "",
        tool: Annotated[str, Field(description="the tool that complains, such as ruff or mypy")] = "",
        apply: Annotated[bool, Field(description="write the fix to the files")] = False,
    ) -> str:
        """Look for a fix of a failing check, or of a tool's complaint, and prove it in a copy: a unified difference
        with what proved it. What isn't proved isn't returned."""
        return await _answered(context, lambda tell: fix(host, tell, Wish(complaint, check, tool, apply)))

    @server.tool(name="explain", annotations=_READS, structured_output=False)
    async def explain_(
        context: Context[object, object],
        path: Annotated[str, Field(description="a file of the workspace")],
        lines: Annotated[str, Field(description="12 or 12-30; default: the whole file")] = "",
        symbol: Annotated[str, Field(description="the name of a function or class, in place of lines")] = "",
    ) -> str:
        """Explain code in the words of a local model."""
        return await _answered(context, lambda tell: explain(host, tell, path, lines, symbol))

    @server.tool(name="search_code", annotations=_READS, structured_output=False)
    async def search_(
        context: Context[object, object],
        question: Annotated[str, Field(description="what the code does, in words or names", max_length=2000)],
        number: Annotated[int, Field(description="pieces at most", ge=1, le=MOST)] = 5,
    ) -> str:
        """Find the code of this workspace that answers a question, with paths and lines."""
        return await _answered(context, lambda tell: search_code(host, tell, question, number))

    return server


async def _answered(context: Context[object, object], work: Callable[[Tell], Awaitable[str]]) -> str:
    """Raises ToolError."""
    steps = 0

    async def tell(what: str) -> None:
        nonlocal steps
        steps += 1
        await context.report_progress(steps, None, one_line(what)[:_PROGRESS_CHARS])

    try:
        return await work(tell)
    except (Refused, CheckTrouble, EngineError) as error:
        raise ToolError(plain(str(error))) from None
    except Exception as error:
        # Whatever it is, the caller gets a sentence, and the log what we need.
        log.exception("a tool failed")
        raise ToolError(str(unexpected(error))) from None
