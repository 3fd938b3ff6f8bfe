"""An answer that is empty, cut off or no code is no review, and never a change."""

from __future__ import annotations

import msgspec
import pytest

from postil.core.review.answer import is_sentence, why_unread
from postil.core.review.checks import invalid_reason
from postil.core.review.profile import profiles
from postil.core.review.rewrite import Rewrite
from postil.core.syntax.units import Unit

# The answers go on behind the head.
PROFILE = msgspec.structs.replace(profiles()["unmeasured"], rewrite_head=False)
CODE = "def area(width, height):\n    return width * height"
UNIT = Unit("function", "area", "python", 0, 2, CODE, 1)
JS = Unit("function", "area", "javascript", 0, 3, "function area(w, h) {\n  return w * h;\n}", 1)
SHELL = Unit("function", "area", "shellscript", 0, 3, 'area() {\n  echo "$(($1 * $2))"\n}', 1)


def read(text: str, unit: Unit = UNIT, *, cut: bool = False, thought: bool = False) -> tuple[str, Rewrite]:
    rewrite = Rewrite(unit, PROFILE)
    rewrite.feed(text)
    rewrite.finish(complete=not cut)
    return why_unread(unit, rewrite, cut=cut, thought=thought), rewrite


@pytest.mark.parametrize("text", ["", "\n", "   \n\n", "```", "\n```\n", "```\n```"])
@pytest.mark.parametrize("cut", [False, True])
def test_an_empty_answer_deletes_nothing(text: str, cut: bool) -> None:
    why, rewrite = read(text, cut=cut)
    assert why and rewrite.hunk is None


def test_thinking_alone_is_told() -> None:
    assert read("", thought=True, cut=True)[0] == "used up its tokens for thinking: raise review.think_tokens"
    assert read("", thought=True)[0] == "thought, and gave no answer"


CALLS = [
    '{"name": "edit_file", "arguments": {"path": "a.py"}}',
    '{"name": "edit_file",\n "arguments": {"path": "a.py"}}',
    '[{"name": "edit_file", "arguments": {}}]',
    '<tool_call>\n{"name": "x", "arguments": {}}\n</tool_call>',
    '<|python_tag|>{"name": "x", "parameters": {}}',
    '[TOOL_CALLS][{"name": "x", "arguments": {}}]',
    "<function=edit>{}</function>",
    '    {"function": {"name": "x"}}',
    '{"name": "edit_file", "argum',
    '{"fixed": "return width + height"}',
]
PROSE = [
    "The code above is correct.",
    "Sure! Here is the corrected code:",
    "Here's the fixed version:\n    return width + height",
    "I'm sorry, but I can't help with that.",
    "I cannot review this code.",
    "There is no defect in the code above.\n\nIt multiplies width and height.",
    "### Analysis\n\nThe function is fine.",
    "1. The function multiplies.\n2. It returns.",
    "The variable `width` is multiplied by `height`, which is right.",
    "代码没有问题,它返回宽和高的乘积。",
    "Le code est correct, rien ne doit changer.",
    "**No defect.** The code is right.",
]


PATCHES = [
    "--- a/area.py\n+++ b/area.py\n@@ -1,2 +1,2 @@\n def area(w, h):\n-    return w * h\n+    return w + h\n",
    "diff --git a/area.py b/area.py\nindex 1..2 100644\n--- a/area.py\n+++ b/area.py\n",
    "@@ -1,2 +1,2 @@\n-    return width * height\n+    return width + height",
    "*** Begin Patch\n*** Update File: area.py\n@@\n-    return width\n+    return height\n*** End Patch",
    "<<<<<<< SEARCH\n    return width * height\n=======\n    return width + height\n>>>>>>> REPLACE",
]


