"""What a change does, in words: exact where it is recognised, and never wrong."""

from __future__ import annotations

import difflib

import pytest
from bench.eval.cases import CASES, Case, load_cases
from hypothesis import given
from hypothesis import strategies as st

from postil.core.change.describe import describe
from postil.core.change.words import Said, language_of, note, quoted, sentence, table, told, untouched, why
from postil.core.syntax.split import split_units


def said(old: str, new: str, language: str = "python", kind: str = "function") -> str:
    """The sentence about two texts of a unit."""
    return sentence(parts(old, new, language, kind))


def parts(old: str, new: str, language: str = "python", kind: str = "function") -> tuple[Said, ...]:
    a, b = old.split("\n"), new.split("\n")
    places = [one for one in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes() if one[0] != "equal"]
    if not places:
        return describe(old, new, language, kind, a, b)
    first, last, begin, end = places[0][1], places[-1][2], places[0][3], places[-1][4]
    return describe(old, new, language, kind, a[first:last], b[begin:end])


def body(*lines: str) -> str:
    return "\n".join(["def f(a, b):", *(f"    {line}" for line in lines)])


PYTHON = [
    (["if a < b:", "    return a"], ["if a <= b:", "    return a"], "compares with `<=` instead of `<`"),
    (["if a is b:", "    return a"], ["if a is not b:", "    return a"], "compares with `is not` instead of `is`"),
    (["return a + b"], ["return a - b"], "calculates with `-` instead of `+`"),
    (["return a or b"], ["return a and b"], "combines with `and` instead of `or`"),
    (["if a:", "    return b"], ["if not a:", "    return b"], "negates `a`"),
    (["if not a:", "    return b"], ["if a:", "    return b"], "no longer negates `a`"),
    (["if a:", "    return b"], ["if a and b:", "    return b"], "also requires `b`"),
    (["if a or b:", "    return b"], ["if a:", "    return b"], "no longer accepts `b`"),
    (["x = a"], ["x = a or b"], "sets `x` to `a or b` instead of `a`"),
    (["store.add(a)"], ["await store.add(a)"], "awaits `store.add(a)`"),
    (["return pay(month)"], ["return pay(day.month)"], "passes `day.month` instead of `month` to `pay`"),
    (["return pay(a)"], ["return pay(a, b)"], "also passes `b` to `pay`"),
    (["return sort()"], ["return sort(key=a)"], "passes `key=a` to `sort`"),
    (["return pay(a, b)"], ["return pay(b, a)"], "calls `pay(b, a)` instead of `pay(a, b)`"),
    (["return get(a, limit=1)"], ["return get(a, limit=2)"], "passes `limit=2` instead of `limit=1` to `get`"),
    (["return a.pop()"], ["return a.popleft()"], "calls `a.popleft` instead of `a.pop`"),
    (["return a.x(b=1)"], ["return a.y(1)"], "calls `a.y(1)` instead of `a.x(b=1)`"),
    (["return a"], ["return str(a)"], "passes `a` through `str(…)`"),
    (["return float(a)"], ["return a"], "uses `a` without `float(…)`"),
    (["x = a", "return x"], ["x = a.strip()", "return x"], "calls `.strip()` on `a`"),
    (["x = a.lower()"], ["x = a"], "no longer calls `.lower()` on `a`"),
    (["return a"], ["return b"], "returns `b` instead of `a`"),
    (["return"], ["return a"], "returns `a` instead of nothing"),
    (["return a[1:]"], ["return a[:1]"], "uses `a[:1]` instead of `a[1:]`"),
    (["x = a[0] + 1"], ["x = a[1] + 1"], "uses `a[1]` instead of `a[0]`"),
    (["raise KeyError(a)"], ["raise ValueError(a)"], "calls `ValueError` instead of `KeyError`"),
    (["x = 1", "return x"], ["x = 1", "log(x)", "return x"], "adds `log(x)`"),
    (["x = 1", "log(x)", "return x"], ["x = 1", "return x"], "removes `log(x)`"),
    (["for x in a:", "    log(x)"], ["for x in b:", "    log(x)"], "iterates over `b` instead of `a`"),
    (
        ["for x in a:", "    log(x)", "    return b"],
        ["for x in a:", "    log(x)", "return b"],
        "moves `return b` out of `for x in a:`",
    ),
    (
        ["f = open(a)", "return f.read()"],
        ["with open(a) as f:", "    return f.read()"],
        "uses `with`, so that `open(a)` is closed",
    ),
    (["l = lock(a)", "return go(b)"], ["with lock(a):", "    return go(b)"], "uses `with lock(a)`"),
    (["x = a", "y = b"], ["y = b", "x = a"], "moves `y = b` to another place"),
    (["return [x for x in a]"], ["return (x for x in a)"], "returns `(x for x in a)` instead of `[x for x in a]`"),
    (["x = 1000 << 10"], ["x = 1 << 20"], "sets `x` to `1 << 20` instead of `1000 << 10`"),
    (["x = []"], ["x = {}"], "sets `x` to `{}` instead of `[]`"),
]


@pytest.mark.parametrize(("old", "new", "expected"), PYTHON, ids=[one[2] for one in PYTHON])
def test_python(old: list[str], new: list[str], expected: str) -> None:
    assert said(body(*old), body(*new)) == expected


