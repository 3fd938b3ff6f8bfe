"""Text of every kind goes through a real engine."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest
from tests import parts
from tests.fuzz.model_document import PIECES

from postil.core.request import ChatRequest, InfillRequest, Message, Sampling
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions


@pytest.mark.real_embedded
async def test_a_real_engine_takes_text_of_every_kind(embedded_gguf: Path) -> None:
    """NUL, half characters, right-to-left, emoji: what an editor can hold goes through a real engine's JSON."""
    text, few = "".join(PIECES), Sampling(max_tokens=3)
    chat = ChatRequest(parts.SMALL, (Message("user", text),), prefill=text[:100], sampling=few)
    infill = InfillRequest(parts.SMALL, text, text, few)
    engine = EmbeddedEngine(lambda name: embedded_gguf, lambda: (), EmbeddedOptions(parts.THREADS))
    try:
        for stream in (engine.chat(chat), engine.infill(infill)):
            async with aclosing(stream):
                assert [delta.finish async for delta in stream][-1] is not None
        # The control: half a character as it is can't be sent at all.
        object.__setattr__(infill, "prefix", "\ud800")
        with pytest.raises(UnicodeEncodeError):
            async with aclosing(engine.infill(infill)) as stream:
                _ = [delta async for delta in stream]
    finally:
        await engine.aclose()
