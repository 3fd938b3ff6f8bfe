"""codeAction/resolve of "fix and verify": looks for the fix, and gives the action its edit and its verdict."""

from __future__ import annotations

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from postil.core.text.uri import path_of
from postil.lsp.command_args import REQUEST_FAILED
from postil.lsp.features.fix_on_demand import GONE
from postil.lsp.features.verify import note
from postil.lsp.features.verify.search import consent, edit_of, search, troubles_answered, workspace_of
from postil.lsp.server import PostilServer
from postil.lsp.shapes import shaped
from postil.service.checks.editor_fix import verified_edit
from postil.service.checks.project import project_check
from postil.service.checks.tool_fix import ToolComplaint
from postil.service.config.workspace import FolderConfig
from postil.service.verify.events import Fixed


class _Target(msgspec.Struct):
    """What the fix is of: a test of a check, what another tool (`source`) says of a line, or a `note` of a review."""

    uri: str
    check: str = ""
    test: str = ""
    note: str = ""
    source: str = ""
    rule: str = ""
    message: str = ""
    line: int = 0


class _Data(msgspec.Struct):
    verify: _Target


async def resolve(server: PostilServer, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit, and with the verdict in its title. Raises JsonRpcException with a message if no fix
    holds. Other actions are returned unchanged."""
    data = shaped(action.data, _Data)
    if action.edit is not None or data is None:
        return action
    target, session = data.verify, server.open_session()
    document = session.documents.opened(target.uri)
    if document is None:
        raise JsonRpcException(GONE, REQUEST_FAILED)
    config = session.config_of(document.path)
    if target.note:
        return await note.resolve(server, config, document, action, target.note)
    fixed, why = await (_of_check if target.check else _of_tool)(server, config, target)
    if fixed is None:
        raise JsonRpcException(f"No fix that holds: {why}", REQUEST_FAILED)
    title = f"{action.title} ({verified_edit(fixed).words})"
    action.edit = await edit_of(server, fixed, title)
    action.title = title
    return action


async def _of_check(server: PostilServer, config: FolderConfig, target: _Target) -> tuple[Fixed | None, str]:
    session = server.open_session()
    with troubles_answered():
        check = project_check(config.settings, config.foreign_checks, workspace_of(config), target.check)
    await consent(server, check)
    looking = session.checks.fix_of(check, config, test=target.test)
    await search(server, f"Fixing {target.test or target.check}", looking.steps())
    ended = looking.ended
    return (ended.fixed, ended.words) if ended is not None else (None, "")


async def _of_tool(server: PostilServer, config: FolderConfig, target: _Target) -> tuple[Fixed | None, str]:
    workspace = workspace_of(config)
    complaint = ToolComplaint(target.source, path_of(target.uri), target.line, target.rule, target.message)
    looking = server.open_session().checks.tool_fix(complaint, workspace, config)
    await search(server, f"Fixing {target.source} {target.rule}".rstrip(), looking.steps())
    return looking.fixed, looking.why
