"""Calls are found in every dress, whatever the pieces in which an answer comes, and never shown."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postil.core.agent.calls.rescue import CallReader

SIGNATURES = {"read": ("path", "from_line", "to_line"), "find": ("text",), "edit": ("path", "old", "new")}
READ = {"path": "src/shop.py", "from_line": 3}
CALL = json.dumps({"name": "read", "arguments": READ})

DRESSES = {
    "hermes": f"<tool_call>\n{CALL}\n</tool_call>",
    "hermes, never closed": f"<tool_call>\n{CALL}",
    "hermes, without line ends": f"<tool_call>{CALL}</tool_call>",
    "granite": f"<|tool_call|>[{CALL}]",
    "llama 3": '<|python_tag|>{"name": "read", "parameters": {"path": "src/shop.py", "from_line": 3}}',
    "llama 3.1": '<function=read>{"path": "src/shop.py", "from_line": 3}</function>',
    "qwen3-coder": "<tool_call>\n<function=read>\n<parameter=path>\nsrc/shop.py\n</parameter>\n"
    "<parameter=from_line>\n3\n</parameter>\n</function>\n</tool_call>",
    "mistral": f"[TOOL_CALLS][{CALL}]",
    "phi": f"functools[{CALL}]",
    "a fence": f"```json\n{CALL}\n```",
    "a fence of xml": f"```xml\n<tool_call>\n{CALL}\n</tool_call>\n```",
    "bare": CALL,
    "bare, over lines": json.dumps({"name": "read", "arguments": READ}, indent=2),
    "bare, in a list": f"[{CALL}]",
    "openai": json.dumps({"type": "function", "function": {"name": "read", "arguments": json.dumps(READ)}}),
    "react": json.dumps({"action": "read", "action_input": READ}),
    "arguments beside the name": json.dumps({"name": "read", **READ}),
    "gemma": '```tool_code\nread(path="src/shop.py", from_line=3)\n```',
    "python": 'read("src/shop.py", 3)',
    "python in a mark": '<tool_call>read("src/shop.py", from_line=3)</tool_call>',
}


def read(answer: str, cuts: tuple[int, ...] = ()) -> tuple[str, list[tuple[str, dict[str, object]]]]:
    """The text that is shown, and the calls."""
    numbers = itertools.count()
    reader = CallReader(SIGNATURES, lambda: f"call_{next(numbers)}")
    shown, calls = "", []
    ends = sorted({min(cut, len(answer)) for cut in cuts} | {len(answer)})
    at = 0
    for end in ends:
        found = reader.feed(answer[at:end], last=end == len(answer))
        shown += found.text
        calls += [(call.name, json.loads(call.arguments)) for call in found.calls]
        at = end
    return shown, calls


@pytest.mark.parametrize("dress", DRESSES)
def test_a_call_is_found_in_every_dress(dress: str) -> None:
    shown, calls = read(DRESSES[dress])
    assert [name for name, _ in calls] == ["read"]
    assert {key: str(value) for key, value in calls[0][1].items()} == {"path": "src/shop.py", "from_line": "3"}
    assert "read" not in shown and "{" not in shown


@pytest.mark.parametrize("dress", DRESSES)
def test_no_piece_of_a_call_is_shown_however_it_comes(dress: str) -> None:
    """A token is a character here."""
    whole = read(DRESSES[dress])
    assert read(DRESSES[dress], tuple(range(len(DRESSES[dress])))) == whole


@pytest.mark.parametrize("dress", [name for name in DRESSES if name != "python"])
def test_words_before_a_call_are_shown(dress: str) -> None:
    shown, calls = read(f"I look at the file.\n{DRESSES[dress]}")
    assert shown.strip("` \n") == "I look at the file." and len(calls) == 1


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"name": "shop", "version": "1.0.0"}\n```\n',
        '{"prices": [1, 2]}',
        "```python\ndef read(path):\n    return path\n```\nThat is all.",
        "Use `read(path)` to read.",
        "a < b and <b>bold</b>",
        "The list is [1, 2] {x}.",
        "[{} for _ in range(3)]",
        "```\nread\n```",
        "<<<<<<< SEARCH\nnever closed",
    ],
)
def test_what_is_no_call_is_shown_as_it_is(text: str) -> None:
    assert read(text) == (text, [])
    assert read(text, tuple(range(len(text)))) == (text, [])


def test_two_calls_and_the_words_between() -> None:
    shown, calls = read(f"First.\n<tool_call>{CALL}</tool_call>\nThen.\n<tool_call>{CALL}</tool_call>\n")
    assert len(calls) == 2 and shown.split() == ["First.", "Then."]


def test_a_block_to_search_and_replace_is_an_edit() -> None:
    block = "<<<<<<< SEARCH\n    return a - b\n=======\n    return a + b\n>>>>>>> REPLACE\n"
    for answer in (f"In src/shop.py:\n{block}Done.", f"src/shop.py\n```python\n{block}```\nDone."):
        for cuts in ((), tuple(range(len(answer)))):
            shown, calls = read(answer, cuts)
            want = {"path": "src/shop.py", "old": "    return a - b\n", "new": "    return a + b\n"}
            assert calls == [("edit", want)]
            assert "SEARCH" not in shown and "return" not in shown and shown.endswith("Done.")


@pytest.mark.parametrize("path", ["src/shop.py", "`src/shop.py`", "### src/shop.py", "**src/shop.py**:"])
@pytest.mark.parametrize("fence", ["", "```python\n"])
def test_the_line_with_the_path_of_a_block_is_not_shown(path: str, fence: str) -> None:
    block = "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n"
    answer = f"I change it.\n{path}\n{fence}{block}{'```' if fence else ''}"
    for cuts in ((), tuple(range(len(answer)))):
        shown, calls = read(answer, cuts)
        assert shown == "I change it.\n" and calls[0][1]["path"] == "src/shop.py"


def test_a_word_alone_in_its_line_that_is_no_path_is_shown() -> None:
    answer = "Done\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n"
    for cuts in ((), tuple(range(len(answer)))):
        assert read(answer, cuts)[0] == "Done\n"
    assert read("src/shop.py\n", tuple(range(12))) == ("src/shop.py\n", [])


def test_an_unknown_tool_is_a_call_in_a_mark_and_in_the_exact_shape() -> None:
    unknown = '{"name": "teleport", "arguments": {"to": "x"}}'
    assert read(f"<tool_call>{unknown}</tool_call>") == ("", [("teleport", {"to": "x"})])
    assert read(unknown) == ("", [("teleport", {"to": "x"})])


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    *DRESSES.values(),
                    "<tool_call>",
                    "</tool_call>",
                    "```json\n",
                    "```\n",
                    "{",
                    "[",
                    '{"name":',
                    "<<<<<<< SEARCH\n",
                    "=======\n",
                    ">>>>>>> REPLACE\n",
                    "\n",
                    "<function=",
                    "a.py\n",
                ]
            ),
            st.text(max_size=8),
        ),
        max_size=6,
    ),
    st.lists(st.integers(0, 400), max_size=12),
)
@settings(deadline=None)
def test_the_pieces_make_no_difference(parts: list[str], cuts: list[int]) -> None:
    answer = "".join(parts)
    assert read(answer, tuple(cuts)) == read(answer)
