"""10,000 random edits in each position encoding: the server's text is the editor's after every one of them."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsprotocol import types
from tests.fuzz.model_document import PIECES, Encoding, ModelDocument, Place
from tests.lsp.client import CAPABILITIES
from tests.lsp.conftest import Play

from postil.lsp.sync.text_document import apply_change
from postil.service.documents import Document

ENCODINGS: list[Encoding] = ["utf-8", "utf-16", "utf-32"]
EDITS = 10_000
# Of one example; a longer one shrinks badly, a shorter one never makes a long text.
SESSION = 50
Edit = tuple[int, int, int, int, int]


def edits() -> st.SearchStrategy[list[Edit]]:
    """Lines and columns of a range, each a little past what there is, in any order; and which piece comes in."""
    line, column = st.integers(0, 12), st.one_of(st.integers(0, 8), st.integers(0, 60), st.just(2**31 - 1))
    one = st.tuples(line, column, line, column, st.integers(0, len(PIECES) - 1))
    return st.lists(one, min_size=SESSION, max_size=SESSION)


def partial(start: Place, end: Place, text: str) -> types.TextDocumentContentChangePartial:
    return types.TextDocumentContentChangePartial(types.Range(types.Position(*start), types.Position(*end)), text)


def session(make: Callable[[str, Encoding], Any], encoding: Encoding, chosen: list[Edit]) -> None:
    model, document = ModelDocument("one\ntwo\r\n😀ö\rfour", encoding), make("one\ntwo\r\n😀ö\rfour", encoding)
    for first, start, last, end, piece in chosen:
        document.apply(partial((first, start), (last, end), PIECES[piece]))
        model.change((first, start), (last, end), PIECES[piece])
        assert document.source == model.text


class Ours:
    """The server's document."""

    def __init__(self, text: str, encoding: Encoding) -> None:
        self._document = Document("file:///a", text, 1)
        self.apply = lambda change: apply_change(self._document, change, encoding)

    @property
    def source(self) -> str:
        return self._document.text


class Plain:
    """pygls' own document."""

    def __init__(self, text: str, encoding: Encoding) -> None:
        from pygls.workspace import PositionCodec, TextDocument

        self._document = TextDocument("file:///a", text, 1, position_codec=PositionCodec(encoding))
        self.apply = self._document.apply_change

    @property
    def source(self) -> str:
        return self._document.source


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_text_is_the_models_after_every_edit(encoding: Encoding) -> None:
    done = 0

    @given(edits())
    @settings(
        max_examples=EDITS // SESSION, suppress_health_check=cast(list[HealthCheck], list(HealthCheck)), database=None
    )
    def run(chosen: list[Edit]) -> None:
        nonlocal done
        session(Ours, encoding, chosen)
        done += len(chosen)

    run()
    assert done >= EDITS


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_document_that_is_not_lsps_is_found_out(encoding: Encoding) -> None:
    """The control: the same sessions on the document that we don't use."""

    source = random.Random(1)
    with pytest.raises(AssertionError):
        for _ in range(20):
            session(Plain, encoding, [_drawn(source) for _ in range(SESSION)])


def _drawn(source: random.Random) -> Edit:
    def place() -> tuple[int, int]:
        return source.randint(0, 12), source.choice((source.randint(0, 8), source.randint(0, 60), 2**31 - 1))

    return (*place(), *place(), source.randrange(len(PIECES)))


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_a_running_server_shows_its_model_the_editors_text(
    play: Play, tmp_path: Path, encoding: Encoding
) -> None:
    """Read through the process: the whole text around a cursor, as the engine was asked. Line ends come to it as line
    feeds, half characters as question marks."""
    source, uri = random.Random(encoding), "file:///work/a%20b%25.txt"
    changed = copy.deepcopy(CAPABILITIES)
    changed["general"]["positionEncodings"] = [encoding]
    options = {"num_ctx": 1_048_576, "completion": {"prefix_chars": 200_000, "suffix_chars": 100_000}}
    async with play([], capabilities=changed, options=options) as client:
        model = ModelDocument("one\ntwo\r\n😀ö\rfour", encoding)
        client.open(uri, model.text, "plaintext")
        asked = []
        for round in range(20):
            for _ in range(25):
                several = [_drawn(source) for _ in range(source.randint(1, 8))]
                client.change(uri, *[(*edit[:4], PIECES[edit[4]]) for edit in several])
                for first, start, last, end, piece in several:
                    model.change((first, start), (last, end), PIECES[piece])
            # A place of its own, where an answer is always wanted: at the end, past all lines.
            client.change(uri, (10**9, 0, 10**9, 0, f"\nround {round} "))
            model.text += f"\nround {round} "
            position = {"line": len(model.lines()) - 1, "character": 99}
            context = {"triggerKind": 1}
            params = {"textDocument": {"uri": uri}, "position": position, "context": context}
            assert "error" not in await client.call("textDocument/inlineCompletion", params)
            steps = [json.loads(line) for line in (tmp_path / "journal").read_text(encoding="utf-8").splitlines()]
            shown = model.text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
            asked = [step for step in steps if step["event"] == "started"]
            assert asked[-1]["sha256"] == hashlib.sha256(shown).hexdigest(), (round, len(asked))
        assert len(asked) >= 20
