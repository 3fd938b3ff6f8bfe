"""MCP servers in the terminal and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from postil.core.text.plain import plain
from postil.service.config.toml_file import ConfigProblem
from postil.service.mcp.accepted import may_start
from postil.service.mcp.config import ServerConfig

State = Literal["ready", "needs your yes", "disabled"]


@dataclass(frozen=True, slots=True)
class Tried:
    """What a server that was connected to says of itself. Of tools: name, and for people what the server says of it."""

    protocol: str
    title: str
    seconds: float
    tools: tuple[tuple[str, str], ...]
    prompts: tuple[str, ...]
    resources: tuple[str, ...]
    troubles: tuple[str, ...]
    log: tuple[str, ...]


def state_of(config: ServerConfig) -> State:
    if config.disabled:
        return "disabled"
    return "ready" if may_start(config) else "needs your yes"


def server_json(config: ServerConfig) -> dict[str, object]:
    return {
        "name": config.name,
        "state": state_of(config),
        "source": config.source,
        "file": config.file,
        "line": config.line,
        "tools": list(config.tools),
    }


def problem_json(problem: ConfigProblem) -> dict[str, object]:
    return {"file": problem.source, "name": problem.key, "problem": problem.message}


def print_servers(console: Console, servers: tuple[ServerConfig, ...]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("server", "state", "named by", "what is started or connected to"):
        table.add_column(title, overflow="fold")
    for one in servers:
        table.add_row(*(Text(plain(cell)) for cell in (one.name, state_of(one), one.file, one.line)))
    console.print(table)


def tried_json(config: ServerConfig, tried: Tried) -> dict[str, object]:
    return {
        **server_json(config),
        "protocol": tried.protocol,
        "title": tried.title,
        "seconds": round(tried.seconds, 3),
        "tools": [{"name": name, "description": words} for name, words in tried.tools],
        "prompts": list(tried.prompts),
        "resources": list(tried.resources),
        "troubles": list(tried.troubles),
        "log": list(tried.log),
    }


def print_tried(console: Console, config: ServerConfig, tried: Tried) -> None:
    head = f"{config.name}: {tried.title or 'a server'}, protocol {tried.protocol}, {tried.seconds:.1f} s"
    console.print(Text(plain(head), style="bold"))
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for name, words in tried.tools:
        table.add_row(Text(plain(name), style="cyan"), Text(plain(words)))
    console.print(table)
    for what, names in (("prompts", tried.prompts), ("resources", tried.resources)):
        if names:
            console.print(Text(plain(f"{what}: {', '.join(names)}")))
    for words in tried.troubles:
        console.print(Text(plain(words), style="yellow"))
