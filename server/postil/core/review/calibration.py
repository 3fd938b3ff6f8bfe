"""What `postil calibrate` has found out about a model on one repository."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from postil.core.data import Entry

Share = Annotated[float, Meta(ge=0, le=1)]


class Calibration(Entry, frozen=True, kw_only=True):
    """`model` and `digest`: the weights that were measured, with the review profile `profile`. `method` and `min_score`:
    what is used from then on. `holds`: whether opinions over the threshold told faulty code from mended code on the half
    that chose nothing."""

    model: str
    digest: str
    profile: str
    method: Literal["edit", "list"]
    min_score: Share
    holds: bool
