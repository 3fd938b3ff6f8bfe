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
# More than a message box holds; the rest shows once these are mended.
SHOWN_PROBLEMS = 5


def initialize(server: PostilServer, params: types.InitializeParams) -> None:
    server.abilities = ClientAbilities.of(params.capabilities)
    server.folder = folder_of(params)
    server.given = _plain(params.initialization_options)


def initialized(server: PostilServer, params: types.InitializedParams) -> None:
    session = server.open_session()
    apply_settings(server, server.given)
    session.ready()
    session.jobs.spawn(lambda: _configure(server))


async def _configure(server: PostilServer) -> None:
    if server.abilities.watch_configuration:
        registration = types.Registration("postil-configuration", types.WORKSPACE_DID_CHANGE_CONFIGURATION)
        await server.client_register_capability_async(types.RegistrationParams([registration]))
    await pull_settings(server)


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
    """The settings from all places, the client's last; what is wrong with them is told once."""
    from postil import logs
    from postil.service.config import load_settings, user_file

    session = server.open_session()
    client = given if isinstance(given, dict) else {}
    client = client.get(SECTION, client) if isinstance(client.get(SECTION), dict) else client
    loaded = load_settings(user_file=user_file(), workspace=server.folder, client=client)
    session.configure(loaded.settings)
    server.refused.clear()
    logs.set_up(loaded.settings.log_level)
    if loaded.problems != server.settings_problems:
        server.settings_problems = loaded.problems
        if loaded.problems:
            server.tell("settings: " + "; ".join(str(problem) for problem in loaded.problems[:SHOWN_PROBLEMS]))


def did_change_configuration(server: PostilServer, params: types.DidChangeConfigurationParams) -> None:
    session = server.open_session()
    pushed = _plain(params.settings)
    if isinstance(pushed, dict) and pushed:
        apply_settings(server, pushed)
    else:
        session.jobs.spawn(lambda: pull_settings(server))


def progress_cancel(server: PostilServer, params: types.WorkDoneProgressCancelParams) -> None:
    if server.session is not None:
        server.progress.cancelled(params.token)


async def shutdown(server: PostilServer, params: None) -> None:
    session, server.session = server.session, None
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
