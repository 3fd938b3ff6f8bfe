"""Runs git so that it starts no program named in a repository's own configuration."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

# Turns off programs that git would start because of .git/config, and bare repositories inside a repository, whose
# configuration may come with a clone. The user's and the system's configuration stay in effect.
_QUIET = (
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.sshCommand="),
    *("-c", "core.askPass="),
    *("-c", "diff.external="),
    *("-c", "protocol.allow=never"),
    *("-c", "safe.bareRepository=explicit"),
    "--no-pager",
)
# No index lock, no fetch of objects that a partial clone lacks, no password prompt, messages in English.
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_FILTER = re.compile(r"filter\.(?P<name>.*)\.(?:clean|smudge|process|required)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NoChanges:
    """git can't list the changes. The message tells the user why."""

    message: str


async def git(folder: Path, *arguments: str, config: Mapping[str, str] = MappingProxyType({})) -> bytes | NoChanges:
    """The standard output of a git command. `config` is added to the repository's configuration."""
    # Environment variables, because `-c` splits at the first `=`, which a key may contain.
    variables = {"GIT_CONFIG_COUNT": str(len(config))}
    for number, (key, value) in enumerate(config.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *_QUIET,
            "-C",
            str(folder),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | _ENVIRONMENT | variables,
        )
    except FileNotFoundError:
        return NoChanges("git is not installed, or not on PATH: install it, or review files without --diff")
    try:
        out, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode == 0:
        return out
    message = errors.decode("utf-8", "replace").strip()
    if "not a git repository" in message or "cannot use bare repository" in message:
        return NoChanges(f"{folder} is not in a git repository: review files without --diff or --staged")
    if "dubious ownership" in message:
        return NoChanges(f"git doesn't trust {folder}: git config --global --add safe.directory {folder}")
    command = next(one for one in arguments if not one.startswith("-") and "=" not in one)
    return NoChanges(f"git {command} failed: {message or f'exit code {process.returncode}'}")


async def no_filters(folder: Path) -> dict[str, str] | NoChanges:
    """Configuration that turns off the filters defined in the repository: programs that git runs on each changed file.
    Filters in the user's own configuration (Git LFS) stay on."""
    listed = await git(folder, "config", "--list", "--show-scope", "--name-only", "-z")
    if isinstance(listed, NoChanges):
        return listed
    fields = listed.decode("utf-8", "surrogateescape").split("\0")
    found = dict.fromkeys(
        match["name"]
        for scope, key in zip(fields[::2], fields[1::2], strict=False)
        if scope in ("local", "worktree") and (match := _FILTER.fullmatch(key))
    )
    off = {"clean": "", "smudge": "", "process": "", "required": "false"}
    return {f"filter.{name}.{what}": value for name in found for what, value in off.items()}
