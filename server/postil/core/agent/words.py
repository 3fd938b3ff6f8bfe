"""The words of a conversation with tools, from the table `data/agent.toml`."""

from __future__ import annotations

from functools import cache

import msgspec

from postil.core.data import load_data


class AgentWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Texts with `{…}` to fill in; what each is for is said in the file."""

    system: str
    prompted: str
    harness: str
    next_step: str
    answer_now: str
    write_edit: str
    edit: str
    result: str
    context: str
    recalled: str
    recalled_past: str
    unknown_tool: str
    bad_arguments: str
    same_again: str
    gone: str
    refused: str
    cancelled: str
    last_step: str
    empty: str
    pruned: str
    summary_task: str
    summary: str


@cache
def words() -> AgentWords:
    return load_data("agent.toml", AgentWords)


def filled(template: str, /, **values: str) -> str:
    """The text with the values in it, without the line end with which TOML's long strings begin. Braces in the values
    stay as they are."""
    for name, value in values.items():
        template = template.replace("{" + name + "}", value)
    return template.strip("\n")
