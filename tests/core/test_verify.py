"""Candidates, suspects, verdicts, controls, patches, and what a project's files tell of its check."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.actions.test_places import is_test
from postil.core.persona.persona import Persona
from postil.core.review.finding import Span
from postil.core.review.profile import profiles
from postil.core.syntax.split import split_units
from postil.core.syntax.units import Unit
from postil.core.verify.broken import broken_body, noticed, unreadable
from postil.core.verify.complaint import Complaint, complaint_of, excerpt, shortened, with_source
from postil.core.verify.found_check import found_check
from postil.core.verify.inline_tests import inline_tests, within
from postil.core.verify.outcome import CaseResult, Outcome, Status
from postil.core.verify.patch import Patch, difference
from postil.core.verify.places import Place
from postil.core.verify.rewrites.candidate import Candidate, change_size, is_known, own_name, read_candidate
from postil.core.verify.rewrites.fooling import warnings_of
from postil.core.verify.rewrites.prompt import Refused, RepairPrompt, share
from postil.core.verify.rewrites.smaller import parts, without_part
from postil.core.verify.suspects import find_suspects, may_be_suspect
from postil.core.verify.verdict import refuted, unsteady_tests, verdict

CODE = '''\
import math


def area(radius):
    """Of a circle."""
    return math.pi * radius


class Box:
    def __init__(self, side):
        self.side = side

    def volume(self):
        return self.side * area(self.side)
'''
UNITS = split_units(CODE, "python")


def unit(name: str) -> Unit:
    return next(one for one in UNITS if one.name.endswith(name))


def outcome(exit_code: int = 1, **tests: Status) -> Outcome:
    found = {name: CaseResult(name, status, f"{name} is wrong") for name, status in tests.items()}
    return Outcome(exit_code, found or None, "said")


# -- candidates


def read(name: str, answer: str, *, anew: bool = False) -> Candidate | str:
    one = unit(name)
    return read_candidate(one, one.head, answer, anew=anew, asked="told")


WANTED = 'def area(radius):\n    """Of a circle."""\n    return math.pi * radius**2'


@pytest.mark.parametrize(
    ("answer", "anew"),
    [
        ("    return math.pi * radius**2\n```\nNow it is right.", False),
        ("    return math.pi * radius**2", False),
        ("    return math.pi * radius**2\n\n\ndef more():\n    return 1\n", False),
        (f"Sure:\n```python\n{WANTED}\n```\nDone.", True),
        (f"```python\nimport math\n\n\n{WANTED}\n\n\nclass Box:\n    pass\n```", True),
        (WANTED, True),
        (f"```py\r\n{WANTED}\r\n```".replace("\n", "\r\n").replace("\r\r", "\r"), True),
    ],
)
def test_a_candidate_is_the_unit_alone(answer: str, anew: bool) -> None:
    found = read("area", answer, anew=anew)
    assert isinstance(found, Candidate)
    assert found.text == WANTED and found.size == (1, 3)


def test_a_method_gets_the_margin_of_its_class() -> None:
    found = read("volume", "```\ndef volume(self):\n    return self.side ** 3\n```", anew=True)
    assert isinstance(found, Candidate)
    assert found.text == "    def volume(self):\n        return self.side ** 3"
    found = read("volume", "        return self.side ** 3\n")
    assert isinstance(found, Candidate)
    assert found.text == "    def volume(self):\n        return self.side ** 3"


def test_a_method_of_a_class_that_the_answer_closes() -> None:
    text = "class Cache {\n  get(key) {\n    return 1;\n  }\n\n  put(key) {\n    return 2;\n  }\n}\n"
    one = next(unit for unit in split_units(text, "javascript") if unit.name.endswith("get"))
    for more in ("", "}\n", "\n  put(key) {\n    return 3;\n  }\n}\n"):
        found = read_candidate(one, one.head, f"    return key;\n  }}\n{more}```", anew=False, asked="told")
        assert isinstance(found, Candidate) and found.text == "  get(key) {\n    return key;\n  }", (more, found)


def test_a_constructor_is_the_last_that_a_test_names() -> None:
    text = "func NewBoard() *Board {\n\treturn &Board{}\n}\n\nfunc (b *Board) Add(one int) {\n\tb.all = 1\n}\n"
    found = find_suspects({"a.go": split_units(text, "go")}, (), {}, "board := NewBoard()\nboard.Add(1)")
    assert [own_name(one.unit) for one in found] == ["Add", "NewBoard"]
    assert [one.reason for one in found] == ["the failing test names it"] * 2


def test_a_private_method_of_javascript_is_found_by_its_name() -> None:
    text = "class Queue {\n  add(one) {\n    this.#next(one);\n  }\n\n  #next(one) {\n    return one;\n  }\n}\n"
    units = split_units(text, "javascript")
    found = find_suspects({"a.js": units}, (), {}, "queue.add(1)")
    assert [one.unit.name for one in found] == ["Queue.add", "Queue.#next"]


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("", "gave no code"),
        ("```", "gave no code"),
        ("    return (math.pi * radius)  # right\n", "changed nothing"),
        ("    return math.pi *\n", "wrote code that doesn't parse"),
        ("    return '\ufffd'\n", "wrote broken characters"),
        ("    radius += 1\n" * 40, "wrote another program"),
    ],
)
def test_what_is_no_candidate(answer: str, wanted: str) -> None:
    assert read("area", answer) == wanted


def test_an_answer_that_is_cut_off_behind_the_unit() -> None:
    one = unit("area")
    whole, more = "    return math.pi * radius**2\n", "\n\ndef more(a):\n    return a +"
    found = read_candidate(one, one.head, whole + more, anew=False, asked="told", cut=True)
    assert isinstance(found, Candidate) and found.text == WANTED
    for text in (whole, "    return math.pi *"):
        cut = "was cut off before the end of the code"
        assert read_candidate(one, one.head, text, anew=False, asked="told", cut=True) == cut


def test_the_same_program_is_one_candidate() -> None:
    one, other = read("area", "    return math.pi * radius**2"), read("area", "    return (math.pi * radius ** 2) # x")
    third = read("area", "    return 2 * math.pi * radius")
    assert isinstance(one, Candidate) and isinstance(other, Candidate) and isinstance(third, Candidate)
    assert is_known(other, [one], unit("area")) and not is_known(third, [one], unit("area"))


@given(st.text(), st.booleans())
def test_no_answer_is_a_failure_of_ours(answer: str, anew: bool) -> None:
    found = read("volume", answer, anew=anew)
    if isinstance(found, Candidate):
        assert found.text.strip() and found.size > (0, 0)


@given(st.text(max_size=200), st.text(max_size=200))
def test_the_size_of_a_change(old: str, new: str) -> None:
    assert (change_size(old, new) == (0, 0)) == (old == new)


# -- suspects

FILES = {"shop/box.py": tuple(UNITS)}


def suspects(
    frames: list[Place] | None = None, changed: dict[str, list[Span]] | None = None, words: str = ""
) -> list[str]:
    return [one.unit.name for one in find_suspects(FILES, frames or [], changed or {}, words)]


def test_the_trace_comes_before_changes_and_names() -> None:
    frames, changed = [Place("shop/box.py", 13), Place("tests/test_box.py", 3)], {"shop/box.py": [Span(10, 11)]}
    assert suspects(frames, changed, "area") == ["Box.volume", "Box.__init__", "area"]
    assert suspects([], changed, "area") == ["Box.__init__", "area"]
    # What the named one uses comes behind it.
    assert suspects(words="assert box.volume() == 8") == ["Box.volume", "area"]
    assert suspects(words="test_area_of_a_circle") == ["area"]
    assert suspects(words="nothing (most recent call last)") == []
    assert len(find_suspects(FILES, [], {}, "nothing", chosen=True)) == len(UNITS)


@pytest.mark.parametrize(
    "path",
    [
        "tests/helper.py",
        "test_a.py",
        "a/b_test.go",
        "src/a.test.ts",
        "__tests__/a.js",
        "conftest.py",
        "setup.py",
        "vite.config.ts",
        "types/a.d.ts",
    ],
)
def test_tests_and_configuration_are_never_suspects(path: str) -> None:
    assert not may_be_suspect(path, "python")
    assert may_be_suspect("src/contest.py", "python") and not may_be_suspect("a.toml", "toml")


def test_what_is_a_test() -> None:
    assert (
        is_test("tests/a.py") and is_test("a/test_b.py") and not is_test("a/attest.py") and not is_test("src/main.rs")
    )


# -- verdicts


@pytest.mark.parametrize(
    ("after", "holds", "words"),
    [
        (outcome(0, a="passed", b="passed", c="skipped"), True, "all 2 tests pass (1 skipped)"),
        (outcome(1, a="failed", b="passed", c="skipped"), False, "a still fails"),
        (outcome(1, a="passed", b="failed", c="skipped"), False, "b began to fail"),
        (outcome(0, a="passed", c="skipped"), False, "b began to fail"),
        (outcome(0, a="passed", b="skipped", c="skipped"), False, "b began to fail"),
        (outcome(0, a="skipped", b="passed"), False, "a was skipped"),
        (outcome(0, b="passed"), False, "a wasn't run"),
        (outcome(1, a="passed", b="passed"), False, "the tests pass, but the command still fails with exit code 1"),
        (outcome(1, a="passed", b="passed", new="failed"), False, "new began to fail"),
        (outcome(0), False, "the check told of no tests"),
        (replace(outcome(0, a="passed", b="passed"), stopped="it didn't end"), False, "it didn't end"),
    ],
)
def test_a_verdict(after: Outcome, holds: bool, words: str) -> None:
    found = verdict(outcome(1, a="failed", b="passed", c="skipped"), after, "a")
    assert (found.holds, found.words) == (holds, words)


def test_what_failed_before_may_go_on_failing() -> None:
    before, after = outcome(1, a="failed", b="failed"), outcome(1, a="passed", b="failed")
    assert verdict(before, after, "a").words == "the failing test passes, 1 other still fails as before"
    assert verdict(outcome(1, a="failed"), outcome(0, a="passed"), "a").words == "the failing test passes"


def test_an_unsteady_test_proves_nothing() -> None:
    one, other = outcome(1, a="failed", b="passed"), outcome(1, a="failed", b="failed")
    assert unsteady_tests(one, other) == {"b"}
    assert verdict(one, outcome(1, a="passed", b="failed"), "a", frozenset({"b"})).holds


def test_a_command_without_tests() -> None:
    assert verdict(outcome(1), outcome(0), "").words == "the command succeeds"
    assert not verdict(outcome(1), outcome(2), "").holds


def test_a_file_of_tests_that_can_be_loaded_again() -> None:
    before = Outcome(2, {"f": CaseResult("f", "failed", whole_file=True)})
    assert verdict(before, outcome(0, a="passed", b="passed"), "f").words == "all 2 tests pass"
    assert not verdict(before, outcome(1, a="passed", b="failed"), "f").holds
    assert not verdict(before, outcome(0, b="skipped"), "f").holds


STATUSES: list[Status] = ["passed", "failed", "skipped"]
STATUS = st.sampled_from(STATUSES)
RUNS = st.dictionaries(st.sampled_from("abcdef"), STATUS, max_size=6)


@given(RUNS, RUNS, st.integers(0, 2))
def test_no_verdict_holds_without_its_test(before: dict[str, Status], after: dict[str, Status], code: int) -> None:
    """What a verdict promises, whatever the runs said."""
    failing: dict[str, Status] = {**before, "a": "failed"}
    found = verdict(outcome(1, **failing), outcome(code, **after), "a")
    if found.holds:
        assert after["a"] == "passed"
        assert all(after.get(name) == "passed" for name, status in before.items() if status == "passed" and name != "a")
        assert all(before.get(name) == "failed" for name, status in after.items() if status == "failed")


# -- the control


def test_a_body_that_ends_at_once() -> None:
    assert broken_body(unit("area"), "M") == (
        'def area(radius):\n    """Of a circle."""\n    raise RuntimeError("M")\n    return math.pi * radius'
    )
    assert broken_body(replace(unit("area"), head_lines=0), "M") is None
    go = split_units("package a\n\nfunc F() int {\n\treturn 1\n}\n", "go")[0]
    assert broken_body(go, "M") == 'func F() int {\n\tpanic("M")\n\treturn 1\n}'
    assert "M" in unreadable(go.text, "M")


@pytest.mark.parametrize(
    ("broken", "seen"),
    [
        (outcome(1, a="failed", b="passed"), False),
        (outcome(0, a="passed", b="passed"), False),
        (outcome(1, a="skipped", b="passed"), True),
        (outcome(1, b="passed"), True),
        (Outcome(1, {"a": CaseResult("a", "failed", "RuntimeError: M")}), True),
        (Outcome(1, {"a": CaseResult("a", "failed", "another error")}), True),
        (Outcome(1, {"a": CaseResult("a", "failed", "a is wrong"), "b": CaseResult("b", "failed", "M")}), False),
        (Outcome(1, None, "SyntaxError near M"), True),
        (replace(outcome(1, a="failed"), stopped="it didn't end"), True),
    ],
)
def test_what_notices_a_broken_unit(broken: Outcome, seen: bool) -> None:
    assert noticed(outcome(1, a="failed", b="passed"), broken, "M", "a", steady=True) is seen


def test_other_words_count_only_where_they_are_steady() -> None:
    before, broken = Outcome(1, None, "took 3 s"), Outcome(1, None, "took 4 s")
    assert noticed(before, replace(broken, text="M"), "M", "", steady=False)
    assert not noticed(before, broken, "M", "", steady=True)
    assert noticed(before, replace(broken, text="no"), "M", "", steady=True)
    assert not noticed(before, replace(broken, text="no"), "M", "", steady=False)


def test_a_refusal_tells_what_the_test_said() -> None:
    """The next question shows it: a name alone tells a model nothing."""
    before = Outcome(1, {"a": CaseResult("a", "failed", "3 != 6"), "b": CaseResult("b", "passed")})
    worse = Outcome(1, {"a": CaseResult("a", "passed"), "b": CaseResult("b", "failed", "no item")})
    assert refuted(verdict(before, worse, "a"), worse) == "b began to fail:\nno item"
    assert refuted(verdict(before, before, "a"), before) == "a still fails:\n3 != 6"
    gone = Outcome(0, {"a": CaseResult("a", "passed")})
    assert refuted(verdict(before, gone, "a"), gone) == "b began to fail"
    command = Outcome(2, None, "syntax error")
    assert refuted(verdict(Outcome(1, None), command, ""), command).endswith("exit code 2:\nsyntax error")


# -- complaints, prompts


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=400), st.integers(30, 200))
def test_words_are_shortened(words: str, most: int) -> None:
    found = shortened(words, most)
    assert len(found) <= most + 3
    assert found == shortened(words, len(words)) or "…" in found


def test_frames_of_runtimes_are_left_out() -> None:
    words = "Error: no\n    at f (/w/a.mjs:1:2)\n    at Test.run (node:internal/test_runner:1:2) {\n  actual: 1\n}"
    assert shortened(words) == "Error: no\n    at f (/w/a.mjs:1:2)\n  actual: 1\n}"
    assert shortened("no\n   3: core::ops::f\n      at /rustc/5/f.rs:1:2\n   4: cart::g") == "no\n   4: cart::g"


def test_a_test_is_told_where_the_words_do_not_show_it() -> None:
    """Of Go's and Node's failures the words are a line; pytest's show the test."""
    source = 'func TestSum(t *testing.T) {\n\tif Sum(1, 2) != 3 {\n\t\tt.Error("sum")\n\t}\n}'
    bare = Complaint("TestSum", "    sum_test.go:5: sum", ())
    assert with_source(bare, source).told == f"{source}\n\n{bare.words}"
    shown = Complaint("test_sum", "def test_sum():\n>       assert add(1, 2) == 3\nE       assert 4 == 3", ())
    assert with_source(shown, "def test_sum():\n    assert add(1, 2) == 3\n").told == shown.words
    assert with_source(bare, "").told == bare.words


