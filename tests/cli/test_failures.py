"""What nobody foresaw, and environments that break third parties: one sentence and the documented exit code."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from postil.cli import running
from postil.cli.app import app

ROOT = Path(__file__).parents[2]
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
# What the import of the `ollama` package raised for.
BREAKING = {
    "ALL_PROXY": "socks5://127.0.0.1:9",
    "all_proxy": "socks5h://127.0.0.1:9",
    "HTTPS_PROXY": "socks4://127.0.0.1:9",
    "HTTP_PROXY": "http://[bad",
    "NO_PROXY": "[::1],::1/128",
    "SSL_CERT_FILE": "/gone.pem",
    "OLLAMA_HOST": "http://[bad",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*PROXIES, "SSL_CERT_FILE", "SSL_CERT_DIR", "OLLAMA_HOST", "POSTIL_OLLAMA_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PYTHONUTF8", "1")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.py").write_text("def f(a):\n    return a\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


# One after the other in a Python that has imported nothing yet: (exit code, standard output, standard error) of each.
_COMMANDS = """
import contextlib, io, json, sys
from postil import lazy
from postil.__main__ import main
# Once a process.
lazy.install()
lazy.install = lambda: None
done = []
for words in json.loads(sys.argv[1]):
    code, out, err = 0, io.StringIO(), io.StringIO()
    sys.argv = ["postil", *words]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code
    done.append([code, out.getvalue(), err.getvalue()])
json.dump(done, sys.stdout)
"""


def postil(*commands: tuple[str, ...], **environment: str) -> list[tuple[int, str, str]]:
    done = subprocess.run(
        [sys.executable, "-c", _COMMANDS, json.dumps(commands)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "server"), "COLUMNS": "200", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    return [(code, out, err) for code, out, err in json.loads(done.stdout)]


@contextmanager
def local_ollama(status: int = 200, body: bytes = b'{"models": [], "version": "0.24.0"}') -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *_: object) -> None:
            """Silent."""

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize("name", BREAKING)
def test_an_environment_that_breaks_the_ollama_package_doesnt_break_us(here: Path, name: str) -> None:
    """`import ollama` made a client, with 91 lines of traceback in review, doctor and models."""
    with local_ollama() as host:
        (here / "config" / "postil").mkdir(parents=True)
        (here / "config" / "postil" / "postil.toml").write_text(f'[ollama]\nhost = "{host}"\n', encoding="utf-8")
        broken = {name: BREAKING[name]}
        engine = ("--engine", "ollama")
        listed, doctor, review = postil(("models", "list", *engine), ("doctor",), ("review", "a.py", *engine), **broken)
    assert (listed[0], listed[2]) == (0, "")
    assert f"0.24.0 at {host}, models: none" in doctor[1]
    assert review[0] == 3
    assert f"ollama at {host} doesn't hold" in review[2]
    assert "Traceback" not in f"{listed}{doctor}{review}"


def test_another_machine_behind_a_socks_proxy_is_one_sentence(here: Path) -> None:
    broken = {"ALL_PROXY": "socks5://127.0.0.1:9", "OLLAMA_HOST": "https://gpu.example"}
    done = postil(("review", "a.py"), ("models", "pull"), ("doctor",), **broken)
    for (code, out, err), expected in zip(done, (3, 3, 1), strict=True):
        told = out + err
        assert code == expected, told
        assert "ALL_PROXY names a SOCKS proxy (socks5://127.0.0.1:9)" in told
        assert "Traceback" not in told
        # The host that the user has named is to be mended first.
        assert "models pull" not in told, told


FAILED = "postil: unexpected failure (ZeroDivisionError: of the test at https://***@host). The traceback is in {}: "


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError("of the test at https://me:pa55@host")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["review", "a.py"], 3),
        (["fix", "--check", "true"], 3),
        (["calibrate"], 3),
        (["models", "list"], 3),
        (["personas", "list"], 3),
        (["doctor"], 1),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else str(value),
)
def test_an_unexpected_exception_is_one_sentence_with_the_tracebacks_place(
    here: Path, words: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1 of `review` means findings: a traceback was taken for some."""
    for place in (
        "postil.cli.models.settings_here",
        "postil.cli.personas.settings_here",
        "postil.cli.review.command.checked_settings",
        "postil.cli.fix.command.checked_settings",
        "postil.cli.calibrate.repository_root",
        "postil.cli.doctor.command.examine",
    ):
        monkeypatch.setattr(place, broken)
    result = CliRunner().invoke(app, words)
    log = here / "cache" / "failure.log"
    assert result.exit_code == code
    assert FAILED.format(log) in result.stderr
    assert "Traceback" not in result.output
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text and "in broken" in text and "pa55" not in text
    if os.name != "nt":
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_what_fails_before_a_command_runs_is_one_sentence_too(here: Path) -> None:
    """A package that can't be imported, as after half an upgrade."""
    (here / "broken").mkdir()
    (here / "broken" / "typer.py").write_text("raise ImportError('no module of the test')", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "postil", "doctor"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(here / "broken"), str(ROOT / "server")))},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1 and "unexpected failure (ImportError: no module of the test)" in done.stderr


def test_a_package_that_cant_be_imported_is_the_engines_failure(here: Path) -> None:
    """Not of the whole command: `auto` goes on, and says why."""
    (here / "broken" / "ollama").mkdir(parents=True)
    (here / "broken" / "ollama" / "__init__.py").write_text("from ollama._client import AsyncClient", encoding="utf-8")
    (here / "broken" / "ollama" / "_client.py").write_text("import no_such_module", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "postil", "review", "a.py"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(here / "broken"), str(ROOT / "server")))},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "The package `ollama` can't be loaded (ModuleNotFoundError" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_ends_on_purpose_is_no_failure(here: Path) -> None:
    async def pipe() -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        running.run(pipe, "")
    assert not (here / "cache" / "failure.log").exists()
