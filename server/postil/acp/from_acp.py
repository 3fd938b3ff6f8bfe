"""What an editor sends, as the conversation takes it: words, texts beside them, MCP servers."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import unquote, urlsplit

from acp import schema
from postil.service.agent.session.live import Attached
from postil.service.mcp.config import MOST_SERVERS, ServerConfig, wrong
from postil.service.workspace.files import refusal

log = logging.getLogger(__name__)

Block: TypeAlias = (
    schema.TextContentBlock
    | schema.ImageContentBlock
    | schema.AudioContentBlock
    | schema.ResourceContentBlock
    | schema.EmbeddedResourceContentBlock
)
AcpServer: TypeAlias = schema.HttpMcpServer | schema.SseMcpServer | schema.AcpMcpServer | schema.McpServerStdio

# Files of one prompt; an editor attaches what the user has named.
_MOST_ATTACHED = 50
# Where a server is named that an editor has passed on.
_FILE = "the editor's settings"


class Unusable(Exception):
    """A prompt that can't be read. The message is for the user."""


@dataclass(frozen=True, slots=True)
class Words:
    """A prompt. `named`: the files that the user has shown, absolute."""

    text: str
    attached: tuple[Attached, ...] = ()
    named: tuple[Path, ...] = ()


def words_of(blocks: Sequence[Block], folder: Path, exclude: Sequence[str] = ()) -> Words:
    """Reads the names of files, not the files. Raises Unusable."""
    text: list[str] = []
    attached: list[Attached] = []
    named: list[Path] = []
    for block in blocks:
        match block:
            case schema.TextContentBlock():
                text.append(block.text)
            case schema.ResourceContentBlock():
                path, name = _place(block.uri, folder)
                named += [path] if path is not None else []
                _mention(text, name)
            case schema.EmbeddedResourceContentBlock():
                path, name = _place(block.resource.uri, folder)
                _mention(text, name)
                if isinstance(block.resource, schema.BlobResourceContents):
                    raise Unusable(f"{name} isn't text: only text can be read")
                reason = refusal(path.as_uri(), folder, exclude) if path is not None else None
                if reason is not None:
                    raise Unusable(f"{name} is never shown to a model: {reason}")
                named += [path] if path is not None else []
                attached.append(Attached(name, block.resource.text))
            case schema.ImageContentBlock():
                raise Unusable("Postil's models read no images: describe what it shows")
            case schema.AudioContentBlock():
                raise Unusable("Postil's models hear no audio: write what it says")
    if len(attached) > _MOST_ATTACHED:
        raise Unusable(f"{len(attached)} files are too many for one prompt: name the folder")
    whole = "".join(text).strip()
    if not whole:
        raise Unusable("there is nothing to answer: write something")
    return Words(whole, tuple(attached), tuple(named))


def servers_of(given: Sequence[AcpServer], folder: Path) -> tuple[ServerConfig, ...]:
    """Those that can be used as they are. They may hold keys."""
    found: dict[str, ServerConfig] = {}
    for one in given:
        match one:
            case schema.McpServerStdio():
                env = tuple((pair.name, pair.value) for pair in one.env)
                config = ServerConfig(
                    one.name, "client", _FILE, folder, command=one.command, args=tuple(one.args), env=env
                )
            case schema.HttpMcpServer():
                headers = tuple((pair.name, pair.value) for pair in one.headers)
                config = ServerConfig(one.name, "client", _FILE, folder, url=one.url, headers=headers)
            case schema.SseMcpServer() | schema.AcpMcpServer():
                # Postil hasn't said that it can: the one came before streamable HTTP, the other is this connection.
                log.info("an MCP server of a kind that isn't supported: %s", one.name)
                continue
        if why := wrong(config):
            log.warning("the editor's MCP server %s isn't used: %s", one.name, why)
        else:
            found.setdefault(config.name, config)
    return tuple(found.values())[:MOST_SERVERS]


def settings_of(meta: Mapping[str, object]) -> Mapping[str, object] | None:
    """The user's settings in an editor of ours, as the language server takes them: `{"postil": {"settings": {…}}}`.
    What they hold is checked where settings are read."""
    own = meta.get("postil")
    found = cast("Mapping[str, object]", own).get("settings") if isinstance(own, dict) else None
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else None


def _place(uri: str, folder: Path) -> tuple[Path | None, str]:
    """A file and how it is named to the model; no path for another address."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None, uri[:200]
    if parts.scheme not in ("file", "") or "\0" in unquote(parts.path):
        return None, uri[:200]
    raw = unquote(parts.path)
    # file:///C:/x
    raw = raw[1:] if os.name == "nt" and raw[2:3] == ":" else raw
    path = Path(os.path.realpath(folder / raw))
    inside = folder in path.parents
    name = path.relative_to(folder).as_posix() if inside else str(path)
    lines = parts.fragment if parts.fragment.startswith("L") else ""
    return path, f"{name}#{lines}" if lines else name


def _mention(text: list[str], name: str) -> None:
    """Editors put a file where it stands among the words."""
    space = "" if not text or text[-1][-1:] in ("", " ", "\n", "(", '"') else " "
    text.append(f"{space}`{name}` ")
