"""An exception that nobody foresaw, as an error of the engine's: status and message show it like those."""

from __future__ import annotations

from postil.core.text.plain import one_line
from postil.engine.base import EngineRefused
from postil.logs import redacted

# Of an exception's own words, which may hold a whole answer of a server.
_SHOWN = 200


def unexpected(error: Exception) -> EngineRefused:
    words = one_line(redacted(str(error)))[:_SHOWN]
    what = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return EngineRefused(f"Postil failed ({what}). The traceback is in its log: please report it.")
