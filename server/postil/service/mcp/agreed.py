"""To which definitions of tools the user has said yes: of each tool a digest, one private file for each server."""

from __future__ import annotations

from pathlib import Path

import msgspec
import platformdirs

from postil import private
from postil.service.mcp.accepted import digest_of
from postil.service.mcp.config import ServerConfig
from postil.service.mcp.listing import RemoteTool
from postil.service.workspace.atomic import write_whole

_MOST_BYTES = 1 << 20


class Agreed:
    """Of one server, by the line that starts it: another line is another server."""

    def __init__(self, config: ServerConfig) -> None:
        folder = platformdirs.user_state_path("postil", appauthor=False) / "mcp-tools"
        self._file: Path = folder / digest_of(config)
        self._digests = self._read()

    def agreed(self, tool: RemoteTool) -> bool:
        """Whether the user has said yes to this very definition."""
        return self._digests.get(tool.name) == tool.digest

    def changed(self, tool: RemoteTool) -> bool:
        """Whether they have said yes to another one."""
        return tool.name in self._digests and not self.agreed(tool)

    def agree(self, tool: RemoteTool) -> None:
        """Remember the yes. Raises OSError."""
        self._digests = {**self._read(), tool.name: tool.digest}
        private.folder(self._file.parent)
        write_whole(self._file, msgspec.json.encode(self._digests).decode(), private=True)

    def _read(self) -> dict[str, str]:
        try:
            if self._file.stat().st_size > _MOST_BYTES:
                return {}
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, str])
        except (OSError, msgspec.MsgspecError):
            # Without it the user is asked again.
            return {}
