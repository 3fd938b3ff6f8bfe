"""What real tools print is read; anything else is read without a failure. Which findings are the same in two runs."""

from __future__ import annotations

import contextlib
import json
from itertools import pairwise

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.core.test_sarif import SCHEMA

from postil.core.data import decode
from postil.core.review.finding import Span
from postil.core.syntax.split import split_units
from postil.core.verify.findings.finding import ToolFinding, find_like, is_gone, new_findings, same_rule
from postil.core.verify.findings.oracle import FindingOracle, SarifReader, ToolReader
from postil.core.verify.findings.reports import read_report
from postil.core.verify.findings.sarif import path_of, read_sarif
from postil.core.verify.findings.silenced import silenced
from postil.core.verify.findings.suspects import finding_complaint, finding_suspects
from postil.core.verify.findings.to_sarif import FileChange, VerifiedResult, verified_sarif
from postil.core.verify.findings.tools import Tool, tool_of_driver, tool_of_source, tools
from postil.core.verify.outcome import Outcome
from postil.core.verify.suspects import Suspect

# ruff 0.17.6, ruff check --output-format=json, cut.
RUFF = """[
  {"cell": null, "code": "F821", "end_location": {"column": 15, "row": 8}, "filename": "/w/py/a.py", "fix": null,
   "location": {"column": 12, "row": 8}, "message": "Undefined name `foo`", "name": "undefined-name", "noqa_row": 8,
   "severity": "error", "url": "https://docs.astral.sh/ruff/rules/undefined-name"},
  {"cell": null, "code": "invalid-syntax", "end_location": {"column": 1, "row": 2}, "filename": "/w/py/b.py",
   "fix": null, "location": {"column": 8, "row": 1}, "message": "Expected `)`, found newline", "severity": "error"}
]
"""
# mypy 2.4.1, mypy --output=json.
MYPY = (
    '{"file": "a.py", "line": 12, "column": 11, "end_line": 12, "end_column": 16, "message": "Incompatible return value'
    ' type (got \\"int\\", expected \\"str\\")", "hint": null, "code": "return-value", "severity": "error"}\n'
    '{"file": "a.py", "line": 3, "column": 0, "end_line": 3, "end_column": 4, "message": "See docs", "hint": null,'
    ' "code": "misc", "severity": "note"}\n'
)
# basedpyright 1.40.2 and pyright 1.1.414, --outputjson, cut.
PYRIGHT = """
{
    "version": "1.40.2",
    "time": "1795784524567",
    "generalDiagnostics": [
        {"file": "/w/py/a.py", "severity": "warning", "message": "Import \\"os\\" is not accessed",
         "range": {"start": {"line": 0, "character": 7}, "end": {"line": 0, "character": 9}},
         "rule": "reportUnusedImport"},
        {"file": "/w/py/b.py", "severity": "error", "message": "Expected expression",
         "range": {"start": {"line": 1, "character": 0}, "end": {"line": 2, "character": 0}}},
        {"file": "/w/py/b.py", "severity": "information", "message": "Analyzed", "rule": "reportX"}
    ],
    "summary": {"filesAnalyzed": 2, "errorCount": 1, "warningCount": 1, "informationCount": 1, "timeInSec": 0.4}
}
"""
# ESLint 9.39.5 with typescript-eslint 8.74.0, --format=json, cut.
ESLINT = json.dumps(
    [
        {
            "filePath": "/w/ts/a.ts",
            "messages": [
                {"ruleId": "eqeqeq", "severity": 2, "message": "Expected '===' and instead saw '=='.", "line": 11,
                 "column": 14, "endLine": 11, "endColumn": 16},
                {"ruleId": None, "nodeType": None, "fatal": True, "severity": 2, "message": "Parsing error: no."},
            ],
            "suppressedMessages": [], "errorCount": 2, "source": "export", "usedDeprecatedRules": [],
        }
    ]
)  # fmt: skip
# TypeScript 5.9.3, tsc --noEmit --pretty false.
TSC = """a.ts(2,3): error TS2322: Type 'number' is not assignable to type 'string'.
src/b.ts(7,9): error TS2345: Argument of type '{ a: string; }' is not assignable to parameter of type 'A'.
  Types of property 'a' are incompatible.
    Type 'string' is not assignable to type 'number'.
error TS18003: No inputs were found in config file.
"""
# go 1.26.8, go vet -json ./... (standard output and error), of one package that it can read and one that it can't.
VET = """# example.org/a
# [example.org/a]
{
	"example.org/a": {
		"assign": [
			{
				"posn": "/w/go/a.go:8:2",
				"end": "/w/go/a.go:8:2",
				"message": "self-assignment of x",
				"suggested_fixes": [{"message": "Remove", "edits": [{"filename": "/w/go/a.go", "start": 75}]}]
			}
		]
	}
}
# example.org/b
vet: ./b.go:2:9: expected ')', found '{'
"""
# staticcheck 2026.2.2, staticcheck -f json ./...
STATICCHECK = (
    '{"code":"SA4018","severity":"error","location":{"file":"/w/go/a.go","line":8,"column":2},"end":{"file":"/w/go/a.go",'
    '"line":8,"column":7},"message":"self-assignment of x to x"}\n'
    '{"code":"compile","severity":"error","location":{"file":"","line":0,"column":0},"end":{"file":"","line":0,"column":0},'
    '"message":"# example.org/a\\n./b.go:2:9: syntax error: unexpected {, expected )"}\n'
)
# cargo 1.95.0, cargo clippy --quiet --message-format=json, cut.
CARGO = (
    '{"reason":"compiler-message","package_id":"path+file:///w/rust#a@0.1.0","message":{"rendered":"warning","spans":[{'
    '"file_name":"src/lib.rs","line_end":6,"line_start":6,"is_primary":true,"label":null}],"level":"warning","message":'
    '"unneeded `return` statement","code":{"code":"clippy::needless_return","explanation":null}}}\n'
    '{"reason":"compiler-message","message":{"spans":[{"file_name":"src/lib.rs","line_end":9,"line_start":9,'
    '"is_primary":true,"label":"expected `i32`, found `&str`"}],"level":"error","message":"mismatched types","code":'
    '{"code":"E0308"}}}\n'
    '{"reason":"compiler-message","message":{"spans":[],"level":"warning","message":"2 warnings emitted"}}\n'
    '{"reason":"build-finished","success":false}\n'
)
# ShellCheck's own documentation of --format=json1, cut.
SHELLCHECK = """{"comments":[{"file":"a.sh","line":2,"endLine":2,"column":6,"endColumn":8,"level":"info","code":2086,
"message":"Double quote to prevent globbing and word splitting.","fix":null}]}"""

