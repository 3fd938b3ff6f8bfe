"""The initial Modelfile of a new persona (data/new_persona.toml), and valid names of personas."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import get_args

from postil.core.data import load_data
from postil.core.modelfile.quotes import quoted
from postil.core.persona.header import PersonaRole
from postil.core.text.plain import one_line, plain

# Characters that some file system refuses in a name, among them path separators.
_NO_NAME = frozenset('<>:"/\\|?*')
# Bytes. File systems allow 255, with the suffix.
_MOST_NAME = 200


@cache
def templates() -> Mapping[str, str]:
    """The texts by role. ValueError when one is missing or too many."""
    found = load_data("new_persona.toml", dict[str, str])
    if set(found) != set(get_args(PersonaRole)):
        raise ValueError(f"data/new_persona.toml: the roles are {', '.join(get_args(PersonaRole))}")
    return found


def new_persona(role: str, model: str, title: str) -> str:
    """The Modelfile of a new persona. ValueError, with a sentence, for a role that is none or no model."""
    if role not in templates():
        raise ValueError(f"there is no role {role!r}: use {', '.join(templates())}")
    if not one_line(model):
        raise ValueError("a persona needs a model: name one, e.g. qwen2.5-coder:1.5b")
    return templates()[role].replace("{title}", one_line(title)).replace("{model}", quoted(one_line(model)))


def checked_name(name: str) -> str:
    """The name, if it is a valid file name on every system. ValueError, with a sentence, otherwise."""
    bad = sorted(char for char in set(name) if char in _NO_NAME or not char.isprintable())
    if bad:
        raise ValueError(f"a persona's name can't hold {plain(' '.join(bad))!r}: it is its file's name too")
    if not name.strip() or name != name.strip() or name.startswith(".") or name.endswith("."):
        raise ValueError(f"{name!r} is no name for a persona: use letters, digits and -, e.g. my-reviewer")
    if len(name.encode("utf-8", "surrogatepass")) > _MOST_NAME:
        raise ValueError(f"a persona's name is at most {_MOST_NAME} bytes long")
    return name
