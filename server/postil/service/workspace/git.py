"""git, asked something; nothing that a repository's own configuration names is started by it."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

# What git would run by itself where .git/config says so, and a repository inside a repository, whose configuration came
# with a clone. The user's and the system's own configuration count as they are.
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
# Nothing is fetched that a partial clone lacks, and nobody is asked for a password.
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_FILTER = re.compile(r"filter\.(?P<name>.*)\.(?:clean|smudge|process|required)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NoChanges:
    """Why git can't tell, for the user."""

    message: str


async def git(folder: Path, *arguments: str, config: Mapping[str, str] = MappingProxyType({})) -> bytes | NoChanges:
    """Standard output of a git command, under this configuration beside the repository's; its messages in English, and
    no lock taken on the user's index."""
    # By variables: `-c` takes a name apart at its first `=`.
    given = {"GIT_CONFIG_COUNT": str(len(config))}
    for number, (key, value) in enumerate(config.items()):
        given |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
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
            env=os.environ | _ENVIRONMENT | given,
        )
    except FileNotFoundError:
        return NoChanges("git is not installed, or not on PATH: install it, or review files without --diff")
    try:
        out, wrong = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode == 0:
        return out
    message = wrong.decode("utf-8", "replace").strip()
    if "not a git repository" in message or "cannot use bare repository" in message:
        return NoChanges(f"{folder} is not in a git repository: review files without --diff or --staged")
    if "dubious ownership" in message:
        return NoChanges(f"git doesn't trust {folder}: git config --global --add safe.directory {folder}")
    command = next(one for one in arguments if not one.startswith("-") and "=" not in one)
    return NoChanges(f"git {command} failed: {message or f'exit code {process.returncode}'}")


async def no_filters(folder: Path) -> dict[str, str] | NoChanges:
    """The configuration that turns off the filters which the repository itself defines: programs that git runs over
    each file that has changed. Those of the user's own configuration (Git LFS) go on."""
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