EXPECTED = {
    "ruff": (RUFF, [("F821", "py/a.py", 7), ("invalid-syntax", "py/b.py", 0)]),
    "mypy": (MYPY, [("return-value", "py/a.py", 11)]),
    "pyright": (PYRIGHT, [("reportUnusedImport", "py/a.py", 0), ("", "py/b.py", 1)]),
    "basedpyright": (PYRIGHT, [("reportUnusedImport", "py/a.py", 0), ("", "py/b.py", 1)]),
    "eslint": (ESLINT, [("eqeqeq", "ts/a.ts", 10), ("parse", "ts/a.ts", 0)]),
    "tsc": (TSC, [("TS2322", "py/a.ts", 1), ("TS2345", "py/src/b.ts", 6), ("TS18003", "", 0)]),
    "vet": (VET, [("assign", "go/a.go", 7), ("compile", "py/b.go", 1)]),
    "staticcheck": (STATICCHECK, [("SA4018", "go/a.go", 7), ("compile", "py/b.go", 1)]),
    "clippy": (CARGO, [("clippy::needless_return", "py/src/lib.rs", 5), ("E0308", "py/src/lib.rs", 8)]),
    "shellcheck": (SHELLCHECK, [("SC2086", "py/a.sh", 1)]),
}


def test_every_tool_of_the_table_is_read() -> None:
    assert EXPECTED.keys() == tools().keys()


@pytest.mark.parametrize("tool", EXPECTED)
def test_reports(tool: str) -> None:
    text, expected = EXPECTED[tool]
    found = read_report(tool, text, "/w", "py")
    assert found is not None
    assert [(one.rule, one.path, one.span.first) for one in found] == expected
    assert all(one.tool == tool and one.message and one.span.last > one.span.first for one in found)


def test_messages_are_whole() -> None:
    found = read_report("tsc", TSC, "/w", "py")
    assert found is not None and found[1].message.endswith("\n    Type 'string' is not assignable to type 'number'.")
    found = read_report("clippy", CARGO, "/w", "py")
    assert found is not None and found[1].message == "mismatched types: expected `i32`, found `&str`"
    found = read_report("staticcheck", STATICCHECK, "/w", "py")
    assert found is not None and found[1].message == "syntax error: unexpected {, expected )"


