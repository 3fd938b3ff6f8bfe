"""The bytes of a client cut into messages: the same however they come, and rubbish costs itself only."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fuzz.counting import framed

from postil.lsp.rpc.framing import BadFrame, Framer


@given(st.lists(st.binary(max_size=30), max_size=6), st.lists(st.integers(1, 40), min_size=1, max_size=20))
@settings(max_examples=300, database=None)
def test_messages_are_the_same_however_they_are_cut(bodies: list[bytes], sizes: list[int]) -> None:
    bodies = [body for body in bodies if body]
    data, framer, got = b"".join(framed(body) for body in bodies), Framer(), []
    while data:
        size = sizes[len(got) % len(sizes)]
        got += framer.feed(data[:size])
        data = data[size:]
    assert got == bodies


@given(st.binary(max_size=300))
@settings(max_examples=500, database=None)
def test_rubbish_before_a_message_loses_nothing_but_itself(rubbish: bytes) -> None:
    got = list(Framer().feed(rubbish + b"\n" + framed("{}")))
    assert got[-1] == b"{}"
    faults = [one for one in got if isinstance(one, BadFrame)]
    assert len(faults) <= 1 and len(got) == len(faults) + 1
