"""A model's words as Markdown that fetches nothing, as people read it. What attacks it is in tests/trust."""

from __future__ import annotations

import pytest

from postil.core.text.markdown import inert


@pytest.mark.parametrize(
    ("answer", "safe"),
    [
        ("![x](https://a/?q=1)", "!\\[x]\\(https://a/?q=1)"),
        ("<img src=x>", "&lt;img src=x>"),
        ("`a<b>` and\n```\n![a](b) <c>\n```\n<d>", "`a<b>` and\n```\n![a](b) <c>\n```\n&lt;d>"),
        ("```\nopen ![a](b)", "```\nopen ![a](b)\n```"),
        ("bell\x07", "bell\\x07"),
        ("# Title\n\n- *a*", "# Title\n\n- *a*"),
    ],
)
def test_what_is_shown_fetches_nothing(answer: str, safe: str) -> None:
    assert inert(answer) == safe
