"""Whether a model goes round in circles: the same call with the same result, again and again."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import Literal

from postil.core.agent.tool import ToolCall

# fine; told: the model hears that it knows this; gone: the tool is taken away for this turn; stop: the turn ends.
Verdict = Literal["fine", "told", "gone", "stop"]
_VERDICTS: tuple[Verdict, ...] = ("fine", "told", "gone", "stop")
# Calls that can't be made say nothing about the work: so many in a row, and the turn ends.
MOST_USELESS = 6


class LoopGuard:
    """Of one turn of the user's."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._useless = 0

    def after(self, call: ToolCall, result: str, *, useless: bool = False) -> Verdict:
        """What follows from a call that came to `result`. `useless`: it couldn't be made."""
        self._useless = self._useless + 1 if useless else 0
        if self._useless >= MOST_USELESS:
            return "stop"
        said = f"{call.name}\0{_canonical(call.arguments)}\0{result}"
        key = sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
        self._seen[key] += 1
        return _VERDICTS[min(self._seen[key], len(_VERDICTS)) - 1]


def _canonical(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except (ValueError, RecursionError):
        return arguments
