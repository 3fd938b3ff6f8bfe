"""Which MCP servers there are: the user's own, and those that a trusted workspace names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from postil.core.text.jsonc import plain_json
from postil.core.text.plain import one_line
from postil.service.config.toml_file import ConfigProblem, read_text
from postil.settings import McpServerSettings, Settings

# A workspace that names more is no workspace that somebody has set up by hand.
MOST_SERVERS = 50
MOST_VALUES = 100

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]{0,63}")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_ENVIRONMENT = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

# user: it needs no further yes. workspace: a file of the workspace names it. client: an editor has passed it on (ACP).
Source = Literal["user", "workspace", "client"]


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """A server: with a `command` it is started, else it is at `url`. Variables (`${env:NAME}`) aren't replaced yet.
    `workspace`: whose folder they and `cwd` mean. `file`: what names it. `tools`: globs of those that are offered."""

    name: str
    source: Source
    file: str
    workspace: Path | None = None
    command: str = ""
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    cwd: str = ""
    url: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    tools: tuple[str, ...] = ("*",)
    timeout: float = 120.0
    allow_http: bool = False
    disabled: bool = False

    @property
    def line(self) -> str:
        """What would be started or connected to, whole, as one line for people."""
        if self.url:
            return " ".join(_shown(part) for part in (self.url, *(f"{key}: {value}" for key, value in self.headers)))
        environment = (f"{key}={value}" for key, value in self.env)
        return " ".join(_shown(part) for part in (*environment, self.command, *self.args))


class ServerTrouble(Exception):
    """A server can't be used. The message is a sentence with the next step."""


@dataclass(frozen=True, slots=True)
class Configured:
    """The servers, each name once, and what is wrong with others."""

    servers: tuple[ServerConfig, ...] = ()
    problems: tuple[ConfigProblem, ...] = ()


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"kind": "type"}):
    """A server in a workspace's file. `type` and `envFile` are other programs' keys."""

    kind: Literal["stdio", "http", "streamable-http", "sse"] | None = None
    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    cwd: str = ""
    url: str = ""
    headers: dict[str, str] = {}
    tools: tuple[str, ...] = ("*",)
    disabled: bool = False


_KEYS = ", ".join(field.encode_name for field in msgspec.structs.fields(_Strict))


class _McpJson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"servers": "mcpServers"}):
    """`.mcp.json`."""

    servers: dict[str, msgspec.Raw] = {}


class _VsCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`.vscode/mcp.json`. `inputs` are questions that VS Code asks: a server that wants one isn't used."""

    servers: dict[str, msgspec.Raw] = {}
    inputs: msgspec.Raw = msgspec.Raw(b"[]")


# The first file that has a name wins.
WORKSPACE_FILES: Mapping[str, type[_McpJson] | type[_VsCode]] = {".mcp.json": _McpJson, ".vscode/mcp.json": _VsCode}


def configured(settings: Settings, workspace: Path | None) -> Configured:
    """The user's servers, and those of the workspace if it is trusted; a name of the user's wins."""
    problems: list[ConfigProblem] = []
    found = {name: _of_user(name, one, workspace) for name, one in settings.mcp_servers.items()}
    if workspace is not None and settings.trust_workspace:
        workspace = Path(os.path.realpath(workspace))
        for file in WORKSPACE_FILES:
            for one in _of_file(workspace, file, problems):
                if one.name in found:
                    where = found[one.name].file
                    problems.append(ConfigProblem(one.file, one.name, f"not used: {where} has a server of that name"))
                else:
                    found[one.name] = one
    good: list[ServerConfig] = []
    for one in found.values():
        if why := wrong(one):
            problems.append(ConfigProblem(one.file, one.name, why))
        else:
            good.append(one)
    return Configured(tuple(good), tuple(problems))


def wrong(config: ServerConfig) -> str:
    """Why a server can't be used as it is written, with what to change; "" if it can."""
    if not config.command and not config.url:
        return "it has neither a command nor a url: set one of them"
    if config.command and config.url:
        return "it has a command and a url: set one of them"
    if config.url and (why := _wrong_url(config)):
        return why
    parts = (config.command, *config.args, config.cwd, config.url, *_texts(config.env), *_texts(config.headers))
    if any("\0" in part or "\n" in part or "\r" in part for part in parts):
        return "a value has a line end or a null character in it: take it out"
    for name in (match for part in parts for match in _VARIABLE.findall(part)):
        if name != "workspaceFolder" and not _ENVIRONMENT.fullmatch(name):
            return (
                f"${{{one_line(name)[:80]}}} isn't known: only ${{workspaceFolder}} and ${{env:NAME}} are replaced,"
                " write the value or one of these"
            )
    return ""


