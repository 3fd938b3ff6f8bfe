"""Server-sent events, cut anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.engine.openai.sse import MAX_EVENT_BYTES, EventParser, EventTooLong

TEXT = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
END = st.sampled_from(["\n", "\r\n", "\r"])
# Each line with what it adds to the data of its event; None = nothing.
LINE = st.one_of(
    TEXT.map(lambda text: (f"data: {text}", text)),
    TEXT.map(lambda text: (f"data:{text}", text.removeprefix(" "))),
    TEXT.map(lambda text: (f"error: {text}", '{"error": ' + text + "}")),
    TEXT.map(lambda text: (f": {text}", None)),
    st.sampled_from([("data", ""), ("event: delta", None), ("id: 7", None), ("database: no", None)]),
)


@given(st.lists(st.tuples(st.lists(LINE, max_size=4), END), max_size=5), st.booleans(), st.data())
def test_the_pieces_don_t_matter(
    events: list[tuple[list[tuple[str, str | None]], str]], whole: bool, data: st.DataObject
) -> None:
    raw = b""
    expected = []
    for rows, end in events:
        raw += "".join(row + end for row, _ in rows).encode() + end.encode()
        said = [part for _, part in rows if part is not None]
        expected += ["\n".join(said)] if said else []
    raw += b"" if whole else b"data: half"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    parser = EventParser()
    found: list[str] = []
    for first, last in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        found += parser.feed(raw[first:last])
    found += parser.finish() if not parser.whole else []
    assert found == expected


def test_characters_and_line_ends_cut_in_two() -> None:
    raw = "data: Grüße\r\ndata: 世界 🙂\r\n\r\ndata: [DONE]\r\n\r\n".encode()
    parser = EventParser()
    assert [event for byte in raw for event in parser.feed(bytes([byte]))] == ["Grüße\n世界 🙂", "[DONE]"]


def test_an_event_is_told_with_the_byte_that_ends_it() -> None:
    parser = EventParser()
    assert parser.feed(b"data: a\n") == []
    assert parser.feed(b"\n") == ["a"]


def test_what_is_no_data_is_passed_over() -> None:
    raw = b': comment\nevent: delta\nid: 7\ndata:bare\n\ndata: {"a": 1}\nretry: 3\n\n\n\n'
    assert EventParser().feed(raw) == ["bare", '{"a": 1}']


def test_an_unfinished_event_is_none() -> None:
    assert EventParser().feed(b"data: half") == []


def test_llama_cpps_error_field_is_an_error_object() -> None:
    assert EventParser().feed(b'error: {"code": 500, "message": "no"}\n\n') == [
        '{"error": {"code": 500, "message": "no"}}'
    ]


def test_a_whole_answer_is_known_at_its_end() -> None:
    parser = EventParser()
    assert parser.feed(b'{"choices":\n\n') == parser.feed(b" []}\n") == []
    assert parser.whole and parser.finish() == ['{"choices":\n\n []}']


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert EventParser().feed(b"data: \xff\xfe\n\n") == ["\ufffd\ufffd"]


@pytest.mark.parametrize("raw", [b"x" * 65_536, b"data: " + b"x" * 65_530 + b"\n"])
def test_an_endless_line_or_event_is_refused(raw: bytes) -> None:
    parser = EventParser()
    with pytest.raises(EventTooLong):
        for _ in range(MAX_EVENT_BYTES // len(raw) + 2):
            parser.feed(raw)