@pytest.mark.parametrize("text", [*CALLS, *PROSE, *PATCHES])
@pytest.mark.parametrize("unit", [UNIT, JS, SHELL], ids=["python", "javascript", "shell"])
def test_what_is_no_code_is_no_review(text: str, unit: Unit) -> None:
    why, _ = read(text, unit)
    assert why.startswith("answered with"), why


@pytest.mark.parametrize("text", CALLS)
def test_a_statement_is_never_replaced_by_a_call_of_a_tool(text: str) -> None:
    why, rewrite = read(text)
    assert why or rewrite.hunk is None or invalid_reason(UNIT, rewrite.hunk, PROFILE)


@pytest.mark.parametrize("unit", [UNIT, JS], ids=["python", "javascript"])
@pytest.mark.parametrize(
    "text",
    [
        "func area(w int, h int) int {\n\treturn w * h\n}",
        "<|return|>",
        "<analysis>the width times the height</analysis>",
        "    return width * * height)",
    ],
)
def test_what_is_valid_nowhere_in_the_code_is_no_review(text: str, unit: Unit) -> None:
    """A symptom: "0 notes", exit code 0, "refused by checks: syntax error"."""
    assert read(text, unit)[0].startswith("answered with")


JAVA = "class Main {\n    int area(int width, int height) {\n        return width * height;\n    }\n}"


@pytest.mark.parametrize("text", ["function area(w, h) {\n  return w * h;\n}", "def area(width, height):"])
def test_another_language_in_place_of_one_without_a_grammar_is_no_review(text: str) -> None:
    """A symptom: a note with a fix that deletes the class."""
    assert read(text, Unit("window", "Main", "java", 0, 5, JAVA, 0))[0].startswith("answered with")


@pytest.mark.parametrize(
    "text",
    [
        "    return width * height",
        "    return width * height\n```\nThe code is correct.",
        "    return width + height\n",
        "    for side in (width, height):\n        assert side\n    return width * height",
        "    # the area of it all, in square metres\n    return width * height",
        "    return {'a': width}",
        "    if not width:\n        raise ValueError from None\n    return width * height",
        "    if width or height: return 0",
        '    """The area of a rectangle, as a sentence."""\n    return width * height',
        "    yield width",
    ],
)
def test_code_is_a_review(text: str) -> None:
    assert read(text)[0] == ""


def test_a_copy_that_was_cut_off_is_no_review_of_the_rest() -> None:
    code = "def f(a):\n" + "".join(f"    a += {n}\n" for n in range(9)) + "    return a"
    unit = Unit("function", "f", "python", 0, 11, code, 1)
    assert read("    a += 0\n    a += 1\n", unit, cut=True)[0] == "was cut off before the end of the code"
    assert read("\n".join(code.split("\n")[1:]), unit, cut=True)[0] == ""


@pytest.mark.parametrize("line", ["return a or b", "for item in items:", "import os", "# a comment that says much"])
def test_python_is_valid_where_a_sentence_is_not(line: str) -> None:
    inside = "\n        pass" if line.endswith(":") else ""
    assert read(f"    {line}{inside}\n    return width * height")[0] == ""


@pytest.mark.parametrize("line", ["x = 1", "foo(bar)", "}", "// it is a comment of some words", "a.b.c", "end"])
def test_code_is_no_sentence(line: str) -> None:
    assert not is_sentence(line)


LONG = Unit(
    "function",
    "total",
    "python",
    0,
    5,
    "def total(items):\n    result = 0\n    for item in items:\n        result += item\n    return result",
    1,
)
GO = Unit("function", "area", "go", 0, 3, "func area(w int, h int) int {\n\treturn w * h\n}", 1)
SQL = Unit("window", "lines 1-3", "sql", 0, 3, "SELECT width * height\nFROM boxes\nWHERE id = 1")
STUB = Unit("function", "area", "python", 0, 2, "def area(width, height):\n    raise NotImplementedError", 1)
ELSE = [
    *(
        "LGTM",
        "None",
        "null",
        "OK",
        "Yes",
        "N/A",
        "42",
        "true",
        "[]",
        "{}",
        "...",
        "…",
        "✅",
        "Fixed",
        "assistant",
        "???",
        "The",
    ),
    *(
        "No defects",
        "no change",
        "unchanged",
        "    pass",
        "    ...",
        "<p>Fine</p>",
        "<answer>none</answer>",
        "<|im_end|>",
        "</s>",
    ),
    "{'name': 'edit', 'arguments': {}}",
    "edit_file(path='a.py', content='x')",
    "- looks fine",
    "~~~",
    "# no changes needed",
    "    # ... the rest is unchanged",
    "    # TODO: result of items",
]


