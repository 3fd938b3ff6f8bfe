"""Logging of the process: stderr, one format, a level that may change while it runs; no keys, and no source."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable

LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}
# What is for the user's eyes too: where their code goes.
PRIVACY = "postil.privacy"
HIDDEN = "***"

_kept_out: set[str] = set()
# A key in a header, and a name with its password in an address.
_SHAPES = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\",;]+"), rf"\1 {HIDDEN}"),
    (re.compile(r"://[^\s/@]+@"), f"://{HIDDEN}@"),
)


def keep_out(secret: str) -> None:
    """From now on no line of the log shows this."""
    if secret:
        _kept_out.add(secret)


def redacted(text: str) -> str:
    """The text without keys: those that are known, and what looks like one in a header or an address."""
    for secret in _kept_out:
        text = text.replace(secret, HIDDEN)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


class _Redacting(logging.Formatter):
    """After everything else is formatted, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def set_up(level: str = "info") -> None:
    """Log to stderr (stdout belongs to the protocol). Calling it again only changes the level."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("postil").setLevel(LEVELS.get(level, logging.INFO))
    # pygls logs whole messages, source included, at debug and info.
    logging.getLogger("pygls").setLevel(logging.ERROR)


def forward_privacy_warnings(tell: Callable[[str], None]) -> Callable[[], None]:
    """Pass the warnings of the logger `postil.privacy` on to the user; the answer detaches the handler."""

    class Telling(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell(redacted(record.getMessage()))

    handler, logger = Telling(), logging.getLogger(PRIVACY)
    logger.addHandler(handler)
    return lambda: logger.removeHandler(handler)
