"""Differences that only reword or take away: what they are, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.review.reworded import same_reworded

SAME = {
    "a value named first (JavaScript)": (
        ["  return sorted[Math.ceil(p * n) - 1];"],
        ["  const index = Math.ceil(p * n) - 1;", "  return sorted[index];"],
    ),
    "a value named first (Rust, hides an outer name)": (
        ["    Ok((key, unquote(value.trim())?))"],
        ["    let value = unquote(value.trim())?;", "    Ok((key, value))"],
    ),
    "a value named first (Python)": (["    return a[b + 1]"], ["    index = b + 1", "    return a[index]"]),
    "a value named first (Go)": (["\treturn f(g(x))"], ["\ty := g(x)", "\treturn f(y)"]),
    "a typed name": (["  return f(x);"], ["  const y: number = f(x);", "  return y;"]),
    "a value no longer named": (["    index = b + 1", "    return a[index]"], ["    return a[b + 1]"]),
    "two values named": (["    return f(a + 1, b + 2)"], ["    x = a + 1", "    y = b + 2", "    return f(x, y)"]),
    "shorthand": (["  body: JSON.stringify({ done }),"], ["  body: JSON.stringify({ done: done }),"]),
    "another name in a comprehension": (
        ["    return sum(n for (_, article), n in levels if article == sku)"],
        ["    return sum(n for (place, article), n in levels if article == sku)"],
    ),
    "another name of a loop": (["    for i in xs: print(i)"], ["    for item in xs: print(item)"]),
}
OTHER = {
    "an operator": (["    return a + b"], ["    return a - b"]),
    "a name that is known around": (["    for i in xs: print(i)"], ["    for i in xs: print(known)"]),
    "a name from elsewhere": (["    return width * scale"], ["    return height * scale"]),
    "an attribute": (["    return box.width"], ["    return box.height"]),
    "two names swapped": (["    for a, b in xs: f(a, b)"], ["    for a, b in xs: f(b, a)"]),
    "a named value that is used twice": (["    return f(g())"], ["    x = g()", "    return f(x, x)"]),
    "a named value that is used later": (["    return f(g())"], ["    x = g()", "    h()", "    return f(x)"]),
    "a named value that is another": (["    return f(a + 1)"], ["    x = a + 2", "    return f(x)"]),
    "a name that the code behind reads": (["    use(f(1))"], ["    later = f(1)", "    use(later)"]),
    "a pair that is no shorthand": (["  f({ done })"], ["  f({ done: other })"]),
    "nothing": ([], ["    return 1"]),
}


@pytest.mark.parametrize("case", SAME)
def test_reworded(case: str) -> None:
    old, new = SAME[case]
    assert same_reworded(old, new, "def f(known):", "    print(later)")


@pytest.mark.parametrize("case", OTHER)
def test_not_reworded(case: str) -> None:
    old, new = OTHER[case]
    assert not same_reworded(old, new, "def f(known):", "    print(later)")


LINES = st.lists(st.text("ab=:;({[)}] \"'`,.1\n", max_size=30), max_size=4)


@given(LINES, LINES, st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_taken_and_the_order_does_not_matter(old: list[str], new: list[str], a: str, b: str) -> None:
    same_reworded(old, new, a, b)
    assert same_reworded(old, old, a, b)
