"""What runs of real runners said is read; anything else is read without a failure."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.verify.places import MAX_PLACES, Place, innermost_first, inside, places_in
from postil.core.verify.reports.junit import read_junit
from postil.core.verify.reports.text import read_cargo, read_go, read_unittest
from postil.core.verify.runners import prepared, read_outcome

# As pytest 9 writes it with junit_family=xunit1, cut.
PYTEST = """<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite
 name="pytest" errors="1" failures="1" skipped="1" tests="4"><testcase classname="tests.test_a.TestB" name="test_c[1]"
 file="tests/test_a.py" line="3" time="0.001"><failure
 message="assert 1 == 2">def test_c():
&gt;       assert f() == 2
E       assert 1 == 2

tests/test_a.py:5: AssertionError</failure></testcase><testcase
 classname="tests.test_a" name="test_d" file="tests/test_a.py" line="9" time="0.1" /><testcase classname="tests.test_a"
 name="test_e" file="tests/test_a.py"><skipped type="pytest.skip" message="why" /></testcase>
<testcase classname="" name="tests.test_f" file="tests/test_f.py"><error
 message="collection failure">tests/test_f.py:1: in &lt;module&gt;
    import nothing</error></testcase></testsuite></testsuites>"""

# As Node 22 writes it: cases beside suites, and suites in suites.
NODE = """<?xml version="1.0" encoding="utf-8"?>
<testsuites>
\t<testcase name="adds" time="0.001" classname="test" file="/w/a.test.mjs"/>
\t<testsuite name="outer" time="0.01"><testsuite name="inner" time="0.01">
\t\t<testcase name="adds" classname="test" failure="no"><failure type="testCodeFailure" message="no">[Error: no] {
    at add (file:///w/src/a.mjs:3:9)
    at TestContext.&lt;anonymous&gt; (file:///w/a.test.mjs:7:3)
}</failure></testcase>
\t</testsuite></testsuite>
\t<!-- tests 2 -->
</testsuites>"""

GO = """\
{"Time":"2026-11-27T10:00:00Z","Action":"start","Package":"example.org/shop"}
{"Action":"run","Package":"example.org/shop","Test":"TestTotal"}
{"Action":"run","Package":"example.org/shop","Test":"TestTotal/none"}
{"Action":"output","Package":"example.org/shop","Test":"TestTotal/none","Output":"    cart_test.go:9: got 1, want 0\\n"}
{"Action":"fail","Package":"example.org/shop","Test":"TestTotal/none","Elapsed":0}
{"Action":"fail","Package":"example.org/shop","Test":"TestTotal","Elapsed":0}
{"Action":"pass","Package":"example.org/shop","Test":"TestMost","Elapsed":0}
{"Action":"skip","Package":"example.org/shop","Test":"TestLater","Elapsed":0}
{"Action":"fail","Package":"example.org/shop","Elapsed":0.01}
"""
GO_BROKEN = """\
{"ImportPath":"example.org/shop [shop.test]","Action":"build-output","Output":"./cart.go:4:2: undefined: x\\n"}
{"ImportPath":"example.org/shop [example.org/shop.test]","Action":"build-fail"}
{"Action":"output","Package":"example.org/shop","Output":"FAIL\\texample.org/shop [build failed]\\n"}
{"Action":"fail","Package":"example.org/shop","Elapsed":0,"FailedBuild":"example.org/shop [example.org/shop.test]"}
"""

UNITTEST = """\
test_most (test_cart.Case.test_most) ... ok
test_none (test_cart.Case.test_none)
Of nothing. ... skipped 'later'
test_total (test_cart.Case.test_total) ... FAIL

======================================================================
FAIL: test_total (test_cart.Case.test_total)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/w/test_cart.py", line 8, in test_total
    self.assertEqual(total([1, 2]), 3)
AssertionError: 1 != 3

----------------------------------------------------------------------
Ran 3 tests in 0.000s

FAILED (failures=1, skipped=1)
"""

CARGO = """\
running 3 tests
test tests::most ... ok
test tests::total ... FAILED
test tests::later ... ignored

failures:

---- tests::total stdout ----

thread 'tests::total' panicked at src/lib.rs:21:9:
assertion `left == right` failed
  left: 3
 right: 6


failures:
    tests::total

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""


def test_pytests_report() -> None:
    found = read_junit(PYTEST)
    assert found is not None
    assert {name: one.status for name, one in found.items()} == {
        "tests/test_a.py::TestB::test_c[1]": "failed",
        "tests/test_a.py::test_d": "passed",
        "tests/test_a.py::test_e": "skipped",
        "tests/test_f.py::tests.test_f": "failed",
    }
    failed = found["tests/test_a.py::TestB::test_c[1]"]
    assert "E       assert 1 == 2" in failed.words and failed.places == (Place("tests/test_a.py", 4),)
    assert found["tests/test_f.py::tests.test_f"].whole_file and not failed.whole_file


def test_nodes_report() -> None:
    found = read_junit(NODE)
    assert found is not None
    assert {name: one.status for name, one in found.items()} == {"adds": "passed", "adds #2": "failed"}
    assert found["adds #2"].places == (Place("file:///w/src/a.mjs", 2), Place("file:///w/a.test.mjs", 6))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<",
        "<a/>",
        "no",
        "<testsuites>",
        '<!DOCTYPE a [<!ENTITY b "c">]><testsuites>&b;</testsuites>',
        "\0<testsuites/>",
    ],
)
def test_what_is_no_report(text: str) -> None:
    assert not read_junit(text)


