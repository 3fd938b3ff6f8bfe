"""The attempts of one request: asked again without what the server refused, which is then remembered."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.models.observed import Refusal
from postil.engine.base import EngineRefused
from postil.engine.dialect.observations import Observations
from postil.engine.dialect.refused import refused_fields
from postil.engine.json_values import JsonObject, parse_object

# Characters of a refusal that are searched for what it is about.
_MOST = 4000


@dataclass
class ServerRefusal(Exception):
    """A refusal by the server before its answer began. `error` is what the user is told, `answer` the server's text."""

    error: EngineRefused
    answer: str


class Attempts:
    """`left_out`: the fields that the next attempt goes without. A field is left out once, so a request is asked again
    at most once for each of its fields."""

    def __init__(self, observations: Observations, who: str, model: str) -> None:
        self._observations = observations
        self._who = who
        self._model = model
        self.left_out = observations.of(model).refused
        self._refusals: list[Refusal] = []
        self._first: EngineRefused | None = None

    def again(self, refusal: ServerRefusal, body: JsonObject, *, begun: bool) -> None:
        """Take a refusal of `body`. Raises the first one's error when leaving something out doesn't help."""
        self._first = self._first or refusal.error
        answer = refusal.answer[:_MOST]
        fields = refused_fields(refusal.error.status or 0, answer, parse_object(refusal.answer), body, begun=begun)
        fields = tuple(name for name in fields if name not in self.left_out)
        if not fields:
            raise self._first from None
        self._refusals += [Refusal(name, str(refusal.error)) for name in fields]
        self.left_out |= set(fields)

    def accepted(self) -> None:
        """The server answers: what the attempts left out is remembered."""
        if self._refusals:
            self._observations.refused(self._who, self._model, self._refusals)
            self._refusals = []
