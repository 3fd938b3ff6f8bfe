"""Whether an answer is a rewrite at all: one that is empty, cut off or no code says nothing of a unit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from postil.core.review.rewrite import Hunk, Rewrite, applied
from postil.core.syntax.languages import comment_of
from postil.core.syntax.tree import error_count, new_errors, standalone
from postil.core.syntax.units import Unit

# How models write a call of a tool as text: Hermes and Qwen, Llama 3.1, Mistral, Command R, DeepSeek, Functionary.
_TOOL_CALL = re.compile(
    r"\s*(?:`{3,}(?:tool_call|tool_code|json|xml)\b\s*)?(?:</?tool_calls?>|<\|python_tag\|>|\[TOOL_CALLS\]|<\|tool_call"
    r"|<｜tool▁call|<function[=_]|functools\[|<invoke\b|<function_calls>|Action:\s|<\|channel\|>commentary)",
    re.IGNORECASE,
)
# How models write a change instead of the code: as a difference, a patch (Codex), a search (Aider).
_PATCH = re.compile(
    r"\s*(?:`{3,}(?:diff|patch)?\s*)?(?:diff --git |--- (?:a/|\S+\s*\n\+\+\+ )|@@ -\d|\*\*\* Begin Patch|<{5,9} \w+"
    r"|Index: \S+\s*\n)"
)
# An object whose first key is a word, complete or not.
_OBJECT = re.compile(r"\s*[\[{]\s*(?:\{\s*)?\"[\w$ -]+\"\s*:")
# Languages in which an object is code by itself.
_DATA = frozenset({"json", "jsonc", "json5", "yaml", "toml"})
_PATCHES = frozenset({"diff", "patch"})
# Words of at least two letters with spaces between them.
_WORDS = re.compile(r"[^\W\d_]{2,}(?:['’][a-z]+)?", re.UNICODE)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{4}")
# What code has and a sentence doesn't; parentheses and quotes may be in both.
_CODE = re.compile(r"[=;{}<>\[\]|&^%$#@~\\]|->|\w\(|\w\.\w|::")
_QUOTED = re.compile(r"`[^`\n]*`|\*\*|__")
_NAME = re.compile(r"\w+")
# With fewer lines, or different words, a body is a stub.
_FEW = 3
# A sentence has a few words; a shorter one ends like one ("Sure!").
_SENTENCE = 4


def why_unread(unit: Unit, rewrite: Rewrite, *, cut: bool, thought: bool) -> str:
    """Why a finished rewrite is no review of the unit, as the end of a sentence about the model ("gave no answer"); ""
    when it is one. `cut`: the limit of tokens ended it. `thought`: the model has reasoned."""
    if not rewrite.answered:
        return no_answer(cut=cut, thought=thought)
    hunk = rewrite.hunk
    if hunk is None:
        kind = foreign(unit, rewrite.unmatched)
        if kind:
            return f"answered with {kind}"
        if rewrite.part and not rewrite.copied_all:
            return "answered with a part of the code only"
        if cut and not rewrite.copied_all:
            return "was cut off before the end of the code"
        return ""
    kind = foreign(unit, "\n".join(hunk.new), hunk)
    if kind:
        return f"answered with {kind}"
    return _leaves(unit, rewrite.first, hunk, closed=rewrite.closed) or _broken(unit, rewrite.first, hunk)


def no_answer(*, cut: bool, thought: bool) -> str:
    """What a model did that wrote nothing, as the end of a sentence about it."""
    if thought:
        return "used up its tokens for thinking: raise review.think_tokens" if cut else "thought, and gave no answer"
    return "was cut off before it had answered" if cut else "gave no answer"


def foreign(unit: Unit, text: str, hunk: Hunk | None = None) -> str:
    """What a text is that stands where code of the unit should; "" for code. `hunk`: the change that inserts it."""
    if not text.strip():
        return ""
    if _TOOL_CALL.match(text) and not _TOOL_CALL.match(unit.text):
        return "a call of a tool"
    if unit.language not in _PATCHES and _PATCH.match(text) and not _PATCH.match(unit.text):
        return "a patch"
    old = "\n".join(hunk.old) if hunk is not None else unit.text
    if unit.language not in _DATA and _OBJECT.match(text) and not _OBJECT.match(old):
        return "a call of a tool" if _calls(text) else "JSON"
    if _is_prose(unit, text, hunk):
        return "prose"
    return ""


def _leaves(unit: Unit, first: int, hunk: Hunk, *, closed: bool) -> str:
    """What an answer did that left the code and never came back to it: most of what was to be copied, from line `first`
    on, is gone to its end, and what stands there has next to nothing in common with it; or its end is gone,
    and no fence says that it is to be. "" for a rewrite."""
    lines, language = unit.lines, unit.language
    if _code(lines[hunk.span.last :], language):
        return ""
    old, new = _code(hunk.old, language), _code(hunk.new, language)
    if old and not new and not closed:
        # Models stop early far more often than the end of a function is wrong.
        return "stopped before the end of the code"
    if not old or 2 * len(old) < len(_code(lines[max(first, unit.head_lines) :], language)):
        return ""
    unchecked = error_count("", language) is None and hunk.span.first <= max(first, unit.head_lines)
    if unchecked and len(old) >= _FEW and not _share_a_line(old, new):
        # Without a grammar, only its lines tell that it is the same language.
        return "answered with something else than the code"
    had, has = _names(old), _names(new)
    # A stub has too few words to compare; what takes its place uses the unit's own, such as its parameters.
    kept = bool(has & _names(lines)) if len(had) < _FEW else 4 * len(had & has) > len(had)
    if kept:
        return ""
    return "answered with something else than the code" if new else "stopped before the end of the code"


def _broken(unit: Unit, first: int, hunk: Hunk) -> str:
    """What an answer is of which nothing is a copy and that isn't valid in the place of the code; "" for a rewrite. In
    one that has copied some of it, a mistake is the model's, and its difference is dropped."""
    lines, begins = unit.lines, max(first, unit.head_lines)
    if hunk.span.first > begins and _code(lines[begins : hunk.span.first], unit.language):
        return ""
    if _code(lines[hunk.span.last :], unit.language):
        return ""
    before, after = (standalone(one, unit.language, unit.kind) for one in (unit.text, applied(unit, hunk)))
    return "answered with broken code" if new_errors(before, after, unit.language) else ""


