"""Where calibrations are kept: in the user's state folder, by repository, weights, review profile and persona.

Nothing in a repository can name or write these files, so a workspace can't calibrate itself.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import msgspec
import platformdirs

from postil import private
from postil.core.calibrate.readings import Sample
from postil.core.persona.persona import Persona
from postil.core.review.calibration import Calibration
from postil.core.review.profile import profiles
from postil.engine.base import ModelInfo
from postil.service.review.context import ReviewContext
from postil.service.workspace.atomic import write_whole
from postil.service.workspace.files import repository_root


@dataclass(frozen=True, slots=True)
class Readings:
    """The readings so far, one in each line, and what followed from them."""

    folder: Path

    @property
    def picture(self) -> Path:
        return self.folder / "calibration.svg"

    def read(self) -> list[Sample]:
        """Those that can be read: the last line of a run that was killed may be half of one."""
        try:
            lines = (self.folder / "readings.jsonl").read_bytes().splitlines()
        except FileNotFoundError:
            return []
        found: list[Sample] = []
        for line in lines:
            try:
                found.append(msgspec.json.decode(line, type=Sample))
            except msgspec.DecodeError:
                continue
        return found

    def append(self, sample: Sample) -> None:
        """Raises OSError."""
        private.folder(self.folder)
        with open(self.folder / "readings.jsonl", "ab", opener=private.opener) as out:
            out.write(msgspec.json.encode(sample) + b"\n")

    def forget(self) -> None:
        """Begin anew. Raises OSError."""
        for name in ("readings.jsonl", "calibration.json", "calibration.svg"):
            (self.folder / name).unlink(missing_ok=True)

    def keep(self, calibration: Calibration, picture: str) -> None:
        """Use it from now on. Raises OSError."""
        private.folder(self.folder)
        write_whole(self.picture, picture, private=True)
        write_whole(self.folder / "calibration.json", msgspec.json.encode(calibration).decode(), private=True)

    def calibration(self) -> Calibration | None:
        """None if there is none, or none that this version understands."""
        try:
            return msgspec.json.decode((self.folder / "calibration.json").read_bytes(), type=Calibration)
        except (OSError, msgspec.DecodeError):
            return None


async def calibrated(context: ReviewContext, root: Path | None) -> ReviewContext:
    """The context with what is known of its model on the repository at `root` (None: on none). Raises EngineError."""
    if root is None:
        return context
    facts = context.facts or await context.engine.facts()
    model = await context.engine.describe(facts.model(context.model))
    kept = readings(root, model, context.persona)
    return replace(context, calibration=await asyncio.to_thread(kept.calibration))


def readings(root: Path, model: ModelInfo, persona: Persona) -> Readings:
    """Of this repository, these weights and this persona. Another profile or persona is another calibration, because
    both decide what is asked."""
    top = repository_root(root) or root
    profile = profiles()[model.profile]
    weights = model.digest or f"{model.name} {model.size}"
    said = "\0".join((str(top.resolve()), weights, repr(profile), persona.digest))
    digest = sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Readings(platformdirs.user_state_path("postil", appauthor=False) / "calibrations" / digest)