@pytest.mark.parametrize("text", ELSE)
@pytest.mark.parametrize("unit", [UNIT, LONG, JS, GO, SHELL, SQL], ids=lambda unit: f"{unit.language} {unit.name}")
@pytest.mark.parametrize("anew", [False, True])
def test_what_has_nothing_of_the_code_is_no_review(text: str, unit: Unit, anew: bool) -> None:
    """A symptom: "OK" became the fix of a whole function."""
    rewrite = Rewrite(unit, PROFILE)
    if anew:
        rewrite.begin_anew()
    rewrite.feed(text)
    rewrite.finish()
    assert why_unread(unit, rewrite, cut=False, thought=False)


@pytest.mark.parametrize("kept", [1, 2])
def test_most_of_a_body_is_never_deleted(kept: int) -> None:
    lines = LONG.lines[1:]
    why, _ = read("\n".join(lines[:kept]) + "\n```\n", LONG)
    assert why == "stopped before the end of the code"
    assert read("\n".join([lines[0], "    # and so on"]), LONG)[0] == "stopped before the end of the code"
    # Without a fence behind it, not even its end is.
    assert read("\n".join(lines[:3]), LONG)[0] == "stopped before the end of the code"
    # A line that is dead stays a matter for the checks.
    why, rewrite = read("\n".join(lines[:3]) + "\n```\n", LONG)
    assert why == "" and rewrite.hunk is not None


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (LONG, "    return sum(items)"),
        (LONG, "    result = 0\n    for item in items:\n        result += item.price\n    return result"),
        (
            LONG,
            "    if not items:\n        return 0\n" + "\n".join(LONG.lines[1:]),
        ),
        (UNIT, "    return abs(width) * abs(height)"),
        (STUB, "    return width * height"),
        (JS, "  return w * (h ?? 0);\n}"),
        (GO, "\tif w < 0 {\n\t\treturn 0\n\t}\n\treturn w * h\n}"),
    ],
)
def test_a_whole_body_may_be_written_in_another_way(unit: Unit, text: str) -> None:
    assert read(text, unit)[0] == ""


@pytest.mark.parametrize("unit", [UNIT, LONG, JS, GO], ids=lambda unit: f"{unit.language} {unit.name}")
def test_an_opening_fence_that_is_repeated_deletes_no_head(unit: Unit) -> None:
    """A symptom: "def area(width, height): → remove it"."""
    body = "\n".join(unit.lines[1:])
    for said in (f"```{unit.language}\n{body}\n```\n", f"Sure:\n\n```\n{body}\n```", f"{body}\n```"):
        rewrite = Rewrite(unit, PROFILE)
        rewrite.begin_anew()
        rewrite.feed(said)
        rewrite.finish()
        assert rewrite.hunk is None and why_unread(unit, rewrite, cut=False, thought=False) == "", said


def test_a_part_of_the_unit_deletes_nothing_around_it() -> None:
    rewrite = Rewrite(LONG, PROFILE)
    rewrite.begin_anew()
    rewrite.feed("Only this:\n```python\n    for item in items:\n        result += item\n```\n")
    rewrite.finish()
    assert rewrite.hunk is None
    assert why_unread(LONG, rewrite, cut=False, thought=False) == "answered with a part of the code only"
