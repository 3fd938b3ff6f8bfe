"""The packages on this machine: loaded by the client of their registry, checked by digest, and indexed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec

from postil.core.syntax.tree import GRAMMARS
from postil.engine.download.store import cache_dir
from postil.service.context.index.place import index_place
from postil.service.context.index.store import Store, open_store
from postil.service.context.scanning.scan import Limits, scan
from postil.service.workspace.languages import language_of

LIST = Path(__file__).parent / "packages.toml"
# Seconds for one package of a few megabytes.
PATIENCE = 300.0
# Of one archive: more than any of the list, so that a wrong digest can't fill the disk either.
MOST_BYTES = 50_000_000
LIMITS = Limits(20_000, 500)


class Package(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package of the list, whose head says what the fields mean."""

    name: str
    registry: Literal["pypi", "npm", "go", "crates"]
    version: str
    sha256: str
    licence: str
    language: Literal["python", "javascript", "typescript", "go", "rust"]
    first: str
    keep: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The name of its folder: of one digest there is one content."""
        return f"{PurePosixPath(self.name).name}-{self.sha256[:12]}"


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    packages: tuple[Package, ...]


def packages() -> tuple[Package, ...]:
    return msgspec.convert(tomllib.loads(LIST.read_text(encoding="utf-8")), _List).packages


def sources(package: Package) -> Path:
    """The folder of its sources. Loads them where they aren't there; RuntimeError when they aren't what they were."""
    there = cache_dir() / "eval-context" / "sources" / package.folder
    if not there.is_dir():
        there.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=there.parent) as made:
            archive = _loaded(package, Path(made))
            found = sha256(archive.read_bytes()).hexdigest()
            if found != package.sha256:
                raise RuntimeError(f"{package.name} {package.version} has the digest {found}, not {package.sha256}")
            unpacked = Path(made) / "unpacked"
            unpack(archive, unpacked, package.keep)
            # Whole or not at all: a run may be killed.
            unpacked.rename(there)
    return there


def index(root: Path) -> Store:
    """The index of a folder, made or compared with its files."""
    place = index_place(root)
    for _ in scan(place, LIMITS):
        pass
    store = open_store(place)
    if store is None:
        raise RuntimeError(f"no index of {root}")
    return store


def _loaded(package: Package, folder: Path) -> Path:
    name, version = package.name, package.version
    if package.registry == "pypi":
        # A wheel, because of a source distribution pip would run the build.
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
        _run(*pip, "--only-binary", ":all:", "--python-version", "3.14", "-d", str(folder), f"{name}=={version}")
    elif package.registry == "npm":
        _run("npm", "pack", "--silent", "--pack-destination", str(folder), f"{name}@{version}", cwd=folder)
    elif package.registry == "go":
        # It fails for a module that wants a newer Go, and has loaded it all the same.
        told = json.loads(_run("go", "mod", "download", "-json", f"{name}@{version}", cwd=folder, fails=True))
        if "Zip" not in told:
            raise RuntimeError(f"{name}: {told.get('Error', 'go has not loaded it')}")
        return Path(told["Zip"])
    else:
        # cargo has no command that only loads, but this one loads a crate to read what it says of itself.
        _run("cargo", "info", f"{name}@{version}", cwd=folder)
        home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
        return next(home.glob(f"registry/cache/*/{name}-{version}.crate"))
    return next(path for path in folder.iterdir() if path.suffix in (".whl", ".tgz"))


def _run(*command: str, cwd: Path | None = None, fails: bool = False) -> str:
    if shutil.which(command[0]) is None:
        raise RuntimeError(f"{command[0]} isn't there, which loads one of the packages")
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=PATIENCE, stdin=subprocess.DEVNULL
    )
    if done.returncode and not fails:
        raise RuntimeError(f"{' '.join(command[:3])} … ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def unpack(archive: Path, target: Path, keep: tuple[str, ...]) -> None:
    """Its source files, and go.mod, which says how they name each other, below `target`. Nothing else is written, and
    nothing outside of it."""
    target.mkdir()
    left = MOST_BYTES
    for name, size, data in _members(archive):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name:
            raise RuntimeError(f"{archive.name} holds the path {name!r}")
        if (language_of(path.name) not in GRAMMARS and path.name != "go.mod") or (keep and path.parts[0] not in keep):
            continue
        left -= size
        if left < 0:
            raise RuntimeError(f"{archive.name} holds more than {MOST_BYTES:,} bytes")
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data())


def _members(archive: Path) -> Iterator[tuple[str, int, Callable[[], bytes]]]:
    """The regular files: path within the project, size, and how to read it."""
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                # A module's zip has `path@version/` before each name, with slashes in it.
                name = info.filename if archive.suffix == ".whl" else info.filename.partition("@")[2].partition("/")[2]
                if name and not info.is_dir():
                    yield name, info.file_size, partial(opened.read, info)
    else:
        with tarfile.open(archive, "r:gz") as opened:
            for info in opened:
                name = info.name.partition("/")[2]
                if name and info.isfile() and (found := opened.extractfile(info)) is not None:
                    yield name, info.size, found.read