@pytest.mark.parametrize("tool", EXPECTED)
def test_no_report_is_not_an_empty_one(tool: str) -> None:
    assert read_report(tool, "Traceback (most recent call last):\n  it crashed\n", "/w", "") is None


@pytest.mark.parametrize(
    ("tool", "text"),
    [("ruff", "[]\n"), ("mypy", ""), ("pyright", '{"generalDiagnostics": []}'), ("eslint", "note\n[]"), ("tsc", ""),
     ("vet", "# a\n{}\n"), ("staticcheck", ""), ("clippy", '{"reason":"build-finished","success":true}'),
     ("shellcheck", '{"comments":[]}')],
)  # fmt: skip
def test_nothing_found(tool: str, text: str) -> None:
    assert read_report(tool, text, "/w", "") == ()


@given(st.sampled_from(sorted(EXPECTED)), st.text(), st.integers(0, 2000), st.integers(0, 2000))
def test_garbage_is_read_without_a_failure(tool: str, garbage: str, first: int, last: int) -> None:
    text = EXPECTED[tool][0]
    read_report(tool, garbage, "/w", "")
    read_report(tool, text[:first] + garbage + text[last:], "/w", "")
    with contextlib.suppress(ValueError):
        read_sarif(SARIF[:first] + garbage + SARIF[last:])


# By hand, of what the standard (2.1.0) allows: bases, an index instead of a URI, a message's identifier, suppressions.
SARIF = json.dumps(
    {
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "Scan", "rules": [{"id": "R1", "messageStrings": {"m": {"text": "{0} is bad"}}}]}
                },
                "originalUriBaseIds": {
                    "TOP": {"uri": "file:///w/"},
                    "SRC": {"uri": "src%20a/", "uriBaseId": "TOP"},
                },
                "artifacts": [{"location": {"uri": "b.py", "uriBaseId": "SRC"}}],
                "results": [
                    {
                        "ruleIndex": 0,
                        "message": {"id": "m", "arguments": ["eval"]},
                        "locations": [
                            {"physicalLocation": {"artifactLocation": {"index": 0}, "region": {"startLine": 3}}}
                        ],
                    },
                    {
                        "ruleId": "R2",
                        "message": {"text": "no place"},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": "c.py"},
                                    "region": {"startLine": 2, "endLine": 4},
                                }
                            }
                        ],
                    },
                    {"ruleId": "R3", "message": {"text": "passed"}, "kind": "pass"},
                    {"ruleId": "R4", "message": {"text": "suppressed"}, "suppressions": [{"kind": "inSource"}]},
                    {"ruleId": "R5", "message": {"text": "gone"}, "baselineState": "absent"},
                ],
            }
        ],
    }
)  # fmt: skip


def test_sarif() -> None:
    (run,) = read_sarif(SARIF)
    assert run.driver == "Scan"
    assert [(one.rule, one.message, one.path, one.line, one.end_line) for one in run.found] == [
        ("R1", "eval is bad", "/w/src a/b.py", 3, 0),
        ("R2", "no place", "c.py", 2, 4),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a SARIF log: Input data was truncated"),
        ('{"runs": []}', "missing required field `version`"),
        ('{"version": "1.0.0", "runs": []}', "SARIF '1.0.0' isn't read, only 2.1.0"),
        ('{"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]}', r"missing required field `name` - at `\$\.runs"),
    ],
)
def test_what_is_no_sarif_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_sarif(text)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("src/a%20b.py", "src/a b.py"),
        ("file:///w/a.py", "/w/a.py"),
        ("file:///C:/w/a.py", "C:/w/a.py"),
        ("C:/w/a.py", "C:/w/a.py"),
        ("https://example.org/a.py", "https://example.org/a.py"),
        ("file://[", "file://["),
    ],
)
def test_uris(uri: str, path: str) -> None:
    assert path_of(uri) == path