def _code(lines: Iterable[str], language: str) -> list[str]:
    """The lines that are more than a comment or brackets."""
    return [line for line in lines if _NAME.search(line) and not _is_comment(line, language)]


def _share_a_line(old: Iterable[str], new: Iterable[str]) -> bool:
    return bool({" ".join(line.split()) for line in old} & {" ".join(line.split()) for line in new})


def _names(lines: Iterable[str]) -> set[str]:
    return {name for line in lines for name in _NAME.findall(line)}


def _calls(text: str) -> bool:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return re.search(r'"(?:arguments|parameters|function|tool)"\s*:', text) is not None
    found = json.dumps(value)
    return any(f'"{key}": ' in found for key in ("arguments", "parameters", "function", "tool"))


def _is_prose(unit: Unit, text: str, hunk: Hunk | None) -> bool:
    """Whether a text begins with a sentence, and isn't valid in the place of the code."""
    least = _SENTENCE
    if hunk is not None and unit.language not in ("plaintext", "markdown"):
        before, after = (standalone(one, unit.language, unit.kind) for one in (unit.text, applied(unit, hunk)))
        if error_count("", unit.language) is not None and not new_errors(before, after, unit.language):
            return False
        least -= 1
    known = {line.strip() for line in unit.lines}
    first = next((line.strip() for line in text.split("\n") if not _is_comment(line, unit.language)), "")
    return first not in known and is_sentence(first, unit.language, least)


def _is_comment(line: str, language: str) -> bool:
    """Whether a line is blank or a comment."""
    comment, bare = comment_of(language), line.strip()
    begins = ("//", "/*", "* ", "#!", '"""', "'''", "<!--", "--", *([comment] if comment else []))
    return not bare or bare.startswith(begins)


def is_sentence(line: str, language: str = "", least: int = _SENTENCE) -> bool:
    """Whether a line reads like natural language rather than code or a comment. `least`: words of a line that doesn't
    end as a sentence does."""
    bare = line.strip()
    if _is_comment(line, language):
        return False
    if re.match(r"#{1,6} \S|[*-] \*\*|\d+\. [A-Z]", bare):
        # A heading or a list of Markdown.
        return True
    plain = _QUOTED.sub("", bare)
    if _CJK.search(plain) and not _CODE.search(plain):
        return True
    if _CODE.search(plain):
        return False
    words = _WORDS.findall(plain)
    ends = plain.rstrip().endswith((".", ":", "!", "?", ","))
    return len(words) >= least or (bool(words) and plain[:1].isupper() and ends)
