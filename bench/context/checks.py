"""Whether a text is a program: by the language's own compiler where one is at hand, else by its grammar."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import warnings
from functools import cache
from pathlib import Path

from postil.core.syntax.tree import new_errors

SECONDS = 20.0
_IS_MODULE = re.compile(r"^(?:import|export)\b", re.MULTILINE)


def parses(old: str, new: str, language: str) -> bool:
    """Whether the text has no more errors than `old`, which is a program."""
    if new_errors(old, new, language):
        return False
    return _python(new) if language == "python" else True


def compiles(text: str, language: str) -> bool | None:
    """By a compiler, without what it imports; None where there is none: TypeScript's isn't set up, and no other one
    reads it."""
    if language == "python":
        return _python(text)
    if language == "go" and shutil.which("gofmt"):
        return _ends_well("gofmt", "-e", text=text)
    if language == "rust" and _has_rustfmt():
        # Reads with the compiler's own parser, and unlike it doesn't look for the modules of a lone file.
        return _ends_well("rustfmt", "--edition", "2024", text=text)
    if language == "javascript" and shutil.which("node"):
        with tempfile.TemporaryDirectory() as made:
            file = Path(made) / ("it.mjs" if _IS_MODULE.search(text) else "it.cjs")
            file.write_text(text, encoding="utf-8")
            return _ends_well("node", "--check", str(file))
    return None


@cache
def _has_rustfmt() -> bool:
    # rustup leaves a program of that name that only says what to install.
    return shutil.which("rustfmt") is not None and _ends_well("rustfmt", "--version")


def _python(text: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(text, "hole.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _ends_well(*command: str, text: str = "") -> bool:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=SECONDS)
    return done.returncode == 0
