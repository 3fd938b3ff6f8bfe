"""Server-sent events, cut anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.engine.sse import MAX_EVENT_BYTES, EventParser, EventTooLong

LINE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
END = st.sampled_from(["\n", "\r\n"])


@given(st.lists(st.tuples(st.lists(LINE, min_size=1, max_size=3), END), max_size=5), st.data())
def test_the_pieces_don_t_matter(events: list[tuple[list[str], str]], data: st.DataObject) -> None:
    raw = b""
    for rows, end in events:
        raw += "".join(f"data: {row}{end}" for row in rows).encode() + end.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    parser = EventParser()
    found: list[str] = []
    for first, last in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        found += parser.feed(raw[first:last])
    assert found == ["\n".join(rows) for rows, _ in events]


def test_what_is_no_data_is_passed_over() -> None:
    raw = b': comment\nevent: delta\nid: 7\ndata:bare\n\ndata: {"a": 1}\nretry: 3\n\n\n\n'
    assert EventParser().feed(raw) == ["bare", '{"a": 1}']


def test_an_unfinished_event_is_none() -> None:
    assert EventParser().feed(b"data: half") == []


def test_llama_cpps_error_field_is_an_error_object() -> None:
    assert EventParser().feed(b'error: {"code": 500, "message": "no"}\n\n') == [
        '{"error": {"code": 500, "message": "no"}}'
    ]


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert EventParser().feed(b"data: \xff\xfe\n\n") == ["\ufffd\ufffd"]


@pytest.mark.parametrize("raw", [b"x" * 65_536, b"data: " + b"x" * 65_530 + b"\n"])
def test_an_endless_line_or_event_is_refused(raw: bytes) -> None:
    parser = EventParser()
    with pytest.raises(EventTooLong):
        for _ in range(MAX_EVENT_BYTES // len(raw) + 2):
            parser.feed(raw)