def expanded(config: ServerConfig, environment: Mapping[str, str]) -> ServerConfig:
    """The server with its variables replaced, and its folder. Raises ServerTrouble."""
    if why := wrong(config):
        raise ServerTrouble(f"{config.name}: {why}")

    def value(match: re.Match[str]) -> str:
        if match[1] == "workspaceFolder":
            if config.workspace is None:
                raise ServerTrouble(
                    f"{config.name}: there is no workspace here for ${{workspaceFolder}}: open a folder"
                )
            return str(config.workspace)
        name = match[1].removeprefix("env:")
        if name not in environment:
            raise ServerTrouble(f"{config.name}: the environment variable {name} isn't set: set it and start again")
        return environment[name]

    def full(text: str) -> str:
        return _VARIABLE.sub(value, text)

    cwd = full(config.cwd)
    if not config.url:
        folder = (config.workspace or Path.home()) / Path(cwd).expanduser()
        if not folder.is_dir():
            raise ServerTrouble(f"{config.name}: cwd: there is no folder {folder}")
        cwd = str(folder)
    done = replace(
        config,
        command=full(config.command),
        args=tuple(full(one) for one in config.args),
        env=tuple((key, full(one)) for key, one in config.env),
        cwd=cwd,
        url=full(config.url),
        headers=tuple((key, full(one)) for key, one in config.headers),
    )
    # What a variable holds may be another address than the one that was looked at.
    if done.url and (why := _wrong_url(done)):
        raise ServerTrouble(f"{config.name}: {why}")
    return done


def _wrong_url(config: ServerConfig) -> str:
    if "${" in "/".join(config.url.split("/")[:3]):
        # Looked at once it is replaced.
        return ""
    try:
        parts = urlsplit(config.url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return f"{_shown(config.url)} is no address: write https://host/path"
    if parts.scheme not in ("http", "https") or not host:
        return f"{_shown(config.url)} is no address of a server: write https://host/path"
    if parts.username or parts.password:
        return "a name or a password in the url: put it into headers, as ${env:NAME}"
    if parts.scheme == "http" and host not in _LOOPBACK and not config.allow_http:
        return "unencrypted HTTP to another machine: use https, or set allow_http in your own settings"
    return ""


def _of_user(name: str, one: McpServerSettings, workspace: Path | None) -> ServerConfig:
    return ServerConfig(
        name,
        "user",
        "your postil.toml",
        Path(os.path.realpath(workspace)) if workspace is not None else None,
        one.command,
        one.args,
        tuple(sorted(one.env.items())),
        one.cwd,
        one.url,
        tuple(sorted(one.headers.items())),
        one.tools,
        one.timeout,
        one.allow_http,
        one.disabled,
    )


def _of_file(workspace: Path, name: str, problems: list[ConfigProblem]) -> Iterator[ServerConfig]:
    path = workspace / name
    text = read_text(path, problems)
    if text is None:
        return
    try:
        servers = msgspec.json.decode(plain_json(text), type=WORKSPACE_FILES[name]).servers
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        problems.append(ConfigProblem(str(path), "", f"not used: {_words(error)}"))
        return
    if len(servers) > MOST_SERVERS:
        problems.append(ConfigProblem(str(path), "", f"only the first {MOST_SERVERS} servers count: name fewer"))
    for server, raw in list(servers.items())[:MOST_SERVERS]:
        if not _NAME.fullmatch(server):
            said = "a name is up to 64 letters, digits, spaces, '-', '_' and '.'"
            problems.append(ConfigProblem(str(path), one_line(server)[:80], f"not used: {said}"))
            continue
        try:
            yield _of_entry(workspace, path, server, msgspec.json.decode(raw, type=_Strict))
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            problems.append(ConfigProblem(str(path), server, f"not used: {_words(error)}"))


def _of_entry(workspace: Path, path: Path, name: str, one: _Strict) -> ServerConfig:
    """Raises ValueError with the reason."""
    if one.kind == "sse":
        raise ValueError("the transport sse is gone from the protocol: use the server's http address (type http)")
    if one.kind == "stdio" and not one.command:
        raise ValueError("type stdio needs a command")
    if max(len(one.args), len(one.env), len(one.headers), len(one.tools)) > MOST_VALUES:
        raise ValueError(f"more than {MOST_VALUES} values: name fewer")
    env, headers = tuple(sorted(one.env.items())), tuple(sorted(one.headers.items()))
    return ServerConfig(
        name, "workspace", str(path), workspace, one.command, one.args, env, one.cwd, one.url, headers, one.tools,
        disabled=one.disabled,
    )  # fmt: skip


def _words(error: Exception) -> str:
    words = one_line(str(error))[:200]
    unknown = re.match(r"Object contains unknown field `(.*?)`(?! - at)", words)
    return f"unknown key {unknown[1]}: use {_KEYS}" if unknown else words


def _texts(pairs: tuple[tuple[str, str], ...]) -> Iterator[str]:
    return (text for pair in pairs for text in pair)


def _shown(part: str) -> str:
    """A part of a line: quoted where it isn't one word, so that two lines never look alike."""
    return part if re.fullmatch(r"[\w@%+=:,./${}-]+", part, re.ASCII) else ascii(part)
