"""Secrets stay on this machine: nothing that is asked of another one holds them, by whatever way it goes there."""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.faulty_http import DONE, FaultyServer, Step, head, piece, refusal, serving
from tests.trust.elsewhere import there
from tests.trust.test_hosts import LINE, NDJSON

from postil.core.models.families import FimTokens
from postil.core.redaction import Restorer, redacted
from postil.core.request import ChatRequest, EmbedRequest, InfillRequest, Message, Snippet
from postil.engine.base import Engine, EngineError
from postil.engine.ollama.engine import OllamaEngine
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.stream.redact import Redactor
from postil.engine.stream.secret_finder import placeholder, secrets_in

SERVER = Path(__file__).resolve().parents[2] / "server" / "postil"
# One for each kind; none of them is anybody's. The bars keep those away who look for secrets in repositories.
_SECRETS = {
    "aws": 'key = "AKI|AQ7ZJ4MLV2RT5XBNW"',
    "basic": 'url = "postgres://bob:c0rrecth0rse@db.example/x"',
    "github": "TOKEN = 'ghp|_R8sT2uVwX4yZ6aBcD8eFgH0iJkLmN2oPqRs4'",
    "google": 'maps("AIz|aSyD3xKq9Lw0ZtR7uVbN2mQ5sPcE8fGhJ1kL")',
    "hub": "login(token='hf_|QwErTyUiOpAsDfGhJkLzXcVbNmQwErTy')",
    "openai": 'client = OpenAI("sk-|proj-Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe")',
    "entropy": 'seed = "q8Zr3Lm9Xv2Tn7Wb4Kc6Yd1Hf5Gj0PsQuAeRiOt"',
    "hex": 'salt = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
    "password": 'password = "tiger-lily-7"',
    "slack": 'post("xox|b-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx")',
    "jwt": 't = "eyJ|hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"',
    "pem": 'PEM = """---|--BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAx7tKq9Lw0ZtR7uVbN2mQ5sPcE8fGhJ1k\n'
    'q8Zr3Lm9Xv2Tn7Wb4Kc6Yd1Hf5Gj0Ps=\n-----END RSA PRIVATE KEY-----"""',
}  # fmt: skip
_HIDDEN = {
    "aws": "AKI|AQ7ZJ4MLV2RT5XBNW",
    "basic": "c0rrecth0rse",
    "github": "ghp|_R8sT2uVwX4yZ6aBcD8eFgH0iJkLmN2oPqRs4",
    "google": "AIz|aSyD3xKq9Lw0ZtR7uVbN2mQ5sPcE8fGhJ1kL",
    "hub": "hf_|QwErTyUiOpAsDfGhJkLzXcVbNmQwErTy",
    "openai": "Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe",
    "entropy": "q8Zr3Lm9Xv2Tn7Wb4Kc6Yd1Hf5Gj0PsQuAeRiOt",
    "hex": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "password": "tiger-lily-7",
    "slack": "AbCdEfGhIjKlMnOpQrStUvWx",
    "jwt": "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "pem": "q8Zr3Lm9Xv2Tn7Wb4Kc6Yd1Hf5Gj0Ps",
}
SECRETS, HIDDEN = ({kind: text.replace("|", "") for kind, text in of.items()} for of in (_SECRETS, _HIDDEN))


INFILLED = b'data: {"content": "x", "stop": true, "stop_type": "eos"}\n\n'
FILES = FimTokens(prefix="<p>", suffix="<s>", file="<f>")


def requests(code: str) -> list[ChatRequest | InfillRequest]:
    """A review with a dismissed note as its example, a rewrite that goes on, an action, a fix, a completion in the
    middle of the secret, before it, and beside another file that holds it."""
    middle = len(code) // 2
    return [
        ChatRequest("m", (Message("system", "s"), Message("user", f"Not this: {code}"), Message("user", code))),
        ChatRequest("m", (Message("user", code),), prefill=code[:middle]),
        ChatRequest("m", (Message("user", "Explain."), Message("assistant", code))),
        InfillRequest("m", code + "\n", "", lane="interactive"),
        InfillRequest("m", "a = 1\n", "\n" + code),
        InfillRequest("m", code[:middle], code[middle:]),
        InfillRequest("m", code[: middle - 3], code[middle:], begun=code[middle - 3 : middle]),
        InfillRequest("m", "a = 1\n", "", fim=FILES, path="b.py", snippets=(Snippet("a.py", code),)),
    ]


async def drained(engine: Engine, request: ChatRequest | InfillRequest) -> str:
    stream = engine.chat(request) if isinstance(request, ChatRequest) else engine.infill(request)
    async with aclosing(stream):
        return "".join([delta.text async for delta in stream])


