"""`postil review` with answers that are none: no note, no "clean", exit code 3 and the count, in every format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_review_choice import Machine
from tests.engine.played_ollama import LLAMA, Held, PlayedOllama, played_ollama

THINKER = Held("qwen3:8b", "8.2B", "qwen3", 5_200_000_000, capabilities=("completion", "tools", "thinking"))
OSS = Held("gpt-oss:20b", "20.9B", "gptoss", 13_800_000_000, capabilities=("completion", "tools", "thinking"))
Line = dict[str, Any]
Chat = Callable[[dict[str, Any]], list[Line]]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def review(machine: Machine) -> Iterator[Callable[..., tuple[int, str, PlayedOllama]]]:
    def run(held: Held, chat: Chat, *words: str) -> tuple[int, str, PlayedOllama]:
        with played_ollama(held) as ollama:
            ollama.chat = chat  # pyright: ignore[reportAttributeAccessIssue] - the played one's method is replaced
            done = machine.run(ollama, "review", "area.py", *words)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + ("" if words[-1:] in (("json",), ("sarif",)) else done.stderr), ollama

    yield run


def said(text: str, reason: str = "stop", **more: str) -> Chat:
    message = {"role": "assistant", "content": text, **more}
    last = {"done": True, "done_reason": reason, "message": {"role": "assistant", "content": ""}}
    return lambda body: [{"done": False, "message": message}, last]


CALL = '{"name": "edit_file", "arguments": {"path": "area.py"}}'
NONE: dict[str, Chat] = {
    "nothing": said(""),
    "blank lines": said("\n\n\n"),
    "only a fence": said("```\n```"),
    "only thoughts": said("", thinking="The area is right."),
    "thoughts that took all tokens": said("", "length", thinking="Let me see."),
    "thoughts in tags": said("<think>The area is right.</think>"),
    "thoughts in a tag that stays open": said("<think>\nLet me see. `return width`", "length"),
    "a call of a tool": said(CALL),
    "a call of a tool between tags": said(f"<tool_call>\n{CALL}\n</tool_call>"),
    "a call of a tool in a fence": said(f"```json\n{CALL}\n```"),
    "other JSON": said('{"result": "no defect"}'),
    "a refusal": said("I'm sorry, but I can't help with that."),
    "prose": said("The function multiplies width and height, which is correct."),
    "Markdown": said("## Review\n\n- **area**: correct"),
    "one word": said("OK"),
    "prose that was cut off": said("Let's look at the function. It multiplies", "length"),
}


@pytest.mark.parametrize("name", NONE)
@pytest.mark.parametrize("method", ["edit", "list"])
def test_no_answer_is_no_approval(review: Any, name: str, method: str) -> None:
    """The symptoms: "Suggested: remove it", JSON as a fix, "0 notes" and exit code 0."""
    code, text, _ = review(LLAMA, NONE[name], "--method", method)
    assert code == 3, text
    assert "0 notes in 1 file" in text
    assert "1 of 1 unit could not be reviewed: that is no approval" in text
    assert "not reviewed area could not be reviewed: llama3.1:8b" in " ".join(text.split()), text


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_every_format_tells_it(review: Any, form: str) -> None:
    code, text, _ = review(LLAMA, NONE["prose"], "--format", form)
    assert code == 3
    sentence = "area could not be reviewed: llama3.1:8b answered with prose"
    if form == "github":
        assert text.startswith("::error file=area.py,line=1") and sentence in text
        return
    report = json.loads(text)
    if form == "json":
        assert [one["message"] for one in report["failures"]] == [sentence]
        assert (report["findings"], report["summary"]["units_not_reviewed"]) == ([], 1)
        return
    (run,) = report["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False and run["results"] == []
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == sentence


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_units_beyond_the_limit_are_told_in_every_format(machine: Machine, form: str) -> None:
    """A symptom: exit code 0, although --help promises 3."""
    functions = "\n\n".join(f"def area{n}(w, h):\n    return w * h * {n}\n" for n in range(5))
    (machine.folder / "area.py").write_text(functions, encoding="utf-8")
    (machine.folder / "postil.toml").write_text("[review]\nmax_units = 2\n", encoding="utf-8")
    with played_ollama(LLAMA) as ollama:
        done = machine.run(ollama, "review", "area.py", "--format", form)
    assert done.returncode == 3, done
    if form == "text":
        assert "3 of 5 units could not be reviewed" in done.stdout
    elif form == "github":
        assert "only the first 2 of 5 units were read (review.max_units)" in done.stdout
    elif form == "json":
        assert json.loads(done.stdout)["summary"]["units_not_reviewed"] == 3
    else:
        (invocation,) = json.loads(done.stdout)["runs"][0]["invocations"]
        assert invocation["executionSuccessful"] is False


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize("others", [[], ["area.py"]])
def test_a_file_that_cannot_be_decoded_is_told_in_every_format(machine: Machine, form: str, others: list[str]) -> None:
    """A symptom: "0 notes", exit code 0."""
    (machine.folder / "latin.py").write_bytes(b"x = '\xe9'\n")
    with played_ollama(LLAMA) as ollama:
        done = machine.run(ollama, "review", "latin.py", *others, "--format", form)
    assert done.returncode == 3 and "a byte that doesn't fit" in done.stdout, done
    if form == "text":
        assert f"1 of {1 + len(others)} unit" in done.stdout


def test_code_over_the_context_is_not_reviewed(machine: Machine) -> None:
    body = "".join(f"    width = width + {n} * height\n" for n in range(150))
    (machine.folder / "area.py").write_text(f"def area(width, height):\n{body}    return width\n", encoding="utf-8")
    (machine.folder / "postil.toml").write_text("num_ctx = 1024\n", encoding="utf-8")
    with played_ollama(LLAMA) as ollama:
        done = machine.run(ollama, "review", "area.py")
    assert done.returncode == 3 and "num_ctx (1024 tokens)" in done.stdout and not ollama.of("/api/chat"), done


# --- models that think


def as_ollama(body: dict[str, Any]) -> list[Line]:
    """Since 0.12.4: a model that can think does unless it is told not to, and its thoughts use up num_predict."""
    if body.get("think") is not False:
        return said("", "length", thinking="Let me see.")(body)
    return PlayedOllama().chat(body)


def test_a_model_that_can_think_is_told_not_to(review: Any) -> None:
    code, text, ollama = review(THINKER, as_ollama)
    assert code == 0 and "0 notes in 1 file" in text
    assert {body["think"] for body in ollama.of("/api/chat")} == {False}


def test_a_model_that_only_knows_levels_is_told_the_least_and_has_room(review: Any) -> None:
    def chat(body: dict[str, Any]) -> list[Line]:
        roomy = body.get("think") == "low" and body["options"]["num_predict"] > 2048
        thought = {"done": False, "message": {"role": "assistant", "content": "", "thinking": "Hm."}}
        return [thought, *PlayedOllama().chat(body)] if roomy else NONE["thoughts that took all tokens"](body)

    code, text, ollama = review(OSS, chat)
    assert code == 0 and "0 notes in 1 file" in text, text
    assert {body["think"] for body in ollama.of("/api/chat")} == {"low"}


def test_a_model_that_cannot_think_is_told_nothing(review: Any) -> None:
    _, _, ollama = review(LLAMA, PlayedOllama().chat)
    # `_debug_render_only` asks how a beginning is rendered.
    assert not any("think" in body for body in ollama.of("/api/chat") if "_debug_render_only" not in body)


@pytest.mark.parametrize("method", ["edit", "list"])
def test_what_used_up_its_tokens_is_told_with_the_next_step(review: Any, method: str) -> None:
    code, text, _ = review(OSS, NONE["thoughts that took all tokens"], "--method", method)
    assert code == 3 and "used up its tokens for thinking: raise review.think_tokens" in text


def test_prose_before_the_code_is_no_difference(review: Any) -> None:
    whole = "def area(width, height):\n    return width * height"
    code, text, _ = review(LLAMA, said(f"Here is the corrected code:\n\n```python\n{whole}\n```\nIt was right."))
    assert code == 0 and "0 notes in 1 file" in text, text
    mended = whole.replace("*", "+")
    code, text, _ = review(LLAMA, said(f"Here is it:\n\n```python\n{mended}\n```\n"), "--min-score", "0")
    assert code == 0 and "return width + height" in text, text


def test_an_opening_fence_that_is_repeated_ends_nothing(review: Any) -> None:
    """A symptom: "`return width * height` → remove it"."""
    code, text, _ = review(LLAMA, said("```python\ndef area(width, height):\n    return width * height\n```\n"))
    assert code == 0 and "0 notes in 1 file" in text, text
    code, text, _ = review(LLAMA, said("```python\n    return width * height\n```\n"))
    assert "remove it" not in text and "0 notes in 1 file" in text, text
