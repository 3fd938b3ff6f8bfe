"""Where an infill ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.completion.cut import Cutter
from postil.core.completion.place import Place
from postil.core.review.profile import UNMEASURED, profiles

RULES = profiles()[UNMEASURED].completion


def cut(
    stream: str, head: str = "", tail: str = "", below: str = "", language: str = "python", ran_on: bool = True
) -> tuple[str, str]:
    """The answer, and how much of the stream was read for it."""
    cutter = Cutter(Place(head, tail, below, language), RULES, ("<|file_sep|>",))
    for end, char in enumerate(stream, 1):
        if cutter.feed(char):
            return cutter.finish(ran_on=False), stream[:end]
    return cutter.finish(ran_on=ran_on), stream


@pytest.mark.parametrize(
    ("head", "tail", "stream", "answer"),
    [
        ("    total = ", "", "sum(prices)\n    return total\n", "sum(prices)"),
        ("    total = ", "", "sum(\n        prices\n    )\n    return total\n", "sum(\n        prices\n    )"),
        ("    total = f(", ")", "a,\n        b\n    return", "a,"),
        ("    return a[", "] + b[1]", "0\nx", "0"),
        ("def f", "", "(a, b):\n    return a + b\n\n\ndef g():\n", "(a, b):\n    return a + b"),
        ("    if ", "", "a:\n        return b\n    return c\n    more\n", "a:\n        return b"),
        ("    print(", "", '"(")\n    return\n', '"(")'),
    ],
)
def test_something_typed_is_filled_to_the_end_of_its_statement(head: str, tail: str, stream: str, answer: str) -> None:
    found, read = cut(stream, head, tail)
    assert found == answer
    assert len(read) < len(stream), "what comes behind is not read"


def test_braces_close_what_the_statement_opened() -> None:
    stream = "(a) {\n  return a;\n}\n\nfunction g() {\n"
    assert cut(stream, "function f", language="javascript")[0] == "(a) {\n  return a;\n}"


def test_a_block_ends_where_its_indentation_does_when_the_model_runs_on() -> None:
    stream = "    a = 1\n    return a\nx = f()\ny = 2\nz = 3\nq = 5\n"
    found, read = cut(stream, "    ")
    assert found == "    a = 1\n    return a"
    assert "q = 5" not in read


def test_the_indentation_that_stands_there_already_counts() -> None:
    cutter = Cutter(Place("        ", "", "", "python"), RULES, begun="       ")
    stream = " self.a = a\n        self.b = b\n\n    def other(self):\n        pass\n"
    read = next(end for end, char in enumerate(stream, 1) if cutter.feed(char))
    assert cutter.finish(ran_on=False) == " self.a = a\n        self.b = b"
    assert stream[:read].endswith("def other(self):\n")


def test_a_model_that_ends_by_itself_is_believed() -> None:
    stream = "        a = 1\n    return a"
    assert cut(stream, "        ", ran_on=False)[0] == stream


def test_a_new_definition_at_a_lower_level_ends_it_at_once() -> None:
    stream = "    return a\n\ndef g():\n    pass\n"
    found, read = cut(stream, "    ")
    assert (found, read) == ("    return a", stream[: stream.index("def g():") + 9])


def test_the_line_below_is_not_written_again() -> None:
    below = "\n    return total\n"
    stream = "    total = 1\n    return total\n    more\n"
    assert cut(stream, "    ", below=below)[0] == "    total = 1"
    assert cut("    total = 1\n    return total", "    ", below=below, ran_on=False)[0] == "    total = 1"


def test_a_closing_bracket_that_stands_below_is_not_doubled() -> None:
    stream = "  a();\n}\nb();\n"
    assert cut(stream, "  ", below="}\n", language="javascript")[0] == "  a();"
    assert cut(stream, "  ", language="javascript")[0] == "  a();\n}"


def test_half_a_line_at_the_limit_goes_unless_it_is_all() -> None:
    assert cut("    a = 1\n    b = so", "    ")[0] == "    a = 1"
    assert cut("a_very_long_na", "    x = ")[0] == "a_very_long_na"


@pytest.mark.parametrize("special", ["<|file_sep|>", "<|fim_pad|>", "<|endoftext|>", "</s>", "<fim_middle>"])
def test_special_tokens_end_it_and_never_show(special: str) -> None:
    assert cut(f"1{special}more", "x = ")[0] == "1"


def test_a_special_token_that_was_cut_in_two_never_shows() -> None:
    assert cut("1<|fim_p", "x = ")[0] == "1"
    assert cut("1<fim_mid", "x = ")[0] == "1"
    assert cut("1</", "x = ", ran_on=True)[0] == "1"


@pytest.mark.parametrize(
    ("head", "answer", "tail"),
    [
        ("x = ", "a <b", ";"),
        ("for (i = 0; ", "i <n", "; i++)"),
        ("let v: ", "Vec<u8", ">;"),
        ("new Map<string, ", "Set<number", ">>()"),
        ("<p>", "text</p", ">"),
        ("return ", "<div", " />"),
    ],
)
def test_what_only_looks_like_the_beginning_of_a_special_token_stays(head: str, answer: str, tail: str) -> None:
    assert cut(answer, head, tail, language="typescript", ran_on=False)[0] == answer


def test_half_a_character_ends_it() -> None:
    assert cut("'caf\ufffd' + more", "    x = ")[0] == "'caf"


def test_two_blank_lines_end_it() -> None:
    assert cut("a = 1\n\n\nb = 2\n")[0] == "a = 1"


PLACES = st.builds(
    Place,
    st.sampled_from(["", "    ", "x = ", "def f(", "    if a:", "f([{", "\t", "# a note"]),
    st.sampled_from(["", ")", "])", '")', " + b", ";", ":"]),
    st.sampled_from(["", "\n    return a\n", "}\n", "x = 1"]),
    st.sampled_from(["python", "javascript", "go", "plaintext"]),
)
TEXTS = st.text(st.sampled_from("ab =(){}[]:\n \t\"'<|>_;"), max_size=120)


@given(PLACES, TEXTS, st.integers(1, 7), st.booleans())
def test_the_answer_is_the_streams_beginning_however_it_comes(place: Place, text: str, size: int, ran_on: bool) -> None:
    whole, pieces = Cutter(place, RULES), Cutter(place, RULES)
    whole.feed(text)
    for start in range(0, len(text), size):
        if pieces.feed(text[start : start + size]):
            break
    answer = pieces.finish(ran_on=ran_on)
    assert text.startswith(answer)
    assert answer == whole.finish(ran_on=ran_on)
    assert answer == answer.rstrip()
    if place.kind == "rest":
        assert "\n" not in answer.strip("\n") or not answer.strip()