@asynccontextmanager
async def both(*, far: bool) -> AsyncGenerator[tuple[FaultyServer, tuple[Engine, Engine]]]:
    """The two engines that speak to a server, on this machine or elsewhere."""
    answers: dict[str, list[Step]] = {
        "/api/chat": [NDJSON, LINE],
        "/api/generate": [NDJSON, LINE.replace(b'"message"', b'"response": "x", "message"')],
        "/infill": [head(), INFILLED],
        "/completion": [head(), INFILLED],
        "/v1/chat/completions": [head(), piece("x"), piece("", "stop"), DONE],
    }
    async with serving() as server:
        server.paths.update(answers)
        url = there(server.url) if far else server.url
        engines = (
            OpenAICompatEngine(url, dialect="llama.cpp", allow_http=True),
            OllamaEngine(url, allow_http=True),
        )
        yield server, engines
        for engine in engines:
            await engine.aclose()


@pytest.mark.parametrize("kind", SECRETS)
async def test_no_request_to_another_machine_holds_a_secret(kind: str, elsewhere: str) -> None:
    code = f"def f():\n    {SECRETS[kind]}\n    return 1\n"
    async with both(far=True) as (server, engines):
        for engine in engines:
            for request in requests(code):
                assert await drained(engine, request) == "x"
            with pytest.raises(EngineError):
                # This server has no vectors; what it was sent is what counts.
                await engine.embed(EmbedRequest("m", (code,)))
    sent = [json.dumps(one.body) for one in server.asked]
    assert len(sent) == 2 * (len(requests(code)) + 1)
    for body in sent:
        assert HIDDEN[kind] not in body
    # Places stay true: what is sent is as long, line by line.
    whole = server.asked[0].body["messages"][2]["content"]
    assert [len(line) for line in whole.split("\n")] == [len(line) for line in code.split("\n")]
    assert whole.split("\n")[0] == "def f():"


async def test_this_machine_is_told_all(elsewhere: str) -> None:
    """The control: nothing is changed on the way to a model of one's own."""
    async with both(far=False) as (server, engines):
        for engine in engines:
            for kind, line in SECRETS.items():
                await drained(engine, requests(line)[0])
                assert HIDDEN[kind] in json.dumps(server.asked[-1].body)


async def test_a_model_that_ollama_hands_on_is_another_machine() -> None:
    code = SECRETS["github"]
    async with both(far=False) as (server, (_, engine)):
        for model in ("gpt-oss:120b-cloud", "kimi-k2:cloud"):
            await drained(engine, ChatRequest(model, (Message("user", code),)))
            assert HIDDEN["github"] not in json.dumps(server.asked[-1].body)


async def test_a_copy_of_such_a_model_under_a_plain_name_is_another_machine_too() -> None:
    """`ollama cp` keeps the host that requests go to, and nothing in the name tells of it."""
    row = {"name": "mine:latest", "model": "mine:latest", "remote_host": "https://ollama.com:443", "details": {}}
    code = SECRETS["github"]
    async with both(far=False) as (server, (_, engine)):
        steps = server.steps
        server.steps = [refusal(200, json.dumps({"models": [row]}))]
        await engine.facts()
        server.steps = steps
        await drained(engine, ChatRequest("mine", (Message("user", code),)))
        assert HIDDEN["github"] not in json.dumps(server.asked[-1].body)


def test_half_a_secret_at_the_end_of_another_file_is_one() -> None:
    secret = HIDDEN["entropy"]
    half = Snippet("a.py", f'seed = "{secret[:20]}')
    sent, _ = redacted(InfillRequest("m", "a = ", "", snippets=(half,)), {secret: placeholder(secret)})
    assert secret[:20] not in sent.snippets[0].text and len(sent.snippets[0].text) == len(half.text)


async def test_half_a_secret_that_was_seen_whole_is_one(elsewhere: str) -> None:
    """The checks of a rewrite ask about a line that ends in the middle."""
    async with both(far=True) as (server, (engine, _)):
        await drained(engine, requests(SECRETS["password"])[0])
        await drained(engine, InfillRequest("m", 'password = "tiger-li', "\nreturn 1\n"))
        await drained(engine, ChatRequest("m", (Message("user", "x"),), prefill='password = "tiger-li'))
    for asked in server.asked[1:]:
        assert "tiger" not in json.dumps(asked.body)


