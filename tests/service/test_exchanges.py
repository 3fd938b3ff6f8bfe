"""Where the pieces of a request are now, and which requests a place is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from postil.core.exchanges.kept import Exchange, Exchanges
from postil.core.models.families import FimTokens
from postil.core.request import ChatRequest, InfillRequest, Message, Purpose, Snippet, What
from postil.service.exchanges import Wanted, prompt_page

FIM = FimTokens(prefix="<p>", suffix="<s>", file="<f>")


def of(
    what: What, path: str, line: int = 0, digest: str = "", persona: str = "reviewer", name: str = "add"
) -> ChatRequest:
    return ChatRequest("m", (Message("user", "x"),), purpose=Purpose(what, persona, path, name, line, digest))


def began(*requests: ChatRequest | InfillRequest) -> tuple[Exchange, ...]:
    """The exchanges of these requests, the newest first."""
    log = Exchanges(lambda: 0.0)
    for request in requests:
        log.begin(request, "an engine")
    return log.latest


async def names(exchanges: tuple[Exchange, ...], wanted: Wanted) -> list[str]:
    told = await prompt_page(exchanges, wanted, lambda path: None)
    return [line.rpartition(": ")[2] for line in told.splitlines() if line.startswith("## ")]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a b.py").write_bytes(b"import os\r\n\r\n\r\ndef fee(weight):\r\n    return weight\r\n")
    return tmp_path


async def shown(work: Path, *snippets: Snippet, path: str = "") -> str:
    purpose = Purpose("completion", "completer", path or str(work / "pay.py"), line=4)
    request = InfillRequest("m", "a", "b", fim=FIM, path="pay.py", snippets=snippets, purpose=purpose)
    return await prompt_page(began(request), Wanted(), lambda path: work)


async def test_a_piece_is_found_in_its_file(work: Path) -> None:
    told = await shown(work, Snippet("lib/a b.py", "def fee(weight):\n    return weight"))
    assert f"[lib/a b.py:4](<{(work / 'lib' / 'a b.py').as_uri()}#L4>)" in told
    assert f"[pay.py:5](<{(work / 'pay.py').as_uri()}#L5>)" in told


async def test_a_piece_that_its_file_has_no_more_has_no_line(work: Path) -> None:
    told = await shown(work, Snippet("lib/a b.py", "def tax(): ..."), Snippet("gone.py", "x = 1"))
    assert f"[lib/a b.py](<{(work / 'lib' / 'a b.py').as_uri()}>)" in told
    assert f"[gone.py](<{(work / 'gone.py').as_uri()}>)" in told


async def test_nothing_outside_of_the_workspace_is_read_or_linked(work: Path) -> None:
    (work.parent / "outside.py").write_text("secret = 1\n", encoding="utf-8")
    told = await shown(work, Snippet("../outside.py", "secret = 1"))
    assert "| ../outside.py |" in told and "outside.py>" not in told


async def test_what_is_in_no_file_has_no_link(work: Path) -> None:
    told = await shown(work, path="untitled:Untitled-1")
    assert "| untitled:Untitled-1:5 |" in told.replace("\\", "") and "(<" not in told


async def test_a_fixs_file_is_one_of_the_checks_folder(work: Path) -> None:
    told = await prompt_page(began(of("repair", "lib/a b.py", 3)), Wanted(), lambda path: work)
    assert f"[lib/a b.py:4](<{(work / 'lib' / 'a b.py').as_uri()}#L4>)" in told


async def test_a_notes_review_comes_before_its_sentence_and_other_requests_of_the_file() -> None:
    exchanges = began(
        of("review", "/a.py", digest="d", name="review"),
        of("score", "/a.py", digest="d", name="score"),
        of("review", "/a.py", digest="d", persona="security", name="other persona"),
        of("review", "/a.py", digest="e", name="other unit"),
        of("review", "/b.py", digest="e", name="other file"),
    )
    note = Wanted("/a.py", 3, frozenset({"d"}), "reviewer")
    assert await names(exchanges, note) == ["review", "score", "other unit", "other persona"]
    # A place has its unit's, whoever read it.
    place = Wanted("/a.py", 3, frozenset({"d"}))
    assert await names(exchanges, place) == ["other persona", "score", "review", "other unit"]
    # The unit was read in another file, of which this one is a copy.
    assert await names(exchanges, Wanted("/c.py", 3, frozenset({"e"}))) == ["other file", "other unit"]
    assert len(await names(exchanges, Wanted())) == 5


async def test_ghost_text_of_the_line_comes_before_that_of_another() -> None:
    exchanges = began(*(of("completion", "/a.py", line, name=str(line)) for line in (7, 8, 9)))
    assert await names(exchanges, Wanted("/a.py", 8)) == ["8", "9", "7"]
