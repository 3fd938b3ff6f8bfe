"""Runs a command of a conversation: never in a shell, confined, with limits, and without the user's secrets."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from postil.service.agent.safety.sandbox import Confinement, confinement, made_before, sandboxed
from postil.service.verify.run import Ran, run_program
from postil.service.verify.trouble import CheckTrouble

# A command that writes more is in a loop; a model is told of its end at most.
FLOOD_BYTES = 32 << 20
SECONDS = 120.0
# Names of variables that may hold secrets, or lead to programs that act for the user (agents, buses, servers).
_SECRET = re.compile(
    r"TOKEN|KEY|SECRET|PASS(WORD|WD|PHRASE)?($|_)|PASSWORD|CREDENTIAL|AUTH|COOKIE|PRIVATE|SESSION|DSN|_PAT$|WEBHOOK"
    r"|^(DBUS_.*|XDG_RUNTIME_DIR|DOCKER_.*|KUBECONFIG|GPG_.*|SSH_.*|WAYLAND_DISPLAY|DISPLAY|POSTIL_.*|AWS_.*|AZURE_.*"
    r"|GOOGLE_.*|GH_.*|GITHUB_.*|GITLAB_.*|NPM_CONFIG_.*|BASH_FUNC_.*|BASH_ENV|ENV|PYTHONSTARTUP|VSCODE_.*)$",
    re.IGNORECASE,
)
# A password in an address: scheme://user:password@host.
_IN_ADDRESS = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended, and how it was confined."""

    ran: Ran
    confinement: Confinement


async def run_argv(
    argv: Sequence[str],
    workspace: Path,
    folder: Path | None = None,
    *,
    seconds: float = SECONDS,
    most_bytes: int = FLOOD_BYTES,
    network: bool = False,
    confined: bool = True,
) -> Finished:
    """Run a program with these words in a folder of the workspace (None: at its top). When it ends, or this is
    cancelled, nothing of it is left. `confined` False: for the one who has no sandbox, or doesn't want it. Raises
    CheckTrouble."""
    root = Path(os.path.realpath(workspace))  # noqa: ASYNC240
    place = Path(os.path.realpath(folder or root))  # noqa: ASYNC240
    if place != root and root not in place.parents:
        raise CheckTrouble(f"{folder} is outside of the workspace: nothing is run there")
    if not argv or not argv[0] or any("\0" in word for word in argv):
        raise CheckTrouble("there is no command")
    how = confinement() if confined else Confinement("none", "Commands run with all your rights.")
    temporary: Path | None = None
    made: list[Path] = []
    try:
        try:
            # Not in a thread: one that is cancelled would leave it.
            temporary = Path(os.path.realpath(tempfile.mkdtemp(prefix="postil-run-")))  # noqa: ASYNC240
            words = tuple(argv)
            if confined:
                made = made_before(root)
                words = await asyncio.to_thread(lambda: sandboxed(argv, root, temporary, network=network))
        except OSError as error:
            raise CheckTrouble(f"the command can't be prepared: {error.strerror or error}") from None
        environment = reduced(os.environ, temporary)
        return Finished(await run_program(words, place, environment, seconds, most_bytes), how)
    finally:
        _tidy(temporary, made)


def reduced(environment: Mapping[str, str], temporary: Path) -> dict[str, str]:
    """The user's variables without what may be a secret, with caches and temporary files in a folder of the run."""
    kept = {
        name: value for name, value in environment.items() if not _SECRET.search(name) and not _IN_ADDRESS.search(value)
    }
    scratch = str(temporary)
    return {
        **kept,
        "TMPDIR": scratch,
        "TMP": scratch,
        "TEMP": scratch,
        "XDG_CACHE_HOME": str(temporary / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Neither is asked for a password, nor writes what it has only looked up.
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PAGER": "cat",
        "PAGER": "cat",
    }


def _tidy(temporary: Path | None, made: list[Path]) -> None:
    if temporary is not None:
        shutil.rmtree(temporary, ignore_errors=True)
    for folder in made:
        with suppress(OSError):
            folder.rmdir()