@pytest.mark.parametrize("cut", range(1, 9))
async def test_the_answer_has_the_secret_again(cut: int, elsewhere: str) -> None:
    """So a copy is a copy, however the stream is cut: no note says that the secret should be another."""
    code = SECRETS["github"]
    async with serving() as server:
        engine = OpenAICompatEngine(there(server.url), allow_http=True)
        said = code.replace(HIDDEN["github"], secrets_in(code)[HIDDEN["github"]])
        server.steps = [head(), *(piece(said[n : n + cut]) for n in range(0, len(said), cut)), piece("", "stop"), DONE]
        assert await drained(engine, ChatRequest("m", (Message("user", code),))) == code
        await engine.aclose()
    assert said in json.dumps(server.asked[0].body)


async def test_the_user_hears_of_it_once(
    elsewhere: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # import-linter, of another test, turns off all loggers that there are.
    monkeypatch.setattr(logging.getLogger("postil.privacy"), "disabled", False)
    with caplog.at_level(logging.WARNING, "postil.privacy"):
        async with both(far=True) as (_, (engine, _)):
            await drained(engine, requests("a = 1")[0])
            assert caplog.records == []
            for _ in range(3):
                await drained(engine, requests(SECRETS["aws"])[0])
    (told,) = caplog.messages
    assert "models.example" in told
    assert HIDDEN["aws"] not in told


CODE = """
import hashlib
def check(password, token):
    digest = hashlib.sha256(password.encode()).hexdigest()
    if token == request.headers["Authorization"]:
        return {"password": digest, "key": KEYS[token], "path": "/api/v1/users/profile/settings"}
    sql = "SELECT name, secret_id FROM users WHERE id = %s"
    raise ValueError(f"wrong token for {user.name}")
"""


def test_ordinary_code_has_no_secrets() -> None:
    """The control: names are none, or a review would be of another program."""
    assert secrets_in(CODE) == {}


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=80))
def test_what_stands_for_a_secret_is_as_long(word: str) -> None:
    other = placeholder(word)
    assert len(other) == len(word)
    for one, two in zip(word, other, strict=True):
        assert one.isalnum() == two.isalnum()


WORDS = {"tiger-lily": "qrstu-vwxy", "sesame": "popcor", "<|im_end|>": "‹|im_end|>"}


@settings(max_examples=150)
@given(st.lists(st.sampled_from([*WORDS, *WORDS.values(), "se", "sesa", "<|im", "x", "\n"]), max_size=12), st.data())
def test_an_answer_comes_back_as_if_nothing_had_been_changed(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    said, back = redacted(ChatRequest("m", (Message("user", text),)), WORDS)
    content = said.messages[0].content
    assert len(content) == len(text)
    assert not any(word in content for word in WORDS)
    if not back:
        assert content == text
        return
    restoring = Restorer(back)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(content)), max_size=6)))
    pieces = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    answer = "".join(restoring.feed(one) for one in pieces) + restoring.rest()
    # What looked like a stand-in before can't be told from one; there is none in any program.
    if not any(other in text for other in back):
        assert answer == text


def test_an_answer_that_is_cut_ends_with_its_own_word() -> None:
    """A limit of tokens may fall into what stands for a word; a letter that may be anything stays what it is."""
    restoring = Restorer({other: word for word, other in WORDS.items()})
    for said, own in (("a ‹", "a <"), ("a ‹|im", "a <|im"), ("qrstu", "tiger"), ("a q", "a q"), ("pop", "pop")):
        assert restoring.feed(said) + restoring.rest() == own


def test_no_engine_that_speaks_to_a_server_has_another_way() -> None:
    """Each `chat` and `infill` of an engine with a network library goes through `guarded_stream`, which redacts."""
    seen: dict[str, bool] = {}
    for path in (SERVER / "engine").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        # A pool and the priorities hand on to one of these.
        if "guarded_stream" not in text and "httpx" not in text and "open_client(" not in text:
            continue
        for cls in (node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)):
            for one in cls.body:
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name in ("chat", "infill"):
                    way = ast.unparse(one.body[-1])
                    seen[f"{path.parent.name}.{cls.name}.{one.name}"] = way.startswith("return guarded_stream(")
    assert len(seen) == 6
    assert all(seen.values()), seen


async def test_nothing_is_searched_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The detectors are slow to import; requests to this machine never wait for them."""
    import postil.engine.stream.redact as module

    def never(texts: Any) -> dict[str, str]:
        raise AssertionError("searched")

    monkeypatch.setattr(module, "_secrets_in", never)
    async with both(far=False) as (_, engines):
        for engine in engines:
            assert await drained(engine, requests(SECRETS["aws"])[0]) == "x"
    assert Redactor
