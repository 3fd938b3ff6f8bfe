"""Logging of the process: stderr, one format, a level that may change while it runs."""

from __future__ import annotations

import logging
import sys

LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}


def set_up(level: str = "info") -> None:
    """Log to stderr (stdout belongs to the protocol). Calling it again only changes the level."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("postil").setLevel(LEVELS.get(level, logging.INFO))
    # pygls logs whole messages, source included, at debug and info.
    logging.getLogger("pygls").setLevel(logging.ERROR)
