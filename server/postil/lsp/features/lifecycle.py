"""initialize, initialized and shutdown, and the client's changes of settings, files and folders."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from postil.core.text.uri import path_of
from postil.logs import forward_privacy_warnings
from postil.lsp.capabilities import ClientCapabilities
from postil.lsp.from_lsp import folders_of, local, section_of
from postil.lsp.server import PostilServer
from postil.service.config.client import ClientConfig, changed

log = logging.getLogger(__name__)

SECTION = "postil"


def initialize(server: PostilServer, params: types.InitializeParams) -> None:
    server.capabilities = ClientCapabilities.of(params.capabilities)
    server.client_config = ClientConfig(folders_of(params), section_of(params.initialization_options))
    if params.process_id is not None:
        server.watch_client(params.process_id)


def initialized(server: PostilServer, params: types.InitializedParams) -> None:
    if server.initialized:
        log.warning("`initialized` was sent twice")
        return
    server.initialized = True
    session = server.open_session()
    server.stop_forwarding = forward_privacy_warnings(server.client.message)
    session.start(server.client_config, client_watches=server.capabilities.watch_files)
    # Concurrent, so that a client that never answers one of the requests doesn't delay the others.
    session.jobs.spawn(lambda: _register(server))
    session.jobs.spawn(lambda: _pull_settings(server))


async def _register(server: PostilServer) -> None:
    wanted: list[types.Registration] = []
    if server.capabilities.watch_configuration:
        wanted.append(types.Registration("postil-configuration", types.WORKSPACE_DID_CHANGE_CONFIGURATION))
    if server.capabilities.watch_files:
        session = server.open_session()
        indexed = session.indexes.globs() if "indexes" in session.__dict__ else ()
        wanted.append(_file_watching((*session.reloader.globs(), *indexed)))
    for registration in wanted:
        try:
            await server.client_register_capability_async(types.RegistrationParams([registration]))
        except JsonRpcException as error:
            log.warning("the client refuses to register %s: %s", registration.method, error)


def _file_watching(globs: Sequence[str]) -> types.Registration:
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(glob) for glob in globs])
    return types.Registration("postil-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)


async def _pull_settings(server: PostilServer) -> None:
    """Request the client's settings section, and with several folders also the section of each folder."""
    if not server.capabilities.configuration:
        return
    known = server.open_session().reloader.client.folders
    folders = known if len(known) > 1 else ()
    items = [types.ConfigurationItem(folder.as_uri() if folder else None, SECTION) for folder in (None, *folders)]
    server.settings_news += 1
    news = server.settings_news
    try:
        given = await server.workspace_configuration_async(types.ConfigurationParams(items))
    except JsonRpcException as error:
        log.warning("the client doesn't send its settings: %s", error)
        return
    answers = [section_of(answer) for answer in given or ()]
    # What was pushed, or asked for, since then is newer.
    if answers and answers[0] and news == server.settings_news:
        of_folder = {folder: answer for folder, answer in zip(folders, answers[1:], strict=False) if answer}
        _apply_settings(server, answers[0], of_folder)


def _apply_settings(
    server: PostilServer,
    section: Mapping[str, object],
    of_folder: Mapping[Path, Mapping[str, object]] | None = None,
) -> None:
    """Use new settings of the client, merged with those of all other sources."""
    session = server.open_session()
    session.client_changed(replace(session.reloader.client, section=section, of_folder=of_folder or {}))


def did_change_configuration(server: PostilServer, params: types.DidChangeConfigurationParams) -> None:
    pushed = section_of(params.settings)
    if pushed:
        server.settings_news += 1
        _apply_settings(server, pushed)
    else:
        server.open_session().jobs.spawn(lambda: _pull_settings(server))


def did_change_watched_files(server: PostilServer, params: types.DidChangeWatchedFilesParams) -> None:
    session = server.open_session()
    for change in params.changes:
        session.reloader.file_changed(path_of(change.uri))
        if "indexes" in session.__dict__:
            session.indexes.changed(path_of(change.uri))


def did_change_workspace_folders(server: PostilServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    session = server.open_session()
    client = session.reloader.client
    folders = changed(client.folders, local(params.event.added), local(params.event.removed))
    session.client_changed(replace(client, folders=folders))
    session.jobs.spawn(lambda: _pull_settings(server))


def progress_cancel(server: PostilServer, params: types.WorkDoneProgressCancelParams) -> None:
    server.client.cancel_progress(params.token)


async def shutdown(server: PostilServer, params: None) -> None:
    server.stop_forwarding()
    await server.close()