def test_the_table_refuses_unknown_keys() -> None:
    rows = (
        'program = "a"\narguments = "b"\nfound = ["path"]\npaths = "given"\nreads = "ruff"\nsources = ["a"]\n'
        'drivers = ["a"]\nlanguages = ["python"]\ninstall = "c"\n'
    )
    assert decode(f"[a]\n{rows}", dict[str, Tool])["a"].program == "a"
    for more in ('colour = "red"', "needs = 1"):
        with pytest.raises(ValueError, match=r"\$"):
            decode(f"[a]\n{rows}{more}\n", dict[str, Tool])


def test_names_of_tools_are_found_and_are_one_tool_s_only() -> None:
    assert [tool_of_source(name) for name in ("Ruff", "Pyright", "ts", "printf", "rustc", "Postil")] == [
        "ruff", "pyright", "tsc", "vet", "clippy", None,
    ]  # fmt: skip
    assert tool_of_driver("Staticcheck") == "staticcheck" and tool_of_driver("CodeQL") is None
    for names in ([tool.sources for tool in tools().values()], [tool.drivers for tool in tools().values()]):
        every = sorted(name for row in names for name in row)
        assert all(one != other for one, other in pairwise(every)), every
        assert every == [name.casefold() for name in every]


def finding(
    message: str = "Undefined name `foo`", line: int = 7, rule: str = "F821", path: str = "a.py"
) -> ToolFinding:
    return ToolFinding("ruff", rule, message, path, Span(line, line + 1))


def test_a_finding_that_moved_is_the_same() -> None:
    before = (finding(), finding("Redefinition of unused `a` from line 3", 9, "F811"))
    after = (finding("Redefinition of unused `a` from line 13", 19, "F811"), finding(line=17))
    assert new_findings(before, after) == ()
    assert not is_gone(before[0], before, after) and is_gone(before[0], before, after[:1])


def test_the_same_finding_twice_is_counted() -> None:
    before, after = (finding(line=1), finding(line=5)), (finding(line=5),)
    assert is_gone(before[0], before, after) and new_findings(before, after) == ()
    assert new_findings(after, before) == (before[1],)


def test_numbers_that_are_no_lines_count() -> None:
    before, after = finding("`f` is too complex (12 > 10)"), finding("`f` is too complex (11 > 10)")
    assert new_findings([before], [after]) == (after,)


@given(st.lists(st.sampled_from([finding(), finding("b"), finding(path="b.py")]), max_size=6))
def test_a_run_has_nothing_new_to_itself(run: list[ToolFinding]) -> None:
    moved = [ToolFinding(one.tool, one.rule, one.message, one.path, one.span.shifted(3)) for one in reversed(run)]
    assert new_findings(run, moved) == () and not any(is_gone(one, run, moved) for one in run)
    assert len(new_findings([], run)) == len(run)


def test_a_diagnostic_of_an_editor_is_found_among_a_tool_s_findings() -> None:
    found = (finding(line=1), finding(line=9), finding("other", 8, "F401"), finding(path="b.py", line=8))
    assert find_like(found, "a.py", 8, rule="F821") == found[1]
    assert find_like(found, "a.py", 3, message="Undefined name  `foo`") == found[0]
    assert find_like(found, "a.py", 9, rule="E999", message="") is None
    assert same_rule("2322", "TS2322") and same_rule("needless_return", "clippy::needless_return")
    assert not same_rule("2322", "TS2323") and not same_rule("tsx", "x")


ORACLE = FindingOracle((finding(), finding("b", 2, "E1")), finding(), "ruff")


def outcome(*found: ToolFinding, **more: object) -> Outcome:
    return Outcome(1, None, findings=found)


def test_gone_and_none_is_new() -> None:
    found = ORACLE.verdict(outcome(finding("b", 4, "E1")))
    assert found.holds and found.words == "ruff is content: F821 is gone, no new finding"
    found = ORACLE.verdict(outcome())
    assert found.holds and found.words == "ruff is content: F821 is gone, and 1 more with it, no new finding"


def test_gone_with_a_new_one_does_not_hold() -> None:
    found = ORACLE.verdict(outcome(finding("b", 4, "E1"), finding("c", 4, "E2")))
    assert (found.holds, found.words) == (False, "ruff says a new thing: ruff E2: c (a.py:5)")


def test_the_same_in_other_words_has_stayed() -> None:
    found = ORACLE.verdict(outcome(finding("Undefined name `bar`"), finding("b", 4, "E1"), finding()))
    assert (found.holds, found.words) == (False, "ruff still says F821: Undefined name `bar`")


