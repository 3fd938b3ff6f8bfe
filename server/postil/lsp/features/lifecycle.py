"""initialize … shutdown, and the settings that come from the client."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from postil.logs import forward_privacy_warnings
from postil.lsp.capabilities import ClientCapabilities
from postil.lsp.from_lsp import folders_of, local, path_of
from postil.lsp.server import PostilServer
from postil.service.config.client import ClientConfig, changed, innermost

log = logging.getLogger(__name__)

SECTION = "postil"


def initialize(server: PostilServer, params: types.InitializeParams) -> None:
    server.capabilities = ClientCapabilities.of(params.capabilities)
    server.client_config = ClientConfig(folders_of(params), _section(params.initialization_options))
    if params.process_id is not None:
        server.watch_client(params.process_id)


def initialized(server: PostilServer, params: types.InitializedParams) -> None:
    from postil.lsp.reloading import Reloading

    if server.reloading is not None:
        log.warning("`initialized` has come twice")
        return
    session = server.open_session()
    server.untold = forward_privacy_warnings(server.tell)
    server.reloading = Reloading(server)
    server.reloading.now()
    session.ready()
    # Side by side: a client that never answers one of them must not hold up the others.
    session.jobs.spawn(lambda: _register(server))
    session.jobs.spawn(lambda: pull_settings(server))
    session.jobs.spawn(server.reloading.watch)


async def _register(server: PostilServer) -> None:
    wanted = []
    if server.capabilities.watch_configuration:
        wanted.append(types.Registration("postil-configuration", types.WORKSPACE_DID_CHANGE_CONFIGURATION))
    if server.capabilities.watch_files:
        wanted.append(_file_watching())
    for registration in wanted:
        try:
            await server.client_register_capability_async(types.RegistrationParams([registration]))
        except JsonRpcException as error:
            log.warning("the client doesn't watch for %s: %s", registration.method, error)


def _file_watching() -> types.Registration:
    """The workspace's personas and settings. A folder that is deleted or renamed is told as itself alone."""
    from postil.service.personas.load import SUFFIX, WORKSPACE_FOLDERS
    from postil.service.review.baseline import FOLDER, NAME

    globs = ["**/postil.toml", "**/.postil", *(f"**/{folder}" for folder in WORKSPACE_FOLDERS)]
    globs += [f"**/{folder}/*{SUFFIX}" for folder in WORKSPACE_FOLDERS]
    globs.append(f"**/{FOLDER}/{NAME}")
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(glob) for glob in globs])
    return types.Registration("postil-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)


async def pull_settings(server: PostilServer) -> None:
    """Ask the client for its section, where it lets itself be asked; of several folders for that of each too."""
    if not server.capabilities.configuration:
        return
    folders = server.client_config.folders if len(server.client_config.folders) > 1 else ()
    items = [types.ConfigurationItem(folder.as_uri() if folder else None, SECTION) for folder in (None, *folders)]
    try:
        given = await server.workspace_configuration_async(types.ConfigurationParams(items))
    except JsonRpcException as error:
        log.warning("the client doesn't say its settings: %s", error)
        return
    answers = [_section(answer) for answer in given or ()]
    if answers and answers[0]:
        of_folder = {folder: answer for folder, answer in zip(folders, answers[1:], strict=False) if answer}
        apply_settings(server, answers[0], of_folder)


def apply_settings(
    server: PostilServer, section: dict[str, Any], of_folder: dict[Path, dict[str, Any]] | None = None
) -> None:
    """The client's settings, and those of all other places with them."""
    server.client_config = replace(server.client_config, section=section, of_folder=of_folder or {})
    if server.reloading is not None:
        server.reloading.now()


def did_change_configuration(server: PostilServer, params: types.DidChangeConfigurationParams) -> None:
    session = server.open_session()
    pushed = _section(params.settings)
    if pushed:
        apply_settings(server, pushed)
    else:
        session.jobs.spawn(lambda: pull_settings(server))


def did_change_watched_files(server: PostilServer, params: types.DidChangeWatchedFilesParams) -> None:
    for change in params.changes:
        server.file_touched(change.uri)


def did_change_workspace_folders(server: PostilServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    session = server.open_session()
    before = server.client_config.folders
    server.client_config = replace(
        server.client_config, folders=changed(before, local(params.event.added), local(params.event.removed))
    )
    if server.reloading is not None:
        server.reloading.moved()
    for uri in list(server.unopened):
        # Nobody has opened them: with their folder they are gone from the window.
        path = path_of(uri)
        if innermost(before, path) is not None and innermost(server.client_config.folders, path) is None:
            del server.unopened[uri]
            if uri not in server.workspace.text_documents:
                session.closed(uri)
    session.jobs.spawn(lambda: pull_settings(server))


def progress_cancel(server: PostilServer, params: types.WorkDoneProgressCancelParams) -> None:
    cancel = server.cancels.get(str(params.token))
    if cancel is not None:
        cancel()
    elif server.session is not None:
        server.progress.cancelled(params.token)


async def shutdown(server: PostilServer, params: None) -> None:
    from postil.lsp.rpc.stream import close

    if server.reloading is not None:
        server.reloading.close()
    server.untold()
    await close(server)


def _section(given: Any) -> dict[str, Any]:
    """Our section of the client's settings, which may be given as itself."""
    plain = _plain(given)
    if not isinstance(plain, dict):
        return {}
    inner = plain.get(SECTION)
    if inner == []:
        # An empty table of Lua's.
        return {}
    return inner if isinstance(inner, dict) else plain


def _plain(value: Any) -> Any:
    """pygls' named tuples of unknown shape as dicts and lists."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
