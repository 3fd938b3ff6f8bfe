"""Which servers of a workspace the user has said yes to: one small file for each, in the user's state folder.

A file's name is a digest of the workspace, the server's name and its whole line (command, arguments, environment and
folder, or address and headers), so that another line is asked about again. Nothing in a workspace can name, write or
move these files.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import platformdirs

from postil import private
from postil.service.mcp.config import ServerConfig


def may_start(config: ServerConfig) -> bool:
    """Whether it may be started: the user or their editor names it, or they have said yes to it."""
    return config.source != "workspace" or file_of(config).is_file()


def accept(config: ServerConfig) -> None:
    """Remember the user's yes. Raises OSError."""
    file = file_of(config)
    private.folder(file.parent)
    with open(file, "w", encoding="utf-8", errors="surrogatepass", opener=private.opener) as out:
        # For people who look what they have agreed to; only the name counts.
        out.write(f"{config.file}\n{config.name}\n{config.line}\n")


def revoke(config: ServerConfig) -> bool:
    """Forget the yes; False if there was none. Raises OSError."""
    file = file_of(config)
    if not file.is_file():
        return False
    file.unlink(missing_ok=True)
    return True


def question(config: ServerConfig) -> str:
    """What the user is asked, with the whole line."""
    if config.url:
        what = f"It is sent what a model asks it, and what it answers is read by the model. `{config.line}`"
    else:
        where = config.cwd or "the workspace"
        what = f"It is started with your rights, outside of any sandbox, in {where}: `{config.line}`"
    return f"{config.file} names the MCP server {config.name!r}. {what}"


def digest_of(config: ServerConfig) -> str:
    """Of all that decides what is started or connected to, and where it is named."""
    said = (
        str(config.workspace),
        config.name,
        config.command,
        config.args,
        config.env,
        config.cwd,
        config.url,
        config.headers,
    )
    # Of two different lines the text is never the same, and a path may hold bytes that are no text.
    return sha256(ascii(said).encode("ascii")).hexdigest()


def file_of(config: ServerConfig) -> Path:
    """Where a yes is kept."""
    return platformdirs.user_state_path("postil", appauthor=False) / "mcp" / digest_of(config)