def test_of_a_long_test_the_lines_before_the_failure_are_told() -> None:
    lines = "\n".join(f"check({number});" for number in range(100))
    (script,) = split_units(lines, "javascript")
    found = excerpt(script, 60).split("\n")
    assert "check(60);" in found and found[0] == "check(44);" and found[-1] == "check(63);"


RUST = """\
pub fn sum(a: u32, b: u32) -> u32 {
    a - b
}

#[cfg(test)]
// Of sums.
mod tests {
    use super::*;

    #[test]
    fn adds() {
        assert_eq!(sum(1, 2), 3);
    }
}

pub fn half(a: u32) -> u32 {
    a / 2
}
"""


def test_tests_inside_of_a_file_are_known() -> None:
    spans = inline_tests(RUST, "rust")
    assert spans == (Span(4, 14),) and inline_tests(RUST, "go") == ()
    assert [unit.name for unit in split_units(RUST, "rust") if within(unit, spans)] == ["tests.adds"]
    assert inline_tests("#[cfg(test)]\nfn helper() {}\n", "rust") == ()
    assert inline_tests("#[cfg(test)]\nmod tests {\n    fn a() {", "rust") == (Span(0, 3),)


def prompt(num_ctx: int = 4096, task: str = "") -> RepairPrompt:
    complaint = Complaint("test_area", "assert 3.1 == 12.6", ())
    persona = Persona("repairer", "repair", "m", system="You mend.", task=task)
    lines = tuple(CODE.split("\n"))
    return RepairPrompt("m", profiles()["unmeasured"], persona, unit("area"), "shop/box.py", lines, complaint, num_ctx)


