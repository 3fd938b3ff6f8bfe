"""The changed lines of files, from git."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from postil.core.review.finding import Span
from postil.service.workspace.git import NoChanges, git, no_filters

# The span of an untracked file: all its lines, however many there are.
WHOLE_FILE = Span(0, 1 << 30)

_HUNK = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")
_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """The changed lines of a file, in its new text. An empty span marks a place where lines were only removed."""

    path: Path
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """The changed files, sorted by path. `top`: the work tree's top folder."""

    top: Path
    files: tuple[ChangedFile, ...]


async def changed_lines(root: Path, rev: str | None = None, *, staged: bool = False) -> Changes | NoChanges:
    """The lines that differ between `rev` (default: HEAD) and the work tree, including untracked files. `staged`:
    between `rev` and the index."""
    top = await git(root, "rev-parse", "--show-toplevel")
    if isinstance(top, NoChanges):
        return top
    folder = Path(os.fsdecode(top.rstrip(b"\r\n")))
    base = await _resolve(root, rev or "HEAD")
    if isinstance(base, NoChanges):
        return base
    options = [
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--unified=0",
        "--find-renames",
        "--diff-filter=ACMRT",
    ]
    options += ["--src-prefix=a/", "--dst-prefix=b/", "--no-relative", "--ignore-submodules=all"]
    quiet = await no_filters(root)
    if isinstance(quiet, NoChanges):
        return quiet
    where = ["--cached"] if staged else []
    diff = await git(root, "-c", "core.quotepath=off", "diff", *options, *where, base, "--", config=quiet)
    if isinstance(diff, NoChanges):
        return diff
    found = {path: tuple(spans) for path, spans in _spans(diff)}
    if not staged:
        new = await git(folder, "ls-files", "--others", "--exclude-standard", "--full-name", "-z")
        if isinstance(new, NoChanges):
            return new
        found |= {name: (WHOLE_FILE,) for name in new.split(b"\0") if name}
    files = [ChangedFile(folder / os.fsdecode(name), spans) for name, spans in found.items()]
    return Changes(folder, tuple(sorted(files, key=lambda file: file.path)))


async def staged_bytes(top: Path, path: Path) -> bytes | NoChanges:
    """A file's content in the index, which may differ from the file on disk."""
    return await git(top, "cat-file", "blob", f":{path.relative_to(top).as_posix()}")


async def _resolve(root: Path, rev: str) -> str | NoChanges:
    """A revision's object name. In a repository without commits, HEAD is the empty tree."""
    if "\0" in rev:
        return _unknown(rev)
    found = await git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
    if not isinstance(found, NoChanges):
        return found.decode("ascii").strip()
    if rev == "HEAD":
        empty = await git(root, "hash-object", "-t", "tree", "--stdin")
        return empty if isinstance(empty, NoChanges) else empty.decode("ascii").strip()
    return _unknown(rev)


def _unknown(rev: str) -> NoChanges:
    return NoChanges(f"git knows no commit {rev!r}: see `git log` or `git branch --all` for names")


def _spans(diff: bytes) -> Iterator[tuple[bytes, list[Span]]]:
    """The file names (relative to the top folder) in a diff without context, with the changed lines of the new text."""
    name: bytes | None = None
    spans: list[Span] = []
    left = 0  # remaining lines of the hunk's body, which may look like headers
    for line in diff.split(b"\n"):
        if left:
            left -= not line.startswith(b"\\")
            continue
        if line.startswith(b"diff --git "):
            if name is not None and spans:
                yield name, spans
            name, spans = None, []
        elif line.startswith(b"+++ "):
            name = _name(line[4:])
        elif name is not None:
            match = _HUNK.match(line)
            if match:
                first, count = int(match[1]), int(match[2] or 1)
                spans.append(Span(first - 1, first - 1 + count) if count else Span(first, first))
                left = count + _removed(line)
    if name is not None and spans:
        yield name, spans


def _removed(header: bytes) -> int:
    match = re.match(rb"@@ -\d+(?:,(\d+))? ", header)
    return int(match[1] or 1) if match else 0


def _name(written: bytes) -> bytes | None:
    """The path in a `+++` line. git ends a path that contains a space with a tab, and quotes special characters as in
    C."""
    text = written.rstrip(b"\r").removesuffix(b"\t")
    if text.startswith(b'"') and text.endswith(b'"'):
        text = re.sub(rb"\\([0-7]{3}|.)", lambda match: _unescape(match[1].decode("latin-1")), text[1:-1])
    return text[2:] if text.startswith(b"b/") else None


def _unescape(code: str) -> bytes:
    return bytes([int(code, 8) & 255 if len(code) == 3 else _ESCAPES.get(code, ord(code) & 255)])
