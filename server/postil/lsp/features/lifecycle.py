"""initialize … shutdown, and the settings that come from the client."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from lsprotocol import types

from postil.lsp.client_abilities import ClientAbilities
from postil.lsp.from_lsp import folder_of
from postil.lsp.server import PostilServer

log = logging.getLogger(__name__)

SECTION = "postil"


def initialize(server: PostilServer, params: types.InitializeParams) -> None:
    server.abilities = ClientAbilities.of(params.capabilities)
    server.folder = folder_of(params)
    server.given = _plain(params.initialization_options)


def initialized(server: PostilServer, params: types.InitializedParams) -> None:
    from postil.lsp.reloading import Reloading

    session = server.open_session()
    server.reloading = Reloading(server)
    apply_settings(server, server.given)
    session.ready()
    session.jobs.spawn(lambda: _configure(server))


async def _configure(server: PostilServer) -> None:
    if server.abilities.watch_configuration:
        registration = types.Registration("postil-configuration", types.WORKSPACE_DID_CHANGE_CONFIGURATION)
        await server.client_register_capability_async(types.RegistrationParams([registration]))
    if server.abilities.watch_files and server.folder is not None:
        await server.client_register_capability_async(types.RegistrationParams([_file_watching()]))
    await pull_settings(server)
    if server.reloading is not None:
        await server.reloading.watch()


def _file_watching() -> types.Registration:
    """The workspace's personas and settings. A folder that is deleted or renamed is told as itself alone."""
    from postil.service.baseline import FOLDER, NAME
    from postil.service.personas import SUFFIX, WORKSPACE_FOLDERS

    globs = ["**/postil.toml", "**/.postil", *(f"**/{folder}" for folder in WORKSPACE_FOLDERS)]
    globs += [f"**/{folder}/*{SUFFIX}" for folder in WORKSPACE_FOLDERS]
    globs.append(f"**/{FOLDER}/{NAME}")
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(glob) for glob in globs])
    return types.Registration("postil-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)


async def pull_settings(server: PostilServer) -> None:
    """Ask the client for its section, where it lets itself be asked."""
    if not server.abilities.configuration:
        return
    items = [types.ConfigurationItem(section=SECTION)]
    answers = await server.workspace_configuration_async(types.ConfigurationParams(items))
    given = _plain(answers[0]) if answers else None
    if isinstance(given, dict) and given:
        apply_settings(server, given)


def apply_settings(server: PostilServer, given: Any) -> None:
    """The client's settings, and those of all other places with them."""
    client = given if isinstance(given, dict) else {}
    section = client.get(SECTION)
    if section == []:
        # An empty table of Lua's.
        section = {}
    server.given = section if isinstance(section, dict) else client
    if server.reloading is not None:
        server.reloading.now()


def did_change_configuration(server: PostilServer, params: types.DidChangeConfigurationParams) -> None:
    session = server.open_session()
    pushed = _plain(params.settings)
    if isinstance(pushed, dict) and pushed:
        apply_settings(server, pushed)
    else:
        session.jobs.spawn(lambda: pull_settings(server))


def did_change_watched_files(server: PostilServer, params: types.DidChangeWatchedFilesParams) -> None:
    for change in params.changes:
        server.file_touched(change.uri)


def progress_cancel(server: PostilServer, params: types.WorkDoneProgressCancelParams) -> None:
    cancel = server.cancels.get(str(params.token))
    if cancel is not None:
        cancel()
    elif server.session is not None:
        server.progress.cancelled(params.token)


async def shutdown(server: PostilServer, params: None) -> None:
    session, server.session = server.session, None
    if server.reloading is not None:
        server.reloading.close()
    if session is not None:
        # The engine's child dies by a kill; a socket that doesn't close must not hold up the exit.
        await asyncio.wait_for(session.aclose(), timeout=5.0)


def _plain(value: Any) -> Any:
    """pygls' named tuples of unknown shape as dicts and lists."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
