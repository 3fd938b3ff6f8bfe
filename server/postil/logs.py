"""Logging: to stderr, in one format, with a level that may change while the process runs; without keys and source."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable

LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}
# Messages about where the user's code goes, which are shown to the user too.
PRIVACY = "postil.privacy"
HIDDEN = "***"

_hidden: set[str] = set()
# A key in a header, and a name with its password in an address.
_SHAPES = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\",;]+"), rf"\1 {HIDDEN}"),
    (re.compile(r"://[^\s/@]+@"), f"://{HIDDEN}@"),
)


def keep_out(secret: str) -> None:
    """Hide this text in every line of the log from now on."""
    if secret:
        _hidden.add(secret)


def redacted(text: str) -> str:
    """The text without keys: known ones, and what looks like one in a header or an address."""
    for secret in _hidden:
        text = text.replace(secret, HIDDEN)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


class _Redacting(logging.Formatter):
    """Redacts the formatted line, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def set_up(level: str = "info") -> None:
    """Log to stderr (stdout belongs to the protocol). A second call only changes the level."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("postil").setLevel(LEVELS.get(level, logging.INFO))
    # pygls logs whole messages, source included, at debug and info.
    logging.getLogger("pygls").setLevel(logging.ERROR)


def forward_privacy_warnings(show: Callable[[str], None]) -> Callable[[], None]:
    """Forwards `postil.privacy` warnings to `show`. Returns a function that detaches the handler."""

    class Forwarding(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            show(redacted(record.getMessage()))

    handler, logger = Forwarding(), logging.getLogger(PRIVACY)
    logger.addHandler(handler)
    return lambda: logger.removeHandler(handler)
