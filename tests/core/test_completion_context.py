"""What stands before an infill: which imports and pieces, in which order, where, and for how long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from postil.core.completion.context import (
    Context,
    Header,
    Pieces,
    affordable,
    fitting,
    imports_above,
    pieces_row,
    said_on_line,
    trimmed,
    wanted,
)
from postil.core.context.analysis import import_statements, unused_imports
from postil.core.request import Snippet

PIECE = Snippet("a.py", "def f():\n    return 1")


def test_the_lines_next_to_the_cursor_are_asked_for() -> None:
    before = "\n".join(f"above {number}" for number in range(50)) + "\nhere("
    after = ")\n" + "\n".join(f"below {number}" for number in range(50))
    text = wanted(before, after)
    assert "above 47" in text and "here()" in text and "below 0" in text
    assert "above 46" not in text and "below 1" not in text
    names = [f"name{number}" for number in range(20)]
    assert "name7" in wanted(before, after, names) and "name8" not in wanted(before, after, names)


def test_what_is_imported_and_not_used() -> None:
    assert unused_imports("import os\nfrom a import b, c as d, e\nb()\n", "python") == ["d", "e"]
    assert unused_imports("const { a } = require('x');\n", "javascript") == ["a"]
    assert unused_imports("a", "unheard-of") == []


def test_a_header_stays_until_the_window_moves() -> None:
    header = Header("file:///a.py", 1200, 100)
    assert header.holds("file:///a.py", 1200, 139) and header.holds("file:///a.py", 1200, 61)
    assert not header.holds("file:///a.py", 1200, 140)
    assert not header.holds("file:///b.py", 1200, 100)
    assert not header.holds("file:///a.py", 2400, 100)


def test_pieces_stay_while_a_word_is_being_typed() -> None:
    assert said_on_line("x = 1\n    fee = parcel_f") == ("fee",)
    assert said_on_line("x = 1\n    fee = parcel_fee(") == ("fee", "parcel_fee")
    assert said_on_line("x = _") == ("x",)
    assert said_on_line("x\n") == ()
    pieces = Pieces("u", 7, ("fee",), 3, (PIECE,))
    assert pieces.holds("u", 7, ("fee",))
    assert not pieces.holds("u", 7, ("fee", "parcel_fee")) and not pieces.holds("u", 8, ("fee",))


def test_the_same_pieces_stay_where_they_are() -> None:
    pieces = Pieces("u", 7, ("fee",), 3, (PIECE,))
    assert pieces.followed_by(Pieces("u", 9, (), 5, (PIECE,))) == Pieces("u", 9, (), 3, (PIECE,))
    for other in (
        Pieces("u", 9, (), 5, (Snippet("b.py", "x"),)),
        Pieces("v", 9, (), 5, (PIECE,)),
        Pieces("u", 90, (), 86, (PIECE,)),
        # Pieces below the cursor are in no prefix.
        Pieces("u", 2, (), 0, (PIECE,)),
    ):
        assert pieces.followed_by(other) == other


def test_pieces_are_comments_above_the_last_lines() -> None:
    rows = [f"    row{number} = {number}" for number in range(20)]
    window = "\n".join(rows[10:])
    context = Context(Header(imports="import os"), Pieces("u", 19, (), pieces_row(19), (PIECE,)), 19, "python")
    assert context.prefix(window).split("\n") == [
        "import os",
        "",
        *rows[10:15],
        "    # From a.py:",
        "    # def f():",
        "    #     return 1",
        *rows[15:],
    ]
    # The window may have moved past where they stood.
    moved = Context(pieces=Pieces("u", 19, (), 3, (PIECE,)), line=19, language="python")
    assert moved.prefix(window).startswith("    # From a.py:\n    # def f():\n")
    # Nothing is a comment in a language whose mark isn't known.
    assert Context(pieces=context.pieces, line=19, language="unheard-of").prefix(window) == window
    assert Context().prefix(window) == window


@given(st.text(max_size=60), st.integers(0, 90), st.integers(0, 90))
def test_the_text_before_the_cursor_is_all_there(window: str, row: int, line: int) -> None:
    made = Context(Header(imports="import os"), Pieces("u", line, (), row, (PIECE,)), line, "python").prefix(window)
    kept = iter(made.split("\n"))
    assert all(one in kept for one in window.split("\n"))
    assert made.endswith(window.rpartition("\n")[2])


def test_the_lines_that_share_words_are_left_of_a_piece() -> None:
    text = "\n".join([*(f"other{number}" for number in range(12)), "fee = parcel_fee(weight)", *("more",) * 7])
    found = trimmed(text, "parcel_fee(")
    assert "parcel_fee" in found and len(found.split("\n")) == 8
    assert trimmed("short", "parcel") == "short"


SOURCE = """import os
from shop.prices import (
    Price,
    price_of,
)
from shop.till import total
if os:
    import inner
def f(): pass
"""


def test_the_imports_that_the_window_does_not_show() -> None:
    found = import_statements(SOURCE, "python")
    assert [one.names for one in found] == [("os",), ("Price", "price_of"), ("total",)]
    assert imports_above(found, 99, {"os", "Price"}, 500) == (
        "from shop.prices import (\n    Price,\n    price_of,\n)\nfrom shop.till import total"
    )
    assert imports_above(found, 5, set(), 500).startswith("import os\nfrom shop.prices")
    assert "total" not in imports_above(found, 5, set(), 500), "the window begins there"
    # The longest is left out, and not what is above it.
    assert imports_above(found, 99, set(), 45) == "import os\nfrom shop.till import total"
    assert imports_above(found, 99, set(), 35) == "from shop.till import total"
    assert imports_above(found, 99, {"os", "Price", "price_of", "total"}, 500) == ""


def test_import_statements_in_five_languages() -> None:
    cases = {
        "javascript": ("const { a, b: c } = require('x')\nimport d from 'y'\nexport { e } from 'z'\n", ["a c", "d"]),
        "typescript": ("import type { A } from './a'\nimport * as b from 'b'\nlet c = 1\n", ["A", "b"]),
        "go": ('package p\nimport (\n\t"fmt"\n\tx "a/b"\n)\n', ["fmt x"]),
        "rust": ("use a::{b, c};\nmod d;\nfn f() {}\n", ["b c", "d"]),
    }
    for language, (text, names) in cases.items():
        assert [" ".join(one.names) for one in import_statements(text, language)] == names, language
    assert import_statements("import os", "unheard-of") == []


def test_characters_that_are_read_in_time() -> None:
    assert affordable(1000, None, 3.0, 2.0) == 0
    assert affordable(1000, 50.0, 3.0, 2.0) == 300
    assert affordable(1000, 5000.0, 3.0, 2.0) == 1000


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=20)), max_size=6), st.integers(0, 80))
def test_the_pieces_that_fit_end_with_the_best(pairs: list[tuple[str, str]], chars: int) -> None:
    found = [Snippet(path, text) for path, text in pairs]
    kept = fitting(found, chars)
    sizes = [len(one.path) + len(one.text) for one in kept]
    assert sum(sizes) <= chars
    rest = iter(found)
    assert all(one in rest for one in reversed(kept))
    if found and len(found[0].path) + len(found[0].text) <= chars:
        assert kept[-1] == found[0]


def test_a_long_piece_takes_the_room_of_no_other() -> None:
    long, short = Snippet("a.js", "x" * 6000), Snippet("b.js", "y")
    assert fitting([long, short], 100) == (short,)