def test_a_tool_that_fails_proves_nothing() -> None:
    found = ORACLE.verdict(Outcome(2, None, "no such option\nusage: ruff"))
    assert (found.holds, found.words) == (False, "ruff failed: usage: ruff")
    assert not ORACLE.verdict(Outcome(0, None, stopped="it didn't end", findings=())).holds
    assert not ORACLE.noticed(Outcome(0, None, stopped="it didn't end"), "mark")


def test_the_control() -> None:
    assert ORACLE.noticed(outcome(finding("Expected an expression", 9, "invalid-syntax")), "mark")
    assert ORACLE.noticed(Outcome(2, None, "SyntaxError"), "mark")
    # The same findings, fewer of them, or one elsewhere: it read another text.
    assert not ORACLE.noticed(outcome(*ORACLE.before), "mark")
    assert not ORACLE.noticed(outcome(), "mark")
    assert not ORACLE.noticed(outcome(*ORACLE.before, finding("x", path="deep/b.py")), "mark")


def test_readers() -> None:
    reader = ToolReader("vet", "/w", "py", stderr=True)
    assert reader.prepared("go vet -json ./...", "/r x", "").command == "go vet -json ./... >'/r x' 2>&1"
    assert reader.outcome(0, "", None, "", 1.0).findings == ()
    # Ended by itself with an error, and told of nothing.
    assert reader.outcome(1, "", "", "", 1.0).findings is None
    assert reader.outcome(0, "", "", "it was killed", 1.0).findings is None
    sarif = SarifReader("/w", "", frozenset({"Scan"}))
    assert sarif.prepared("scan --out={sarif} .", "/r", "").command == "scan --out=/r ."
    assert sarif.prepared("scan # all", "/r", "").command == "{ scan # all\n} >/r"
    found = sarif.outcome(0, "", SARIF, "", 1.0).findings
    assert found is not None and [(one.tool, one.rule, one.path) for one in found] == [
        ("Scan", "R1", "src a/b.py"),
        ("Scan", "R2", "c.py"),
    ]
    assert SarifReader("/w", "", frozenset({"Other"})).outcome(0, "", SARIF, "", 1.0).findings is None
    assert "not a SARIF log" in sarif.outcome(0, "", "{", "", 1.0).text


PYTHON = "def f(a: int = 1) -> int:\n    b = a + 1\n    c = b\n    print(c)\n    print(b)\n    return c\n"


@pytest.mark.parametrize(
    ("language", "old", "new", "why"),
    [
        ("python", PYTHON, PYTHON.replace("b = a + 1", "b = a + 1  # noqa: F821"), "silences the tool (# noqa"),
        ("python", PYTHON, PYTHON.replace("c = b", "c = b  # type: ignore"), "silences the tool"),
        ("python", PYTHON, PYTHON.replace("a: int", "a: Any"), "hides the types from the tool (Any)"),
        ("python", PYTHON, "def f(a: int = 1) -> int:\n    return 1\n", "removes more than half"),
        ("python", PYTHON, PYTHON.replace("def f", "def g"), "removes `f`"),
        ("python", "def f():\n    return 1\n", "pass\n", "removes `f`"),
        ("python", PYTHON, PYTHON.replace("a + 1", "a + 2"), ""),
        ("python", PYTHON + "# noqa", PYTHON.replace("a + 1", "a + 2") + "# noqa", ""),
        ("typescript", "f(a);", "// eslint-disable-next-line eqeqeq\nf(a);", "silences the tool (eslint-disable)"),
        ("typescript", "f(a);", "// @ts-expect-error\nf(a);", "silences the tool"),
        ("typescript", "f(a);", "f(a as any);", "hides the types"),
        ("typescript", "f(a.b);", "f(a!.b);", "hides the types"),
        ("typescript", "f(a);", "f(a !== b);", ""),
        ("rust", "fn f() {}", "#[allow(dead_code)]\nfn f() {}", "silences the tool"),
        ("rust", "fn f() {}", "#![allow(clippy::all)]\nfn f() {}", "silences the tool"),
        ("go", "f(a)", "f(a) //nolint:errcheck", "silences the tool"),
        ("shellscript", "echo $a", "# shellcheck disable=SC2086\necho $a", "silences the tool"),
    ],
)  # fmt: skip
def test_what_silences_is_refused(language: str, old: str, new: str, why: str) -> None:
    found = silenced(language, old, new)
    assert why in found if why else not found


