"""`postil.fix`: runs the project's check, and looks for a fix in a file, in the changes or in the workspace."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TypedDict

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from postil.core.text.uri import path_of
from postil.lsp.command_args import REQUEST_FAILED, string_args
from postil.lsp.features.verify.search import consent, edit_of, search, troubles_answered, workspace_of
from postil.lsp.server import PostilServer
from postil.service.checks.editor_fix import verified_edit
from postil.service.checks.project import ProjectCheck, names, project_check
from postil.service.checks.unsaved import top_of
from postil.service.config.workspace import FolderConfig
from postil.service.verify.found import check_of
from postil.service.verify.look import Scope

FIX = "postil.fix"
CHANGES, WORKSPACE = "changes", "workspace"
NO_CHECK = "This project names no check, and none was found: set checks.NAME.command to the command that fails."


class FixOutcome(TypedDict):
    """`ending`: nothing, fixed, unfixed or flaky; the edit of a fix is offered to the editor. `words`: what it means,
    for the user."""

    check: str
    ending: str
    words: str


async def fix(server: PostilServer, *arguments: object) -> FixOutcome:
    """`postil.fix [what?, check?]`: `what` is a file's URI, "changes" or "workspace" (the default): where the defect
    may be. `check`: the name of one of the settings; without it all of them run until one fails, and without any the
    one that the project's files tell of. A fix is offered as an edit, under its verdict."""
    what, name = string_args(FIX, arguments, "what", "check", optional=2)
    what = what or WORKSPACE
    session = server.open_session()
    if what not in (CHANGES, WORKSPACE) and ":" not in what:
        raise JsonRpcInvalidParams(f"{FIX}: what is a file's URI, {CHANGES!r} or {WORKSPACE!r}")
    config = session.config_of(path_of(what)) if ":" in what else session.config.home
    scope = _scope(config, what)
    outcome: FixOutcome = {"check": "", "ending": "nothing", "words": ""}
    for check in _checks(config, name):
        await consent(server, check)
        looking = session.checks.fix_of(check, config, scope=scope)
        await search(server, f"Checking {check.name}", looking.steps())
        ended = looking.ended
        assert ended is not None
        outcome = {"check": check.name, "ending": ended.ending, "words": ended.words}
        if ended.fixed is not None:
            words = verified_edit(ended.fixed).words
            label = f"Postil: fix and verify ({words})"
            change = await edit_of(server, ended.fixed, label)
            if not server.capabilities.apply_edit:
                raise JsonRpcException(
                    "This editor takes no edits from a server (workspace/applyEdit).", REQUEST_FAILED
                )
            # The user looks at it as long as they like: what was asked for is done.
            session.jobs.spawn(partial(_offer, server, change, label))
            return {**outcome, "words": words}
        if ended.ending != "nothing":
            break
    server.client.message(outcome["words"], error=outcome["ending"] != "nothing")
    return outcome


def _scope(config: FolderConfig, what: str) -> Scope:
    paths = (Path(os.path.realpath(path_of(what))),) if ":" in what else ()
    return Scope(paths, "HEAD" if what == CHANGES else None, config.settings.review.exclude)


def _checks(config: FolderConfig, name: str | None) -> list[ProjectCheck]:
    """The checks to run. Raises JsonRpcException when there is none."""
    workspace = workspace_of(config)
    wanted = (name,) if name is not None else names(config.settings)
    with troubles_answered():
        checks = [project_check(config.settings, config.foreign_checks, workspace, one) for one in wanted]
    if checks:
        return checks
    workspace = workspace.resolve()
    found = check_of(workspace, top_of(workspace))
    if found is None:
        raise JsonRpcException(NO_CHECK, REQUEST_FAILED)
    # Nobody has named it, so it needs a yes like a stranger's.
    return [ProjectCheck("project", found[0], top_of(workspace), found[1], users=False)]


async def _offer(server: PostilServer, change: types.WorkspaceEdit, label: str) -> None:
    answer = await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(change, label))
    if not answer.applied and answer.failure_reason:
        server.client.message(f"the editor has not made the edit: {answer.failure_reason}")
