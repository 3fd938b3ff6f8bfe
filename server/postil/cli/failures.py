"""What nobody foresaw: the user gets one sentence, and the traceback goes to a file that they can send us."""

from __future__ import annotations

import platform
import sys
import traceback
from pathlib import Path

from postil import __version__, private
from postil.core.text.plain import one_line, plain
from postil.engine.download.store import cache_dir
from postil.logs import redacted

# Of an exception's own words, which may hold a whole answer of a server.
_SHOWN = 200


def failed(error: BaseException) -> None:
    """Tell the user of an exception that no code of ours raises on purpose."""
    words = one_line(redacted(str(error)))[:_SHOWN]
    what = f"{type(error).__name__}: {words}" if words else type(error).__name__
    path = cache_dir() / "failure.log"
    try:
        _write(path, error)
        place = f"The traceback is in {path}: please report it with that file."
    except OSError as refused:
        place = f"The traceback can't be written to {path} ({refused.strerror or refused})."
    print(plain(f"postil: unexpected failure ({what}). {place}"), file=sys.stderr)


def _write(path: Path, error: BaseException) -> None:
    private.folder(path.parent)
    head = f"postil {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n"
    text = redacted(head + "".join(traceback.format_exception(error)))
    with open(path, "w", encoding="utf-8", errors="backslashreplace", opener=private.opener) as file:
        file.write(text)