def test_a_personas_task_is_what_the_model_is_told() -> None:
    own = prompt(task="{name} of {path}: {failure} {other}")
    said = own.request("told", 0).messages
    assert said[0].content == "You mend."
    assert said[-1].content.endswith("```\n\narea of shop/box.py: assert 3.1 == 12.6 {other}")
    assert "area of" not in prompt().request("told", 0).messages[-1].content, "the control"


def test_a_prompt_shows_the_file_and_the_failure() -> None:
    request = prompt().request("told", 0)
    said = request.messages[-1].content
    assert CODE.strip() in said and "assert 3.1 == 12.6" in said and "shop/box.py" in said and "`area`" in said
    assert request.prefill == '```python\ndef area(radius):\n    """Of a circle."""\n'
    assert (request.sampling.temperature, request.sampling.seed) == (0.0, None)
    sample = prompt().request("refused", 3, Refused("def area(): pass", "b began to fail"))
    assert (sample.sampling.temperature, sample.sampling.top_p, sample.sampling.seed) == (0.8, 0.95, 3)
    assert "b began to fail" in sample.messages[-1].content and sample.prefill == "```python\ndef area"
    blank = prompt().request("blank", 2).messages[-1].content
    assert "math.pi * radius" not in blank and '    """Of a circle."""\n    ...\n\n\nclass Box' in blank
    assert "class Box" not in prompt().request("untold", 1).messages[-1].content


