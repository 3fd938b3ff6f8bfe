"""Checks a TEMPLATE, which is written in Go's template language: blocks, braces, and unknown names.

Expressions are not parsed, so Go may refuse a template that passes here.
"""

from __future__ import annotations

import re

# text/template/parse: the language's words, its functions, and those that Ollama 0.24.0 adds (template/template.go).
_KEYWORDS = "if else end range with block define template break continue nil true false"
_FUNCTIONS = "and call html index slice js len not or print printf println urlquery eq ge gt le lt ne"
_OLLAMAS = "json currentDate yesterdayDate toTypeScriptType"
_KNOWN = frozenset(f"{_KEYWORDS} {_FUNCTIONS} {_OLLAMAS}".split())
_OPENS = frozenset({"if", "range", "with", "block", "define"})
_ELSES = frozenset({"if", "range", "with"})
# Words that need a value behind them.
_NEED_VALUE = _OPENS | {"template"}

_COMMENT = re.compile(r"\{\{(?:-\s)?/\*(?:[^*]|\*(?!/))*+\*/(?:\s-)?\}\}")
_BEGIN_COMMENT = re.compile(r"\{\{(?:-\s)?/\*")
_STRING = r'"(?:[^"\\\n]|\\.)*+"|`[^`]*+`|' + r"'(?:[^'\\\n]|\\.)*+'"
_ACTION = re.compile(r"\{\{(?:-(?=\s))?((?:[^\"`'{}]|" + _STRING + r")*+)\}\}")
_STRINGS = re.compile(_STRING)
# A name that is neither a field (`.Name`) nor a variable (`$name`).
_NAME = re.compile(r"(?<![\w.$])[^\W\d]\w*")


def template_problem(text: str) -> str | None:
    """The first error of a template, as a sentence with its line (from 1); None without one."""
    open_blocks: list[tuple[str, int]] = []
    place, line, counted = 0, 1, 0
    while (start := text.find("{{", place)) >= 0:
        line += text.count("\n", counted, start)
        counted = start
        comment = _BEGIN_COMMENT.match(text, start) is not None
        match = (_COMMENT if comment else _ACTION).match(text, start)
        if match is None:
            what = "the comment" if comment else "`{{`"
            return f"line {line} of the template: {what} isn't closed by }}}}"
        place = match.end()
        wrong = None if comment else _action(match[1], open_blocks, line)
        if wrong is not None:
            return f"line {line} of the template: {wrong}"
    if open_blocks:
        word, line = open_blocks[-1]
        return f"line {line} of the template: {{{{ {word.removesuffix(_ELSE)} }}}} needs an {{{{ end }}}}"
    return None


# Appended to the name of a block after its else.
_ELSE = " else"


def _action(body: str, open_blocks: list[tuple[str, int]], line: int) -> str | None:
    """The error of one action (the text between double braces); None without one. Updates the open blocks."""
    body = body.strip()
    if body.endswith("-"):
        body = body[:-1].rstrip()
    if not body:
        return "{{ }} is empty"
    bare = _STRINGS.sub('""', body)
    for match in _NAME.finditer(bare):
        if match[0] not in _KNOWN:
            return f"there is no function {match[0]!r}: a value begins with a dot, e.g. .{match[0]}"
    words = bare.split(None, 1)
    if words[0] in _NEED_VALUE and len(words) == 1:
        return f"{{{{ {words[0]} }}}} needs a value"
    if words[0] in _OPENS:
        open_blocks.append((words[0], line))
    elif words[0] == "end":
        if not open_blocks:
            return "{{ end }} ends nothing"
        open_blocks.pop()
    elif words[0] == "else":
        if not open_blocks or open_blocks[-1][0] not in _ELSES:
            return "{{ else }} stands in no {{ if }}"
        if len(words) == 1:
            word, first = open_blocks.pop()
            open_blocks.append((word + _ELSE, first))
    return None