def test_gos_events() -> None:
    found = read_go(GO)
    assert found is not None
    assert {name: one.status for name, one in found.items()} == {
        "example.org/shop.TestTotal/none": "failed",
        "example.org/shop.TestMost": "passed",
        "example.org/shop.TestLater": "skipped",
    }
    assert found["example.org/shop.TestTotal/none"].places == (Place("cart_test.go", 8),)
    broken = read_go(GO_BROKEN)
    assert broken is not None and broken["example.org/shop"].whole_file
    assert Place("./cart.go", 3) in broken["example.org/shop"].places


def test_unittests_text() -> None:
    found = read_unittest(UNITTEST)
    assert found is not None
    assert {name: one.status for name, one in found.items()} == {
        "test_most (test_cart.Case.test_most)": "passed",
        "test_none (test_cart.Case.test_none)": "skipped",
        "test_total (test_cart.Case.test_total)": "failed",
    }
    failed = found["test_total (test_cart.Case.test_total)"]
    assert failed.words.endswith("AssertionError: 1 != 3") and failed.places == (Place("/w/test_cart.py", 7),)


def test_cargos_text() -> None:
    found = read_cargo(CARGO)
    assert found is not None
    assert {name: one.status for name, one in found.items()} == {
        "tests::most": "passed",
        "tests::total": "failed",
        "tests::later": "skipped",
    }
    assert found["tests::total"].places == (Place("src/lib.rs", 20),)


NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda name: name.strip() == name
)
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), max_size=60).filter(
    lambda text: text.strip() == text != ""
)


@given(st.dictionaries(NAMES, st.one_of(st.none(), WORDS), max_size=8))
def test_every_case_of_a_report_is_read(cases: dict[str, str | None]) -> None:
    rows = [
        f"<testcase name={quoteattr(name)}>{'' if words is None else f'<failure>{escape(words)}</failure>'}</testcase>"
        for name, words in cases.items()
    ]
    found = read_junit(f"<testsuites><testsuite>{''.join(rows)}</testsuite></testsuites>")
    assert found is not None
    assert {name: one.words if one.status == "failed" else None for name, one in found.items()} == cases


@given(st.text())
def test_no_text_is_a_failure_of_ours(text: str) -> None:
    for report in (None, text, f"<testsuites>{text}</testsuites>"):
        outcome = read_outcome(1, text, report)
        assert not outcome.passes
        assert all(place.line >= 0 and place.path for place in outcome.places)