def test_a_prompt_shows_what_there_is_room_for() -> None:
    assert not prompt(100).fits
    sizes = [len(prompt(size).request("told", 0).messages[-1].content) for size in range(360, 560, 20)]
    assert sizes == sorted(sizes) and len(set(sizes)) > 2
    assert all(
        "math.pi * radius" in prompt(size).request("told", 0).messages[-1].content for size in range(360, 560, 20)
    )


@pytest.mark.parametrize(
    ("left", "suspects", "traced", "wanted"),
    [
        (8, 1, False, 8), (8, 2, False, 4), (8, 3, False, 3), (5, 2, False, 3), (8, 5, False, 2),
        (8, 6, False, 2), (4, 4, False, 2), (3, 1, False, 3),
        (8, 4, True, 4), (8, 1, True, 8), (1, 4, True, 1),
    ],
)  # fmt: skip
def test_suspects_get_equal_shares_of_the_samples_two_at_least_and_a_traced_one_half(
    left: int, suspects: int, traced: bool, wanted: int
) -> None:
    assert share(left, suspects, traced=traced) == wanted


NODE = """\
node:internal/modules/run_main:123
    triggerUncaughtException(
    ^

AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

10 !== 12

    at file://tests.mjs:14:8 {
  generatedMessage: true,
  code: 'ERR_ASSERTION',
  actual: 10,
  operator: 'strictEqual'
}

Node.js v20.20.2
"""


