"""Which command lines the user has said yes to: one small file for each, in the user's state folder.

A file's name is a digest of the workspace, the folder and the command line, so that a yes holds for this very line in
this very place. Nothing in a workspace can name, write or move these files.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import platformdirs

from postil import private
from postil.service.checks.project import NoSuchCheck, ProjectCheck, names_on_save, project_check
from postil.settings import Settings


def is_accepted(check: ProjectCheck) -> bool:
    """Whether it may run: the user's own file names it, or they have said yes to it."""
    return check.users or _file(check).is_file()


def guard_of(settings: Settings, foreign: frozenset[str], workspace: Path) -> ProjectCheck | None:
    """The check that a fix of another tool's diagnostic must not break: the first that may run, of those that run after
    each save and so take no long time."""
    for name in names_on_save(settings):
        try:
            check = project_check(settings, foreign, workspace, name)
        except NoSuchCheck:
            continue  # a save tells of it
        if is_accepted(check):
            return check
    return None


def accept(check: ProjectCheck) -> None:
    """Remember the user's yes. Raises OSError."""
    file = _file(check)
    private.folder(file.parent)
    with open(file, "w", encoding="utf-8", errors="surrogatepass", opener=private.opener) as out:
        # For people who look what they have agreed to; only the name counts.
        out.write(f"{check.folder}\n{check.command}\n")


def question(check: ProjectCheck) -> str:
    """What the user is asked, with the whole line."""
    return (
        f"the settings of {check.workspace.name or check.workspace} name the check {check.name!r}: `{check.command}`,"
        f" in {check.folder}. It is run with your rights, on code that a model wrote, too."
    )


def _file(check: ProjectCheck) -> Path:
    said = "\0".join((str(check.workspace), str(check.folder), check.command))
    digest = sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
    return platformdirs.user_state_path("postil", appauthor=False) / "checks" / digest