@pytest.mark.parametrize("source", [PYTEST, NODE, GO, GO_BROKEN, UNITTEST, CARGO], ids=lambda text: text[:12])
@given(data=st.data())
def test_half_a_report_is_no_failure_of_ours(source: str, data: st.DataObject) -> None:
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(source))] * 2)))
    for text in (source[first:last], source[:first] + source[last:]):
        read_outcome(1, text, None)
        read_outcome(1, "", text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('  File "/w/a b.py", line 3, in f', [Place("/w/a b.py", 2)]),
        ("src/a.py:12: AssertionError", [Place("src/a.py", 11)]),
        ("    at f (/w/a.ts:3:7)", [Place("/w/a.ts", 2)]),
        ("--> src/main.rs:10:5", [Place("src/main.rs", 9)]),
        ("\t/w/x_test.go:10 +0x1d", [Place("/w/x_test.go", 9)]),
        (r"C:\w\a.py:3: error", [Place(r"C:\w\a.py", 2)]),
        ("src/a.ts(3,7): error TS2322", [Place("src/a.ts", 2)]),
        ("at 12:30:01 on 1.5:2", []),
        ("http://example.org:80/a", []),
        ("a.py:1 a.py:1 b.py:2", [Place("a.py", 0), Place("b.py", 1)]),
        ("x" * 5000 + "a.py:1", []),
    ],
)
def test_places(text: str, wanted: list[Place]) -> None:
    assert list(places_in(text)) == wanted


def test_places_have_a_bound() -> None:
    assert len(places_in("\n".join(f"a.py:{line}" for line in range(1, 3000)))) == MAX_PLACES


def test_the_innermost_place_comes_first() -> None:
    assert innermost_first(places_in("a.py:1\nb.py:2")) == (Place("b.py", 1), Place("a.py", 0))
    assert innermost_first(places_in("a.js:1\nb.js:2")) == (Place("a.js", 0), Place("b.js", 1))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/w/a.py", "a.py"),
        ("a.py", "sub/a.py"),
        ("../a.py", "a.py"),
        ("./b/a.py", "sub/b/a.py"),
        ("file:///w/a%20b.mjs", "a b.mjs"),
        ("/elsewhere/a.py", None),
        ("../../a.py", None),
        ("/wider/a.py", None),
    ],
)
def test_paths_inside(path: str, wanted: str | None) -> None:
    assert inside(path, "/w", "sub") == wanted


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("go test ./... && echo", "go test -json -count=1 ./... && echo"),
        ("go test -v -json ./...", "go test -v -json ./..."),
        ("cd a; node --test", "cd a; node --test --test-reporter=junit --test-reporter-destination=/r"),
        ("node --test --test-reporter=tap", "node --test --test-reporter=tap"),
        ("node a.js", "node a.js"),
        ("npx vitest run", "npx vitest run --reporter=default --reporter=junit --outputFile=/r"),
        ("npx jest --ci src", "npx jest --json --outputFile=/r --ci src"),
        ("node_modules/.bin/jest", "node_modules/.bin/jest --json --outputFile=/r"),
        ("npx jest --json", "npx jest --json"),
        ("npm run test:jest", "npm run test:jest"),
        ("python -m unittest discover", "python -m unittest discover -v"),
        ("python -m unittest -q", "python -m unittest -q"),
        ("make test", "make test"),
        ("pytest -x | tail", "pytest -x | tail"),
    ],
)
def test_what_is_added_to_a_command(command: str, wanted: str) -> None:
    assert prepared(command, "/r").command == wanted


def test_what_is_added_for_pytest_reaches_it_through_other_commands() -> None:
    added = prepared("make test", "/a b/r", "-x").environment["PYTEST_ADDOPTS"]
    assert added == "-x --junitxml='/a b/r' -o junit_family=xunit1"


# Written by jest 30.3, shortened.
JEST = """{"numFailedTests": 1, "testResults": [
{"assertionResults": [
  {"ancestorTitles": ["sum"], "duration": 7, "failureMessages": ["Error: expect(received).toBe(expected)\\n\\n\
Expected: 6\\nReceived: 3\\n    at Object.toBe (/w/__tests__/sum.test.js:3:51)"], "fullName": "sum of three",
   "status": "failed", "title": "of three"},
  {"ancestorTitles": ["sum"], "failureMessages": [], "status": "passed", "title": "of none"},
  {"ancestorTitles": [], "failureMessages": [], "status": "pending", "title": "later"},
  {"ancestorTitles": [], "failureMessages": [], "status": "todo", "title": "later"}],
 "message": "", "name": "/w/__tests__/sum.test.js", "status": "failed"},
{"assertionResults": [], "message": "Cannot find module './nothing'\\n  at Object.require (__tests__/b.test.js:1:11)",
 "name": "/w/__tests__/b.test.js", "status": "failed"}]}"""


