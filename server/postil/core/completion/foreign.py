"""Answers to an infill that are none: what a model that talks writes in the place of code, and the line's beginning."""

from __future__ import annotations

import re

from postil.core.completion.place import Place

# Where sentences and fences are what is written.
_PROSE = frozenset({
    *("markdown", "mdx", "plaintext", "latex", "tex", "restructuredtext", "asciidoc", "html", "quarto", "rmd"),
    *("git-commit", "gitcommit", "typst", "org"),
})  # fmt: skip
# How models begin to talk, and marks of chats and prompts that they repeat.
_TALK = re.compile(
    r"\s*(?:(?:Sure|Certainly|Of course|Absolutely|Okay|OK|Great)[!,.:]|Here(?:'s| is| are) (?:the|a|an|your|my|how)\b"
    r"|I(?:'m| am) (?:sorry|unable|an AI|not able)|I (?:can(?:no|')t|apologi[sz]e)|As an AI\b|Sorry, "
    r"|To (?:complete|fill) (?:in )?th|The (?:missing|completed?|corrected|following) (?:code|line|part|snippet)\b"
    r"|#{2,3} (?:Response|Instruction|Answer|Assistant|Solution)\b|\[/?INST\]|<(?:mask|cursor|fill|completion|answer)>"
    r"|<?/?tool_calls?>|<\|?(?:tool_call|python_tag)|\[TOOL_CALLS\]|functools\[|<function[=_]"
    r"|\{\s*\"(?:name|function|tool)\"\s*:\s*\"[\w.-]+\"\s*,\s*\"(?:arguments|parameters|args)\"\s*:)",
    re.IGNORECASE,
)
_FENCE = re.compile(r"\s*(?:`{3}|~{3})[\w+#.-]*\s*(?:\n|\Z)")
# A line's beginning that no line has twice: an assignment, a statement.
_STATEMENT = re.compile(
    r"[A-Za-z_$][\w.$]*(?:\s*:[^=\n]+)?\s*(?:[-+*/%|&^]|:)?=(?!=)|(?:return|def|class|import|from|const|let|var|elif|while"
    r"|for|function|func|fn|pub|public|private|protected|static|async|await|yield|raise|throw)\s"
)
_LEAST_HEAD = 5
# Where an expression follows, no sentence does.
_EXPRESSION = re.compile(r"(?:[=(\[{,+]|\b(?:return|yield|await))\s*\Z")
_SENTENCE = re.compile(r"\s*[A-Z][a-z']+(?: [`\w'’-]+){3,}[^\n]*[.!?]\s*(?:\n|\Z)")


def is_foreign(text: str, place: Place) -> bool:
    """Whether an answer is a model's talk, a fence or a call of a tool, where code is written."""
    if place.language in _PROSE:
        return False
    # The same words may stand in a text of the user's that has begun.
    if _FENCE.match(text):
        return "```" not in place.head
    if _EXPRESSION.search(place.head) and _SENTENCE.match(text):
        return True
    return _TALK.match(text) is not None and not place.head.rstrip().endswith(("'", '"', "`", "#", "//", "*"))


def without_head(text: str, place: Place) -> str:
    """The answer without the beginning of the line, where it has that again."""
    head, written = place.head.strip(), text.lstrip()
    if len(head) < _LEAST_HEAD or not _STATEMENT.match(f"{head} ") or not written.startswith(head):
        return text
    rest = written[len(head) :]
    return rest.lstrip(" \t") if place.head[-1:].isspace() else rest
