"""SARIF: valid by the 2.1.0 schema, and its fixes do what they say when a SARIF consumer applies them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.persona.persona import Persona
from postil.core.review.finding import Finding, Fix, Severity, Span
from postil.core.review.sarif import Failure, PlacedFinding, replacement, to_sarif

SCHEMA = json.loads((Path(__file__).parents[1] / "data/sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
SOURCE = ("import os", "", "def f(x):", "    return x - 1", "")
PERSONA = Persona("api-docs", "review", "m", title="API docs")


def finding(**changes: Any) -> Finding:
    values: dict[str, Any] = {
        "persona": "api-docs",
        "method": "edit",
        "unit": "f",
        "lines": Span(1, 2),
        "quote": "    return x - 1",
        "message": "Off by\none.",
        "severity": Severity.WARNING,
        "score": 0.75,
        "fix": Fix(Span(1, 2), "    return x - 1", "    return x"),
    }
    return Finding(**(values | changes))


def placed(path: str = "src/a b#.py", **changes: Any) -> PlacedFinding:
    return PlacedFinding(path, finding(**changes), 2, SOURCE, "f", "\r\n")


def log(*findings: PlacedFinding, **options: Any) -> dict[str, Any]:
    made = to_sarif(findings, [PERSONA], version="0.1.0", **options)
    jsonschema.Draft4Validator(SCHEMA).validate(json.loads(json.dumps(made)))
    return made


def test_a_full_log_is_valid_and_says_everything() -> None:
    made = log(
        placed(),
        placed("/elsewhere/x.py", severity=Severity.HINT, fix=None, columns=(4, 10)),
        placed("C:/work/x.py", severity=Severity.ERROR, persona="other", score=1.5),
        root_uri="file:///work",
        failures=[Failure("b.py", 4, "the stream \x1b[31mbroke")],
        properties={"model": "m"},
    )
    run = made["runs"][0]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["originalUriBaseIds"] == {"SRCROOT": {"uri": "file:///work/"}}
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["postil/api-docs"]
    assert run["tool"]["driver"]["rules"][0]["name"] == "ApiDocs"
    first, second, third = run["results"]
    assert (first["ruleId"], first["ruleIndex"], first["level"], first["rank"]) == (
        "postil/api-docs",
        0,
        "warning",
        75,
    )
    assert first["message"]["text"] == "Off by one."
    assert first["partialFingerprints"] == {"postilFindingId/v1": finding().id}
    location = first["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "src/a%20b%23.py", "uriBaseId": "SRCROOT"}
    assert location["region"] == {"startLine": 4, "endLine": 4, "snippet": {"text": "    return x - 1"}}
    change = first["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert change["deletedRegion"] == {"startLine": 4, "startColumn": 1, "endLine": 4, "endColumn": 17}
    assert change["insertedContent"] == {"text": "    return x"}
    assert (second["level"], "fixes" in second) == ("note", False)
    region = second["locations"][0]["physicalLocation"]["region"]
    assert (region["startColumn"], region["endColumn"]) == (5, 11)
    assert second["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///elsewhere/x.py"}
    assert (third["level"], third["rank"], "ruleIndex" in third) == ("error", 100, False)
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "the stream \\x1b[31mbroke"


def test_nothing_found_is_valid() -> None:
    run = log()["runs"][0]
    assert (run["results"], run["invocations"]) == ([], [{"executionSuccessful": True}])


def test_the_schema_would_tell() -> None:
    """A control for the tests above: a broken log doesn't pass."""
    made: Any = to_sarif([placed()], [PERSONA], version="0.1.0")
    made["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SCHEMA).validate(made)


def test_several_lines_are_written_with_the_files_own_line_end() -> None:
    made = log(placed(fix=Fix(Span(1, 2), "    return x - 1", "    y = x\n    return y")))
    change = made["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert change["insertedContent"]["text"] == "    y = x\r\n    return y"


LINES = st.lists(st.text(alphabet="ab é😀", max_size=4), min_size=1, max_size=6)


@given(LINES, LINES | st.just([]), st.data())
def test_a_replacement_does_what_the_fix_says(source: list[str], new: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(source)))
    last = data.draw(st.integers(first, len(source)))
    text = "\n".join(new)
    if (first == last and not text) or new == [""]:
        return  # no fix: an insertion of nothing; `new == ""` means that lines are taken away
    region, inserted = replacement(source, Span(first, last), text)
    whole = "\n".join(source)
    starts = [sum(len(line) + 1 for line in source[:number]) for number in range(len(source))]
    begin = starts[region["startLine"] - 1] + region["startColumn"] - 1
    end = starts[region["endLine"] - 1] + region["endColumn"] - 1
    assert 0 <= begin <= end <= len(whole)
    done = whole[:begin] + inserted + whole[end:]
    assert done == "\n".join([*source[:first], *new, *source[last:]])
