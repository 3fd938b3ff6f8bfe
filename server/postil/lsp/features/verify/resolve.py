"""codeAction/resolve of "fix and verify": looks for the fix, and gives the action its edit and its verdict."""

from __future__ import annotations

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from postil.lsp.command_args import REQUEST_FAILED
from postil.lsp.features.fix_on_demand import GONE
from postil.lsp.features.verify.search import consent, edit_of, search, troubles_answered, workspace_of
from postil.lsp.server import PostilServer
from postil.lsp.shapes import shaped
from postil.service.checks.editor_fix import EditorFix, verified_edit
from postil.service.checks.project import project_check
from postil.service.config.workspace import FolderConfig


class _Target(msgspec.Struct):
    """What the fix is of: a test of a check."""

    uri: str
    check: str = ""
    test: str = ""


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
    workspace_of(config)
    fix = await _of_check(server, config, target)
    ended = await search(server, f"Fixing {target.test or target.check}", fix)
    if ended.fixed is None:
        raise JsonRpcException(f"No fix that holds: {ended.words}", REQUEST_FAILED)
    title = f"{action.title} ({verified_edit(ended.fixed).words})"
    action.edit = await edit_of(server, ended.fixed, title)
    action.title = title
    return action


async def _of_check(server: PostilServer, config: FolderConfig, target: _Target) -> EditorFix:
    session = server.open_session()
    with troubles_answered():
        check = project_check(config.settings, config.foreign_checks, workspace_of(config), target.check)
    await consent(server, check)
    return session.checks.fix_of(check, config, test=target.test)
