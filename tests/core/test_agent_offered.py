"""Which tools a model is shown, how it finds the others, and what they are called."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from postil.core.agent.offered.found import FIND_TOOL, MOST_TOOLS, chosen, find_tools, found_text
from postil.core.agent.offered.names import VALID_NAME, tool_names
from postil.core.agent.tool import ToolSpec
from postil.core.text.jsonc import plain_json


def spec(name: str, description: str = "", server: str = "") -> ToolSpec:
    return ToolSpec(name, description, "{}", "mcp" if server else "read", server)


OWN = [spec(f"own{number}") for number in range(4)]
OTHERS = [spec(f"s_tool{number}", f"does thing number {number}", "s") for number in range(30)]


def test_few_tools_are_all_shown() -> None:
    assert chosen(OWN + OTHERS[:8]) == (*OWN, *OTHERS[:8]) and len(OWN) + 8 == MOST_TOOLS


def test_of_many_the_own_are_shown_and_the_rest_is_found() -> None:
    shown = chosen(OTHERS + OWN)
    assert len(shown) == MOST_TOOLS and shown[-1] == FIND_TOOL
    assert set(OWN) < set(shown) and shown[:7] == tuple(OTHERS[:7])
    found = chosen(OTHERS + OWN, found={"s_tool20"})
    assert OTHERS[20] in found and len(found) == MOST_TOOLS
    every = {one.name for one in OTHERS}
    assert set(OTHERS) < set(chosen(OTHERS + OWN, found=every)), "what was found can be called"
    own = [spec(f"o{number}") for number in range(20)]
    assert chosen(own + OTHERS) == (*own, *OTHERS[:4], FIND_TOOL), "of others a few are shown however many ours are"
    assert json.loads(FIND_TOOL.schema)["required"] == ["what"]


def test_a_tool_is_found_by_its_words() -> None:
    specs = [
        spec("git_diff_unstaged", "Shows changes in the working directory that are not yet staged", "git"),
        spec("git_log", "Shows the commit logs", "git"),
        spec("web_fetch", "Fetches a page. " + "It is a long text about many things such as changes and stages. " * 5),
    ]
    assert find_tools("what did I change but not stage", specs)[0].name == "git_diff_unstaged"
    assert [one.name for one in find_tools("the log of commits", specs, 1)] == ["git_log"]
    assert find_tools("weather", specs) == () == find_tools("", specs) == find_tools("x", [])
    assert "git_log: Shows" in found_text(specs) and "No tool" in found_text(())


def test_names_are_plain_where_they_can_be() -> None:
    names = tool_names([("git", "git_log"), ("web", "search"), ("a b", "c/d"), ("x", "read"), ("x", "")], {"x_read"})
    assert list(names.values())[:3] == ["git_log", "web_search", "a_b_c_d"]
    assert re.fullmatch(r"x_read_[0-9a-f]{6}", names["x", "read"])


def test_a_name_does_not_depend_on_what_else_is_there() -> None:
    alone = tool_names([("a", "x" * 100)])
    assert alone["a", "x" * 100] == tool_names([("b", "y"), ("a", "x" * 100)])["a", "x" * 100]
    same = tool_names([("a", "b_c"), ("a_b", "c")])
    assert len(set(same.values())) == 2 and same == tool_names([("a_b", "c"), ("a", "b_c")])


@given(st.lists(st.tuples(st.text(max_size=70), st.text(max_size=70)), max_size=20))
def test_names_are_valid_and_unique(tools: list[tuple[str, str]]) -> None:
    names = tool_names(tools, {"find_tool"})
    assert names.keys() == set(tools) and len(set(names.values())) == len(names)
    assert all(VALID_NAME.fullmatch(name) and name != "find_tool" for name in names.values())


@given(st.text(max_size=200), st.lists(st.builds(spec, st.text(max_size=20), st.text(max_size=80)), max_size=20))
def test_finding_takes_any_text(question: str, specs: list[ToolSpec]) -> None:
    found = find_tools(question, specs, 3)
    assert len(found) <= 3 and set(found) <= set(specs)


def test_json_with_comments_is_read() -> None:
    text = '{ // a\n "u": "http://x/*y*/,]", /* b\n c */ "l": [1, 2,\n], // d\n}\n'
    assert json.loads(plain_json(text)) == {"u": "http://x/*y*/,]", "l": [1, 2]}
    assert plain_json(text).count("\n") == text.count("\n")
    assert plain_json("/* never closed") == " "


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_stays_what_it_is(value: object) -> None:
    assert json.loads(plain_json(json.dumps(value))) == value
    assert json.loads(plain_json(json.dumps(value, ensure_ascii=False, indent=1))) == value
