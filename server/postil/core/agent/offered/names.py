"""Names of other servers' tools that a model can call: valid everywhere, unique, and the same in every session."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from hashlib import sha256

# What engines and protocols take as the name of a function.
MAX_NAME = 64
VALID_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")

_OTHER = re.compile(r"[^a-zA-Z0-9_-]+")
_DIGEST = 6


def tool_names(tools: Iterable[tuple[str, str]], taken: Collection[str] = ()) -> dict[tuple[str, str], str]:
    """A name for each (server, tool): `git_status` of the server `git` stays, `search` of `web` is `web_search`. A name
    that is too long, or that another one or one of `taken` has, ends in a digest of its own, so that it doesn't depend
    on which other servers are there."""
    wanted = list(dict.fromkeys(tools))
    plain = {one: _plain(*one) for one in wanted}
    often: dict[str, int] = {}
    for name in plain.values():
        often[name] = often.get(name, 0) + 1
    return {
        one: name if len(name) <= MAX_NAME and often[name] == 1 and name not in taken else _marked(one, name)
        for one, name in plain.items()
    }


def _plain(server: str, tool: str) -> str:
    first, second = (_OTHER.sub("_", word).strip("_") for word in (server, tool))
    return second if first and second.startswith(f"{first}_") else f"{first}_{second}".strip("_") or "tool"


def _marked(one: tuple[str, str], name: str) -> str:
    digest = sha256("\0".join(one).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{name[: MAX_NAME - _DIGEST - 1]}_{digest}"