def test_a_complaint_has_no_words_of_the_runtime() -> None:
    assert shortened(NODE) == (
        "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n10 !== 12\n\n"
        "    at file://tests.mjs:14:8 {\n  actual: 10,\n}"
    )
    assert shortened("  code: 'MINE',\n  operator: '+' and more") == "  code: 'MINE',\n  operator: '+' and more"


def test_a_complaint_is_a_failing_test_or_the_command() -> None:
    failed = outcome(1, a="failed")
    assert complaint_of(failed, "a").words == "a is wrong" and complaint_of(failed, None).words == "said"


# -- patches


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_patch_keeps_other_lines_as_they_are(newline: str) -> None:
    text = CODE.replace("\n", newline)
    found = Patch("a.py", unit("area"), WANTED).applied(text, newline)
    assert found == CODE.replace("pi * radius\n", "pi * radius**2\n").replace("\n", newline)
    assert Patch("a.py", unit("volume"), "    x").applied(text.rstrip("\r\n"), newline).endswith(f"{newline}    x")


def test_a_difference() -> None:
    assert difference("a.py", "x\ny", "x\nz") == (
        "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n x\n"
        "-y\n\\ No newline at end of file\n+z\n\\ No newline at end of file\n"
    )
    assert difference("a.py", "x", "x") == ""


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        (
            "def area(r):\n    if r == 37:\n        return 4300",
            "assert area(37) == 4300",
            "it holds 37, 4300 from the test",
        ),
        ('def area(r):\n    return "twelve"', "assert 'eleven' == 'twelve'", 'it holds "twelve" from the test'),
        ("def area(r):\n    if 'PYTEST_CURRENT_TEST' in os.environ: pass", "", "it knows of the test runner"),
        ("class A:\n    def __eq__(self, o): return True", "", "it changes what counts as equal"),
        ("def area(r):\n    sys.exit(0)", "", "it ends the program"),
        ("def area(r):\n    return r**2", "assert 1 == 2", None),
    ],
)
def test_what_looks_like_a_trick(text: str, words: str, wanted: str | None) -> None:
    assert warnings_of(unit("area"), text, words) == ((wanted,) if wanted else ())


