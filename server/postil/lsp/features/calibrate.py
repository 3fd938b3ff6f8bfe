"""`postil.calibrate`: measures the model's opinions on the repository's own history, with progress."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from pygls.exceptions import JsonRpcException

from postil.core.text.uri import path_of
from postil.lsp.command_args import REQUEST_FAILED, engine_errors_answered, string_args
from postil.lsp.server import PostilServer
from postil.service.calibrate.calibrating import Calibrating
from postil.service.calibrate.measure import Budget, UnitUnread
from postil.service.calibrate.report import report
from postil.service.config.workspace import FolderConfig
from postil.service.workspace.files import repository_root

CALIBRATE = "postil.calibrate"
# An hour on a CPU. What was read is kept, so that whoever cancels it loses nothing.
BUDGET = Budget(fixes=60, lines=3000, seconds=3600)


class CalibrationOutcome(TypedDict):
    """`holds`: whether opinions are shown as information from now on. `words`: what was found, for the user. `picture`:
    the path of a drawing of it. All are empty when the user has cancelled it."""

    holds: bool
    words: str
    picture: str


async def calibrate(server: PostilServer, *arguments: object) -> CalibrationOutcome:
    """`postil.calibrate [folder?]`: `folder` is the URI of a workspace folder, by default the first."""
    (uri,) = string_args(CALIBRATE, arguments, "folder", optional=1)
    session = server.open_session()
    config = session.config_of(path_of(uri)) if uri else session.config.home
    root = _repository(config)
    persona = next(
        (config.personas.personas[name] for name in config.enabled() if name in config.personas.personas), None
    )
    if persona is None:
        raise JsonRpcException(message="No review persona is on: see review.personas.", code=REQUEST_FAILED)
    with engine_errors_answered():
        context = await session.reviews.context(persona, str(config.workspace or root))
        calibrating = Calibrating(context, root, BUDGET)
        try:
            ended = await server.client.with_progress(f"Calibrating {context.model}", calibrating.steps())
        except (UnitUnread, OSError) as error:
            raise JsonRpcException(message=str(error), code=REQUEST_FAILED) from None
    if not ended or calibrating.result is None or calibrating.kept is None:
        return {"holds": False, "words": "", "picture": ""}
    session.review_again()
    words = "\n".join(report(calibrating))
    return {"holds": calibrating.result.holds, "words": words, "picture": str(calibrating.kept.picture)}


def _repository(config: FolderConfig) -> Path:
    if not config.settings.trust_workspace:
        # git may start programs that the repository's configuration names.
        raise JsonRpcException(message="This workspace isn't trusted: git isn't run in it.", code=REQUEST_FAILED)
    root = repository_root(config.workspace) if config.workspace is not None else None
    if root is None:
        raise JsonRpcException(
            message="No git repository is open: a calibration is made of its past fixes.", code=REQUEST_FAILED
        )
    return root