OTHERS = [
    (
        "javascript",
        "function f(a) {\n  return a || 1;\n}",
        "function f(a) {\n  return a ?? 1;\n}",
        "combines with `??` instead of `||`",
    ),
    ("javascript", "function f(a) {\n  if (a) g();\n}", "function f(a) {\n  if (!a) g();\n}", "negates `a`"),
    (
        "javascript",
        "function f(a = 1) {\n  g(a);\n}",
        "function f(a = 2) {\n  g(a);\n}",
        "makes `2` the default of `a` instead of `1`",
    ),
    (
        "javascript",
        "function f(a, b) {\n  do { g(); } while (a);\n}",
        "function f(a, b) {\n  do { g(); } while (b);\n}",
        "checks `b` instead of `a`",
    ),
    (
        "javascript",
        "function f(a, b) {\n  do a; while (b);\n}",
        "function f(a, b) {\n  do a && b; while (b);\n}",
        "uses `a && b` instead of `a`",
    ),
    (
        "typescript",
        "function f(a: number[]) {\n  g(a);\n}",
        "function f(a: number[]) {\n  await g(a);\n}",
        "awaits `g(a)`",
    ),
    (
        "go",
        "func f(a int) error {\n\tg(a)\n\treturn nil\n}",
        "func f(a int) error {\n\tdefer g(a)\n\treturn nil\n}",
        "replaces `g(a)` with `defer g(a)`",
    ),
    (
        "go",
        "func f(a int) error {\n\treturn nil\n}",
        "func f(a int) error {\n\tdefer g(a)\n\treturn nil\n}",
        "adds `defer g(a)`, which runs when the function ends",
    ),
    (
        "rust",
        "fn f(a: u8) -> u8 {\n    a + 1\n}",
        "fn f(a: u8) -> u8 {\n    a - 1\n}",
        "calculates with `-` instead of `+`",
    ),
    (
        "rust",
        "fn f(a: R) -> R {\n    let x = g(a);\n    x\n}",
        "fn f(a: R) -> R {\n    let x = g(a)?;\n    x\n}",
        "hands the error of `g(a)` on with `?`",
    ),
]


@pytest.mark.parametrize(("language", "old", "new", "expected"), OTHERS, ids=[f"{one[0]} {one[3]}" for one in OTHERS])
def test_other_languages(language: str, old: str, new: str, expected: str) -> None:
    assert said(old, new, language) == expected


def test_without_a_grammar_the_lines_are_told() -> None:
    assert said("total = a\nend", "total = b\nend", "ruby") == "replaces `total = a` with `total = b`"
    assert said("a\nend", "a\nb\nend", "ruby") == "adds `b`"
    assert said("a\nb\nc\nend", "a\nend", "ruby") == "removes 2 lines that begin with `b`"


def test_a_change_of_words_only_is_told_as_one() -> None:
    assert said(body("return a  # one"), body("return a  # two")) == "changes comments or documentation only"


def test_many_places_are_told_by_their_lines() -> None:
    old, new = ["x = a", "y = b", "z = a"], ["x = b", "y = a", "z = b"]
    assert said(body(*old), body(*new)) == "changes the code that begins with `x = a` and ends with `z = a`"


def test_every_row_is_in_both_languages_with_the_same_code() -> None:
    for key, row in table().items():
        assert row.en and row.zh, key
    change = parts(body("if a < b:", "    return a"), body("if a <= b:", "    return a"))
    assert sentence(change, "zh") == "用 `<=` 而不是 `<` 来比较"
    assert note(change, "unmeasured", "zh") == "意见（未测量）：建议的修改用 `<=` 而不是 `<` 来比较。"
    assert note(change, "calibrated", "en") == "Opinion (calibrated): the fix compares with `<=` instead of `<`."
    assert told("No.", "m", (), "chance", "en") == "Opinion (no better than chance) of m: “No.”"
    assert why("No.", "m", "zh") == "m 说：“No.”" and untouched("en").startswith(" (Not on")


def test_the_language_of_the_sentences() -> None:
    assert [language_of(name) for name in ("简体中文", "zh-cn", "Chinese", "", "English", "Deutsch")] == ["zh"] * 3 + [
        "en"
    ] * 3


def test_code_in_a_sentence_is_one_short_line() -> None:
    assert quoted("a\n  +  b") == "`a + b`"
    assert quoted("x" * 100) == f"`{'x' * 59}…`"
    assert quoted("`a`\x1b") == "`` `a`\\x1b ``"


@pytest.mark.parametrize("case", load_cases(CASES), ids=lambda case: case.name)
def test_what_is_quoted_of_known_defects_is_in_the_code(case: Case) -> None:
    """Of every case, from the fault to the fix and back: no word of a sentence's code is of nobody's."""
    twins = zip(split_units(case.faulty, case.language), split_units(case.correct, case.language), strict=False)
    for faulty, correct in twins:
        if faulty.text == correct.text:
            continue
        for one, other in ((faulty, correct), (correct, faulty)):
            for change in parts(one.text, other.text, case.language, one.kind):
                assert "".join(change.old.split()) in "".join(one.text.split())
                new = "".join(change.new.split())
                assert new in "".join(other.text.split())
                # Words that tell of whole lines are the lines' own.
                if change.key == "rewrite_lines":
                    assert "".join(change.name.split()) in "".join(one.text.split())


@given(st.text("abf()[]{}:=<>+ \n.,'\"#", max_size=60), st.text("abf()[]{}:=<>+ \n.,'\"#", max_size=60))
def test_any_two_texts_have_a_sentence(old: str, new: str) -> None:
    for language in ("python", "javascript", "go", "rust", "plaintext"):
        assert said(old, new, language)
