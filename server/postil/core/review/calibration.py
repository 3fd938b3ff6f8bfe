"""What `postil calibrate` has found out about a model on one repository, as it is kept and used."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from postil.core.calibrate.choose import Rates
from postil.core.data import Entry


class Calibration(Entry, frozen=True, kw_only=True):
    """`model` and `digest`: the weights that were measured, with the review profile `profile`, on `on` (a day).
    `method` and `min_score`: what is used from then on. `held`: the rates on the half that chose nothing. `why_not`:
    why opinions over the threshold are worth nothing all the same; "" when they are worth something."""

    model: str
    digest: str
    profile: str
    on: str
    method: Literal["edit", "list"]
    min_score: Annotated[float, Meta(ge=0, le=1)]
    held: Rates
    why_not: str = ""

    @property
    def holds(self) -> bool:
        return not self.why_not