def test_jest_tells_its_tests_as_json() -> None:
    found = read_outcome(1, "FAIL sum", JEST).tests or {}
    assert {name: one.status for name, one in found.items()} == {
        "sum.test.js: sum › of three": "failed",
        "sum.test.js: sum › of none": "passed",
        "sum.test.js: later": "skipped",
        "sum.test.js: later #2": "skipped",
        "b.test.js": "failed",
    }
    failed = found["sum.test.js: sum › of three"]
    assert "Received: 3" in failed.words and failed.places == (Place("/w/__tests__/sum.test.js", 2),)
    assert found["b.test.js"].whole_file and not failed.whole_file
    assert read_outcome(1, "", '{"testResults": [1]}').tests is None, "the control"


def test_tests_of_one_name_in_two_crates_are_two() -> None:
    """A fix that broke the one of the first crate was told as verified."""
    one = "test works ... ok\ntest old ... FAILED\n\n---- old stdout ----\nno\n\nfailures:\n    old\n"
    other = "test works ... FAILED\n\n---- works stdout ----\npanicked\n\nfailures:\n    works\n"
    found = read_cargo(one + other)
    assert found is not None
    assert [(name, each.status) for name, each in found.items()] == [
        ("works", "passed"), ("old", "failed"), ("works #2", "failed"),
    ]  # fmt: skip
    assert found["works #2"].words == "panicked"


LOGGED = """\
test_a (t.T.test_a) ... WARNING:root:low
a line of its own
ok
test_b (t.T.test_b)
What it does. ... INFO:root:high
FAIL
test_c (t.T.test_c) ... skipped 'no'

======================================================================
FAIL: test_b (t.T.test_b)
What it does.
----------------------------------------------------------------------
Traceback (most recent call last):
AssertionError

======================================================================
ERROR: setUpClass (t.Other)
----------------------------------------------------------------------
ValueError: x

----------------------------------------------------------------------
Ran 3 tests in 0.001s

FAILED (failures=1)
"""


def test_what_a_unittest_writes_itself_is_between_the_dots_and_its_end() -> None:
    found = read_unittest(LOGGED)
    assert found is not None
    assert {name.partition(" ")[0]: one.status for name, one in found.items()} == {
        "test_a": "passed", "test_b": "failed", "test_c": "skipped", "setUpClass": "failed",
    }  # fmt: skip
    # It has no name in a run in which it works.
    assert found["setUpClass (t.Other)"].whole_file and not found["test_b (t.T.test_b)"].whole_file


def test_a_unittest_that_names_only_what_fails_is_a_command() -> None:
    """Without `-v`, behind `make test`: no test of a run that passes has a name, so that none could be mended."""
    text = "F.\n" + LOGGED[LOGGED.index("=" * 70) :]
    assert read_unittest(text) is None
    assert read_unittest("..\n----\nRan 2 tests in 0.001s\n\nOK\n") is None


@pytest.mark.parametrize(
    "command",
    [
        "python -m pytest -k jest", "cd packages/vitest && npm test", "npm run jest", "pytest tests/jest",
        "make vitest", "npm test -- jest",
    ],
)  # fmt: skip
def test_a_word_that_is_no_program_gets_no_options(command: str) -> None:
    assert prepared(command, "/r").command == command


@pytest.mark.parametrize(
    "start",
    ["CI=1 npx ", "cd web && ", "./node_modules/.bin/", "yarn ", "pnpm exec ", "npx --no-install ", "(", "CI=1 A= "],
)
def test_a_program_is_found_behind_who_starts_it(start: str) -> None:
    assert prepared(f"{start}jest -i", "/r").command == f"{start}jest --json --outputFile=/r -i"
    assert "--reporter=junit" in prepared(f"{start}vitest run", "/r").command
