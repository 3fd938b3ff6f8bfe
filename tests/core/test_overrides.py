"""A `models.toml`: what it adds, and what is told of a wrong row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from postil.core.models.overrides import KnownModels, known, parse_models, use_known

SHIPPED = KnownModels()


@pytest.fixture
def shipped_again() -> Iterator[None]:
    yield
    use_known(None)


def read(text: str) -> tuple[KnownModels, list[tuple[tuple[str | int, ...], str]]]:
    found, problems = parse_models(text, SHIPPED, "here")
    return found, [(problem.path, problem.message) for problem in problems]


def test_a_model_of_its_own() -> None:
    found, problems = read('[models."Llama3.1"]\nprefill = "none"\ncontext = 8192')
    assert problems == []
    row = found.override("llama3.1:latest")
    assert row is not None and (row.prefill, row.context, row.source, row.thinking) == ("none", 8192, "here", None)
    assert found.override("registry.ollama.ai/library/llama3.1") is row
    assert found.override("llama3.1:8b") is None and SHIPPED.override("llama3.1") is None


def test_a_family_of_its_own_comes_first() -> None:
    found, problems = read(
        '[tokens.mine]\nprefix = "<P>"\nsuffix = "<S>"\nmiddle = "<M>"\n'
        '[[families]]\nname = "mine"\nnames = ["mine*", "qwen3:*"]\ninfill = "mine"\nthinking = "always"\n'
        '[[families]]\nname = "other"\nnames = ["other*"]\ninfill = "starcoder"'
    )
    assert problems == []
    mine, other = found.family(["qwen3:8b"]), found.family(["other:1b"])
    assert mine is not None and (mine.name, mine.thinking) == ("mine", "always")
    tokens, shipped = mine.fim(None), other.fim(None) if other else None
    assert tokens is not None and tokens.prompt("p", "s") == "<P>p<S>s<M>"
    assert shipped is not None and shipped.prefix == "<fim_prefix>"
    shipped_family = found.family(["llama3.1:8b"])
    assert shipped_family is not None and shipped_family.name == "llama3"


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ('[models."a"]\nprefil = "none"', ("models", "a", "prefil"), "there is no such key"),
        ('[models."a"]\nprefill = "maybe"', ("models", "a", "prefill"), "invalid enum value 'maybe'"),
        ('[models."a"]\nchat = "no"', ("models", "a", "chat"), "expected true or false, got a string"),
        ('[models."a"]\nprofile = "x"', ("models", "a", "profile"), "there is no such profile"),
        ('models = "a"', ("models",), 'should be tables [models."NAME"]'),
        ('families = "a"', ("families",), "should be tables [[families]]"),
        ('[[families]]\nname = "a"\nnames = ["a"]\nhost = "x"', ("families", 0, "host"), "there is no such key"),
        ('[[families]]\nname = "a"', ("families", 0), "a: give names"),
        ('[[families]]\nname = "a"\nnames = ["a"]\ninfill = "x"', ("families", 0), "a: no tokens are called 'x'"),
        ('[tokens.a]\nprefix = "x"', ("tokens", "a"), "missing required field `suffix`"),
        ('[engine]\nhost = "x"', ("engine",), "there is no such key"),
    ],
)
def test_a_wrong_row_is_told_and_left_out(text: str, path: tuple[str | int, ...], message: str) -> None:
    found, problems = read(text + '\n[models."good"]\nchat = false' if not text.startswith(("models", "fam")) else text)
    assert len(problems) == 1 and problems[0][0] == path and message in problems[0][1], problems
    assert found.override("a") is None and found.family(["a"]) is None
    if not text.startswith(("models", "fam")):
        good = found.override("good")
        assert good is not None and good.chat is False


def test_where_a_model_runs_cant_be_stated() -> None:
    for key in ("remote", "remote_host", "host", "path", "model_path", "source"):
        _, problems = read(f'[models."a"]\n{key} = "x"')
        assert problems == [(("models", "a", key), "there is no such key")]


def test_no_toml() -> None:
    found, problems = parse_models('[models."a"]\nprefill = none', SHIPPED)
    assert found is SHIPPED and len(problems) == 1
    assert problems[0].path == () and problems[0].line == 1 and "not valid TOML" in problems[0].message


@pytest.mark.usefixtures("shipped_again")
def test_the_process_knows_what_it_is_told() -> None:
    mine, _ = read('[models."a"]\nchat = false')
    use_known(mine)
    assert known() is mine
    use_known(None)
    assert known().models == {}


def test_the_page_shows_a_file_that_is_right() -> None:
    page = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
    (text,) = [block for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "[[families]]" in block]
    found, problems = read(text)
    assert problems == []
    assert found.override("llama3.1:8b") is not None and found.family(["mine-coder"], "llama") is not None
