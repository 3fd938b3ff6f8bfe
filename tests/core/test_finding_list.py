"""Findings are read at their closing brace, however the stream is cut."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postil.core.review.finding import Severity
from postil.core.review.finding_list import MAX_OBJECT, MAX_TOTAL, FindingParser, RawFinding, findings_schema

ONE = {"quote": 'a = "{" + b[0]', "message": 'Says "}" \\ twice.', "severity": "error", "fixed": "a = 1"}
TWO = {"quote": "b", "message": "c"}
WANTED = [
    RawFinding(ONE["quote"], ONE["message"], Severity.ERROR, "a = 1"),
    RawFinding("b", "c", None, None),
]


def parsed(text: str) -> tuple[list[RawFinding], int]:
    parser = FindingParser()
    found = parser.feed(text)
    parser.finish()
    return found, parser.malformed


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"findings": [ONE, TWO]}),
        json.dumps([ONE, TWO], indent=2),
        "Here is [the] list:\n```json\n" + json.dumps([ONE, TWO]) + '\n```\nThat\'s "all".',
        "See [1]: " + json.dumps({"answer": {"findings": [ONE, TWO]}}),
        json.dumps(ONE) + "\n" + json.dumps(TWO),
        json.dumps({"findings": [ONE, TWO | {"extra": {"deep": [1, {}]}, "severity": "awful", "fixed": 3}]}),
        json.dumps([ONE, TWO]).replace("]", "", 0)[:-1],
    ],
)
def test_whatever_stands_around_them(text: str) -> None:
    assert parsed(text) == (WANTED, 0)


def test_each_comes_with_its_closing_brace() -> None:
    text = json.dumps({"findings": [ONE, TWO]})
    parser = FindingParser()
    at = [index for index, char in enumerate(text) if parser.feed(char)]
    ends = [text.index(json.dumps(item)) + len(json.dumps(item)) - 1 for item in (ONE, TWO)]
    assert at == ends


@given(st.lists(st.fixed_dictionaries({"quote": st.text(min_size=1), "message": st.text()})), st.data())
@example([{"quote": '"\\{}[]', "message": "\\\\\\"}], None)
def test_any_cut_of_the_stream_gives_the_same(items: list[dict[str, str]], data: st.DataObject | None) -> None:
    text = "Well, " + json.dumps({"findings": items}, ensure_ascii=data is None)
    whole = parsed(text)
    parser = FindingParser()
    found: list[RawFinding] = []
    rest = text
    while rest:
        cut = data.draw(st.integers(1, len(rest))) if data is not None else 1
        found += parser.feed(rest[:cut])
        rest = rest[cut:]
    parser.finish()
    assert (found, parser.malformed) == whole
    good = [item for item in items if item["quote"].strip() and item["message"].strip()]
    assert len(whole[0]) == len(good)
    assert whole[1] == len(items) - len(good)


@given(st.text(st.sampled_from('{}[]":,\\ quotemsa1\n')) | st.text())
def test_no_text_breaks_it(text: str) -> None:
    found, malformed = parsed(text + json.dumps(TWO) if text.count('"') == 0 else text)
    assert malformed >= 0
    if text.count('"') == 0:
        assert found == WANTED[1:]


@pytest.mark.parametrize(
    "broken",
    [
        '{"quote": "a", "message": }',
        '{"quote": "a"}',
        '{"quote": 1, "message": "m"}',
        '{"quote": " ", "message": "m"}',
        '{"quote": "a", "message": "m"',
        '{"quote": "a", "message": "' + "m" * MAX_OBJECT + '"}',
    ],
)
def test_what_is_no_finding_is_counted(broken: str) -> None:
    assert parsed(broken) == ([], 1)


def test_an_empty_list_is_an_answer() -> None:
    assert parsed('{"findings": []}') == ([], 0)


def test_a_stream_that_never_ends_is_left() -> None:
    parser = FindingParser()
    assert parser.feed('{"quote": "' + "x" * MAX_TOTAL) == []
    assert parser.overflowed
    assert parser.feed('"}' + json.dumps(TWO)) == []


def test_braces_without_end_are_forgotten() -> None:
    found, malformed = parsed('{"a":' * 100 + json.dumps(TWO))
    assert found == WANTED[1:]
    assert malformed > 0


def test_values_are_bounded_and_can_be_written_as_utf8() -> None:
    long = {"quote": "q" * 2000, "message": "a\n\n b " + "m" * 2000, "fixed": "f" * 2000}
    (found,), _ = parsed(json.dumps(long))
    assert len(found.quote) == 1000 and len(found.message) == 500 and found.fixed is None
    assert found.message.startswith("a b m")
    (found,), _ = parsed('{"quote": "a\\ud800", "message": "line\nend"}')
    assert found == RawFinding("a?", "line end")


def test_the_schema_holds_what_the_parser_reads() -> None:
    schema = json.loads(findings_schema(2))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"findings": [ONE]}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"findings": [ONE, ONE, ONE]}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"findings": [TWO]}, schema)


DRAFT = json.dumps({"quote": "a = 1", "message": "Perhaps?"})


@pytest.mark.parametrize(
    ("text", "drafts"),
    [
        (f'Perhaps {DRAFT}? No. {{"findings": []}}', 1),
        (f'Perhaps {{"findings": [{DRAFT}]}}? No. {{"findings": []}}', 1),
        (f'Perhaps {DRAFT}? Yes. {{"findings": [{DRAFT}]}}', 1),
        (f'{{"findings": [{DRAFT}]}}', 0),
        (f"Here: {DRAFT} {DRAFT}", 0),
    ],
)
def test_what_came_before_the_last_list_was_a_draft(text: str, drafts: int) -> None:
    parser = FindingParser()
    parser.feed(text)
    assert parser.drafts == drafts


def test_prose_that_was_cut_off_is_no_list_however_many_drafts_it_holds() -> None:
    parser = FindingParser()
    parser.feed(f"Let me see. Perhaps {DRAFT}? Or")
    assert "cut off" in parser.why_unread(cut=True, thought=False)
    assert parser.why_unread(cut=False, thought=False) == ""
    whole = FindingParser()
    whole.feed(f'{{"findings": [{DRAFT}, {{"quo')
    assert whole.why_unread(cut=True, thought=False) == "", "what came was a list from its beginning"