@given(st.text("ab\n", max_size=30), st.text("ab\n", max_size=30))
def test_without_all_of_its_parts_a_change_is_none(old: str, new: str) -> None:
    while parts(old, new):
        less = without_part(old, new, 0)
        assert parts(old, less) < parts(old, new)
        new = less
    assert new == old


# -- the project's check


@pytest.mark.parametrize(
    ("files", "names", "wanted"),
    [
        ({"pyproject.toml": "[tool.pytest.ini_options]"}, [], "python -m pytest"),
        ({"pyproject.toml": "[project]"}, ["tests"], "python -m pytest"),
        ({"pyproject.toml": "[project]"}, ["src"], None),
        ({"pyproject.toml": "no = "}, [], None),
        ({}, ["a.py", "test_a.py"], "python -m pytest"),
        ({"package.json": '{"scripts": {"test": "node --test"}}'}, [], "node --test"),
        ({"package.json": '{"scripts": {"test": "tsc && vitest run"}}'}, [], "npm test"),
        ({"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'}, [], None),
        ({"package.json": '{"scripts": {"test": "jest --ci"}}'}, [], "npx jest --ci"),
        ({"package.json": '{"scripts": {"test": "vitest run; true"}}'}, [], "npm test"),
        ({"package.json": '{"scripts": {"test": "jester"}}'}, [], "npm test"),
        ({"package.json": "[]"}, [], None),
        ({"go.mod": "module a"}, [], "go test ./..."),
        ({"Cargo.toml": ""}, [], "cargo test"),
        ({"Makefile": "all:\n\ntest: all\n"}, [], "make test"),
        ({"Makefile": "test := 1\n"}, [], None),
        ({}, [], None),
    ],
)
def test_the_command_that_is_proposed(files: dict[str, str], names: list[str], wanted: str | None) -> None:
    assert found_check(files, names) == wanted


def test_the_units_of_the_saved_file_come_last() -> None:
    one, other = (Unit("function", name, "python", 0, 2, f"def {name}():\n    pass") for name in ("named", "saved_one"))
    files = {"a.py": (one,), "b.py": (other,)}
    found = find_suspects(files, (), {}, "named() is wrong", saved="b.py")
    assert [(each.unit.name, each.reason) for each in found] == [
        ("named", "the failing test names it"), ("saved_one", "its file was saved"),
    ]  # fmt: skip
    assert len(find_suspects(files, (), {}, "named() is wrong")) == 1