MODULE = """\
import os


LIMIT = compute(3)


def total(items, extra):
    \"\"\"The sum.\"\"\"
    return sum(items) + extra


class Shop:
    name: str
    size: int

    def most(self):
        return total([1], "a")
"""


def suspected(line: int, message: str = "wrong", text: str = MODULE, language: str = "python") -> list[Suspect]:
    at = finding(message, line, path="shop.py")
    return finding_suspects(at, split_units(text, language), text.split("\n"), language)


def test_the_unit_at_the_finding_comes_first() -> None:
    assert [one.unit.name for one in suspected(8)] == ["total"]
    found = suspected(8, "Undefined name `os`")
    assert [one.unit.name for one in found] == ["total", "module"]
    assert found[0].traced and found[0].unit.head_lines == 2 and found[0].unit.first_line == 6
    # Its file is small: an import and its use may both be wrong.
    assert found[1].unit.text == MODULE.rstrip("\n")


def test_a_finding_in_a_signature_leaves_the_answer_its_head() -> None:
    assert suspected(6)[0].unit.head_lines == 0 and suspected(6)[0].unit.name == "total"


def test_what_the_words_name_comes_next() -> None:
    found = suspected(16, 'Argument 2 to "total" has incompatible type "str"')
    assert [one.unit.name for one in found] == ["Shop.most", "total"]
    assert found[1].unit.head_lines == 0
    found = suspected(8, 'Argument 1 has incompatible type "Shop"')
    assert [one.unit.name for one in found] == ["total", "Shop.most"]


def test_code_that_is_in_no_unit_is_one() -> None:
    found = suspected(0)[0].unit
    assert (found.kind, found.text, found.first_line, found.last_line) == ("module", "import os", 0, 1)
    found = suspected(13)[0].unit
    assert "    name: str\n    size: int" in found.text
    code = "export interface Item {\n  code: string;\n}\n\nexport function f(a: Item) {\n  return a;\n}\n"
    found = suspected(1, text=code, language="typescript")[0].unit
    assert found.text == code.partition("\n\n")[0]


def test_of_a_large_file_the_code_around_the_finding_and_the_imports() -> None:
    text = "import os\n" + "".join(f"VALUE_{number}: int\n" for number in range(200)) + "\n\n" + MODULE
    found = suspected(100, text=text)
    assert len(found[0].unit.lines) <= 41 and found[0].unit.first_line <= 100 < found[0].unit.last_line


@given(
    st.integers(0, 60), st.text("ab(){}[]:\n\t '\"=.", max_size=200), st.sampled_from(["python", "typescript", "go"])
)
def test_suspects_never_fail_and_are_parts_of_the_file(line: int, text: str, language: str) -> None:
    lines = text.split("\n")
    for one in suspected(line, text=text, language=language):
        unit = one.unit
        assert 0 <= unit.first_line < unit.last_line <= len(lines)
        assert unit.text == "\n".join(lines[unit.first_line : unit.last_line])


def test_the_complaint_has_the_line_and_its_code() -> None:
    at = ToolFinding("mypy", "arg-type", "Argument 2 is wrong", "shop.py", Span(16, 17))
    complaint = finding_complaint(at, MODULE.split("\n"))
    assert complaint.finding and complaint.words == (
        'mypy, line 17: Argument 2 is wrong (arg-type)\n\n    return total([1], "a")'
    )


LINES = st.lists(st.sampled_from(["", "a", "b", "  c", "é\u2028"]), min_size=1, max_size=8)


@given(LINES, LINES)
def test_the_replacements_of_a_log_make_the_new_file(before: list[str], after: list[str]) -> None:
    result = VerifiedResult("r", "m", "a.py", Span(0, 1), "fixed", "v", FileChange("a.py", tuple(before), tuple(after)))
    assume(before != after)
    made = verified_sarif([result], version="1", root_uri="file:///w", properties={})
    text = json.dumps(made)
    jsonschema.Draft4Validator(SCHEMA).validate(json.loads(text))
    replaced = json.loads(text)["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"]
    whole = "\n".join(before)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line) + 1)
    for one in reversed(replaced):
        region = one["deletedRegion"]
        first = starts[region["startLine"] - 1] + region["startColumn"] - 1
        last = starts[region["endLine"] - 1] + region["endColumn"] - 1
        whole = whole[:first] + one["insertedContent"]["text"] + whole[last:]
    assert whole == "\n".join(after)
