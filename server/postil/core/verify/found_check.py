"""The command that checks a project, as far as its files tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from typing import Annotated

import msgspec

# The files that tell, at the top of a project.
FILES = ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "package.json", "go.mod", "Cargo.toml", "Makefile")

# What `npm init` writes where there are no tests.
_NO_TESTS = "no test specified"
_MAKE_TEST = re.compile(r"^test\s*:(?!=)", re.MULTILINE)


class _Package(msgspec.Struct):
    scripts: Annotated[dict[str, str], msgspec.Meta(max_length=1000)] = {}


def found_check(files: Mapping[str, str], names: Collection[str]) -> str | None:
    """The command for a project with these files (name and text; those of `FILES` that exist). `names`: what its top
    folder holds."""
    if _uses_pytest(files, names):
        return "python -m pytest"
    script = _npm_test(files.get("package.json", ""))
    if script:
        # A runner that is named itself can tell which test failed.
        if "&" in script or ";" in script or "|" in script:
            return "npm test"
        if script.startswith("node --test"):
            return script
        # npx finds what the project has installed, as npm does.
        return f"npx {script}" if script.split()[0] in ("vitest", "jest") else "npm test"
    if "go.mod" in files:
        return "go test ./..."
    if "Cargo.toml" in files:
        return "cargo test"
    return "make test" if _MAKE_TEST.search(files.get("Makefile", "")) else None


def _uses_pytest(files: Mapping[str, str], names: Collection[str]) -> bool:
    if "pytest.ini" in files or "[pytest]" in files.get("tox.ini", "") or "[tool:pytest]" in files.get("setup.cfg", ""):
        return True
    try:
        project = tomllib.loads(files.get("pyproject.toml", ""))
    except tomllib.TOMLDecodeError:
        project = {}
    tool = project.get("tool")
    if isinstance(tool, dict) and "pytest" in tool:
        return True
    python = "pyproject.toml" in files or "setup.cfg" in files or any(name.endswith(".py") for name in names)
    tests = {"tests", "test", "conftest.py"} & set(names) or any(
        name.startswith("test_") and name.endswith(".py") for name in names
    )
    return python and bool(tests)


def _npm_test(text: str) -> str:
    try:
        script = msgspec.json.decode(text, type=_Package).scripts.get("test", "")
    except (msgspec.DecodeError, msgspec.ValidationError):
        return ""
    return "" if _NO_TESTS in script else script.strip()
