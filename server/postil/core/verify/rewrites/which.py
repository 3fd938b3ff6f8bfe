"""Asks a model which of several suspects has the defect: the one that it names is looked at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from postil.core.request import ChatRequest, Message
from postil.core.review.profile import fill
from postil.core.text.fence import fence_for, fenced
from postil.core.verify.rewrites.candidate import own_name
from postil.core.verify.rewrites.prompt import RepairPrompt
from postil.core.verify.suspects import Suspect

# A name of a function.
_TOKENS = 16


def which_request(
    prompt: RepairPrompt, suspects: Sequence[Suspect], files: Mapping[str, Sequence[str]]
) -> ChatRequest | None:
    """The request, for the prompt of the first suspect. `files`: the lines of the suspects' files. None where it can't
    be asked: one name, no model that continues an answer, no room."""
    names = list(dict.fromkeys(own_name(one.unit) for one in suspects))
    if len(names) < 2 or prompt.reasoning.wanted or not prompt.continues:
        return None
    # The first suspect's file first: its rewrites begin with it, too.
    texts = {path: "\n".join(files[path]).strip("\n") for path in dict.fromkeys(one.path for one in suspects)}
    code = "".join(fenced(text, suspects[0].unit.language, fence_for(text)) + "\n\n" for text in texts.values())
    quoted = ", ".join(f"`{name}`" for name in names)
    asked = fill(prompt.profile.prompts.repair_which, failure=prompt.complaint.told, names=quoted)
    rewrite = prompt.request("told", 0)
    used = prompt.profile.estimate_tokens(code + asked + prompt.persona.system) + _TOKENS
    if used > prompt.load.num_ctx * 3 // 4:
        return None
    return replace(
        rewrite,
        messages=(*rewrite.messages[:-1], Message("user", code + asked)),
        prefill="`",
        sampling=replace(rewrite.sampling, max_tokens=_TOKENS, stop=("`",)),
    )


def named_first(suspects: Sequence[Suspect], answer: str) -> list[Suspect]:
    """The suspects, the one that the answer names first."""
    name = answer.strip().strip("`()").rpartition(".")[2]
    named = next((one for one in suspects if own_name(one.unit) == name), None)
    if named is None:
        return list(suspects)
    told = replace(named, reason=f"{named.reason}; the model names it")
    return [told, *(one for one in suspects if one is not named)]
