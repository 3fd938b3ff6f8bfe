"""Where a document comes from: the names of the file behind its URI, by which secrets and ignored files are refused."""

from __future__ import annotations

import json
import posixpath
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote, urlsplit

from postil.core.text.uri import NOTEBOOK_CELL, path_of

# Schemes whose path is the path of the file that is shown: the disk, an unsaved buffer, another machine of the user's,
# and versions of a file from version control (VS Code's, vim-fugitive's, gitsigns', diffview's).
_EDITORS = ("file", "untitled", "vscode-remote", "vscode-vfs", NOTEBOOK_CELL, "scp", "sftp", "suda")
KNOWN = frozenset({*_EDITORS, "git", "gitlens", "fugitive", "gitsigns", "diffview"})
# What programs append to a name for a copy or a version of a file (VS Code's git extension: `.env.git`), a stream of a
# file on Windows (`.env::$DATA`), and a query or fragment that was encoded with the name.
_COPY = re.compile(
    r"(?:\.(?:git|orig|bak\d*|backup|old|save|saved|rej|swp|swo|tmp|temp|copy|base|local|remote|theirs|ours|mine|r?\d+)|~"
    r"|~\d+~?|[;:?#][^/]*)\Z",
    re.I,
)
# What people and file managers add to the name of a copy: before its ending or behind it, or in front.
_DUPLICATE = re.compile(
    r"(?:[ _.-]+(?:copy|kopie|copie|copia|old|new|backup|bak|orig|original|saved?)(?:[ _-]*\(?\d+\)?)?|[ _]*\(\d+\))"
    r"(?=\.[A-Za-z0-9]+\Z|\Z)",
    re.I,
)
_DUPLICATE_OF = re.compile(r"\A(?:copy|kopie|copie|copia|backup) (?:\(\d+\) )?(?:of|von|de|di) |\A(?:\.?~\$|#)", re.I)
# A name may be encoded more than once on its way through several programs.
_DECODED = 4
# A drive letter, not a scheme.
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


@dataclass(frozen=True, slots=True)
class Origin:
    """`scheme` in lower case. `names`: the paths that the URI may mean, with `/`; a rule that matches one of them
    applies. `known` is False for a scheme whose paths Postil doesn't understand."""

    scheme: str
    names: tuple[str, ...]
    known: bool


def origin_of(uri: str) -> Origin:
    """The origin of a document's URI. A text without a scheme is a path."""
    match = None if _DRIVE.match(uri) else _SCHEME.match(uri)
    scheme = match[1].lower() if match else "file"
    if scheme == "file":
        path = path_of(uri) if match else uri
        return Origin(scheme, tuple(dict.fromkeys(_spellings(path))), known=True)
    try:
        parts = urlsplit(uri)
        host, path, query, fragment = parts.netloc, parts.path, parts.query, parts.fragment
    except ValueError:
        host, path, query, fragment = "", uri[len(scheme) + 1 :], "", ""
    found = [*_spellings(path)]
    # Where a name was written for the host: `untitled://.env`.
    found += _spellings(host + path) if host else []
    # `?` and `#` may also be characters of a name that nobody has encoded.
    found += _spellings(path + "?" + query) if query else []
    found += _spellings(path + "#" + fragment) if fragment else []
    for text in (query, fragment):
        found += [name for value in _paths_in(unquote(text)) for name in _spellings(value)]
    return Origin(scheme, tuple(dict.fromkeys(found)), scheme in KNOWN)


def _spellings(path: str) -> Iterator[str]:
    """A path as it stands, decoded, and without what marks a copy."""
    for _ in range(_DECODED):
        path = path.replace("\0", "")
        for plain in filter(None, (_plain(path), *_in_repository(path), *_of_revision(path))):
            yield plain
            yield from without_marks(plain)
        decoded = unquote(path)
        if decoded == path:
            return
        path = decoded


def without_marks(path: str) -> Iterator[str]:
    """The paths of which a file may be a copy or a version, by its name."""
    folder, slash, name = path.rpartition("/")
    waiting, seen = [unicodedata.normalize("NFKC", name), name], {name}
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            yield f"{folder}{slash}{one}"
        shorter = (pattern.sub("", one).rstrip(". \t\r\n") for pattern in (_COPY, _DUPLICATE, _DUPLICATE_OF))
        waiting += [bare for bare in shorter if bare and bare not in seen]


def _in_repository(path: str) -> Iterator[str]:
    """The paths of a file that is named by its repository and revision: `/repo/.git//0/a.py`, `/repo/.git/:0:a.py`."""
    top, found, rest = path.replace("\\", "/").partition("/.git")
    if found and rest[:1] in ("/", ":"):
        pieces = [piece for piece in re.split("[/:]", rest) if piece]
        yield from (f"{top}/{'/'.join(pieces[skipped:])}" for skipped in range(1, min(3, len(pieces))))


def _of_revision(path: str) -> Iterator[str]:
    """The path of a file that is named behind a revision, as git does it: `HEAD:.env`, `/repo/main:src/.env`."""
    path = path.replace("\\", "/")
    before, _, name = path.partition(":")
    folder, slash, revision = before.rpartition("/")
    if name.strip(":/") and revision and not _DRIVE.match(path.removeprefix("/")):
        yield f"{folder}{slash}{name}"


def _plain(path: str) -> str:
    """With `/` only, without `.` and `..`, and without what Windows drops at the end of a name."""
    path = path.replace("\\", "/").replace("\0", "")
    if path.startswith("/") and _DRIVE.match(path[1:]):
        path = path[1:]
    path = path.rstrip("/ ")
    while path.endswith(".") and not path.endswith(("/.", "/..")) and path not in (".", ".."):
        path = path[:-1]
    return posixpath.normpath(path) if path else ""


def _paths_in(text: str) -> Iterator[str]:
    """The strings in a query: values of JSON (VS Code's git extension) or of `a=b&c=d`."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        yield from (piece.partition("=")[2] for piece in text.split("&") if "=" in piece)
        return
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += cast("dict[str, object]", one).values()
        elif isinstance(one, list):
            waiting += cast("list[object]", one)
