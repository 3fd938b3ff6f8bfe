"""Which files of a project an import may mean: a list of paths to look for, the likeliest first.

Nothing is read for it: no `go.mod`, no `tsconfig.json`, no search path. A project's own folders say enough, and an
import of a library that has a namesake in the project is a rare price.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, replace

from postil.core.context.values import Import
from postil.core.syntax.tree import ECMASCRIPT
from postil.core.text.changed import differing

_SCRIPT_ENDINGS = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
# Files that speak for their folder: they are found by the folder's name.
_HEADS = frozenset({"__init__", "index", "mod", "lib"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to look for, by its path with `/` from the project's top. `anywhere`: by the end of its path, wherever the
    folders before it are. `folder`: all files that are directly in that folder. `item`: the name of the import that
    this file or folder itself is, "" if it defines the names."""

    path: str
    anywhere: bool = False
    folder: bool = False
    item: str = ""


def module_key(path: str) -> str:
    """The name by which an import can mean a file: without ending, of `pkg/__init__.py` the folder's."""
    folder, name = posixpath.split(path)
    stem = name.partition(".")[0]
    return posixpath.basename(folder) if stem in _HEADS and folder else stem


def fitting(candidate: Candidate, files: Iterable[str], path: str) -> list[str]:
    """The files of a project that a candidate means, looked for by the file at `path`; of several in different places,
    those nearest to it."""
    found = [(file, posixpath.dirname(file) if candidate.folder else file) for file in files if file != path]
    ends = f"/{candidate.path}"
    meant = [(file, at) for file, at in found if at == candidate.path or (candidate.anywhere and at.endswith(ends))]
    if not meant:
        return []
    nearest = min((at for _, at in meant), key=lambda at: (-_shared(at, path), len(at), at))
    return [file for file, at in meant if at == nearest]


def _shared(one: str, other: str) -> int:
    """How many folders two paths have in common."""
    return differing(one.split("/"), other.split("/"))[0]


def candidates(imported: Import, path: str, language: str) -> list[Candidate]:
    """Where the import in the file at `path` may lead. Paths that leave the project aren't among them."""
    if language == "python":
        found = _python(imported, path)
    elif language in ECMASCRIPT:
        found = _ecmascript(imported.module, path)
    elif language == "go":
        found = _go(imported.module)
    elif language == "rust":
        found = _rust(imported, path)
    else:
        found = []
    normal = (replace(one, path=posixpath.normpath(one.path)) for one in found if one.path)
    return [one for one in dict.fromkeys(normal) if one.path != "." and not one.path.startswith(("..", "/"))]


def _python(imported: Import, path: str) -> list[Candidate]:
    bare = imported.module.lstrip(".")
    dots = len(imported.module) - len(bare)
    parts = [part for part in bare.split(".") if part]
    base: str = ""
    if dots:
        base = posixpath.dirname(path)
        for _ in range(dots - 1):
            if not base:
                return []
            base = posixpath.dirname(base)
    folder = posixpath.join(base, *parts)
    found: list[Candidate] = []
    # A name may be a module of the package: `from . import names`.
    for name in imported.names:
        if name.name != "*":
            found += _python_files(posixpath.join(folder, name.name), anywhere=not dots, item=name.name)
    return found + (_python_files(folder, anywhere=not dots) if folder else [])


def _python_files(stem: str, *, anywhere: bool, item: str = "") -> list[Candidate]:
    endings = (".py", "/__init__.py", ".pyi", "/__init__.pyi")
    return [Candidate(stem + ending, anywhere, item=item) for ending in endings]


def _ecmascript(module: str, path: str) -> list[Candidate]:
    module = module.partition("?")[0]
    if module.startswith("."):
        stem, anywhere = posixpath.normpath(posixpath.join(posixpath.dirname(path), module)), False
    else:
        # `@/lib/x` and `~/lib/x` are the usual names of the project's own sources.
        stem, anywhere = module.removeprefix("@/").removeprefix("~/").lstrip("/"), True
        if "/" not in stem or stem.startswith(("@", "node:")):
            return []
    stem = "" if stem == "." else stem
    bare, ending = posixpath.splitext(stem)
    found = [Candidate(stem, anywhere)] if ending else []
    # TypeScript imports the file that will be there once it is compiled.
    stems = (bare, stem) if ending in (".js", ".jsx", ".mjs", ".cjs") else (stem,)
    for one in stems:
        found += [Candidate(one + end, anywhere) for end in _SCRIPT_ENDINGS if one]
        found += [Candidate(posixpath.join(one, f"index{end}"), anywhere) for end in _SCRIPT_ENDINGS]
    return found


def _go(module: str) -> list[Candidate]:
    parts = module.split("/")
    if "." in parts[0]:
        # A host, an owner, a repository: one name alone of what is left may be anything, so more come first.
        return [Candidate("/".join(parts[at:]), anywhere=True, folder=True) for at in range(1, len(parts))]
    # `fmt` and `net/http` look like a module that is called `net`.
    return [Candidate("/".join(parts[at:]), anywhere=at == 0, folder=True) for at in (0, 1) if len(parts) - at > 1]


def _rust(imported: Import, path: str) -> list[Candidate]:
    parts = imported.module.split("::")
    names = [name.name for name in imported.names if name.name != "*"]
    folder, file = posixpath.split(path)
    stem = file.removesuffix(".rs")
    # Where the modules of this file are: beside it for those that speak for their folder.
    inside = folder if stem in ("mod", "lib", "main") else posixpath.join(folder, stem)
    if parts[0] == "crate":
        base, parts, anywhere = _crate(folder), parts[1:], False
    elif parts[0] in ("self", "super"):
        base, anywhere = inside, False
        while parts and parts[0] in ("self", "super"):
            base = posixpath.dirname(base) if parts[0] == "super" else base
            parts = parts[1:]
    else:
        # Another crate of the workspace, or a module beside this one.
        crate = [posixpath.join(name, "src", *parts[1:]) for name in (parts[0], parts[0].replace("_", "-"))]
        return [
            *(found for stem in crate for found in _rust_files(stem, names, anywhere=True)),
            *_rust_files(posixpath.join(inside, *parts), names, anywhere=False),
        ]
    return _rust_files(posixpath.join(base, *parts), names, anywhere=anywhere)


def _crate(folder: str) -> str:
    parts = folder.split("/")
    return "/".join(parts[: len(parts) - parts[::-1].index("src")]) if "src" in parts else folder


def _rust_files(stem: str, names: list[str], *, anywhere: bool) -> list[Candidate]:
    found: list[Candidate] = []
    for name in names:
        inner = posixpath.join(stem, name)
        found += [Candidate(inner + ending, anywhere, item=name) for ending in (".rs", "/mod.rs")]
    heads = [f"{stem}.rs"] if stem else []
    heads += [posixpath.join(stem, head) for head in ("mod.rs", "lib.rs", "main.rs")]
    # An item of an inline module, or of a type: `crate::model::Kind::A`.
    above = posixpath.dirname(stem)
    heads += [f"{above}.rs", posixpath.join(above, "mod.rs")] if above else []
    return found + [Candidate(head, anywhere) for head in heads]
