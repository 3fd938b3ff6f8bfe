"""The VS Code extension: its values, its package, and what it does in a real VS Code with a real keyboard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests import parts
from tests.conftest import OllamaServer
from tests.real.test_models import FOUND

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "editor-clients" / "vscode"
E2E = sorted(path.name for path in (CLIENT / "test" / "e2e").glob("*.test.mjs"))
# Several starts of VS Code, and one installation from the package index, on two cores.
SECONDS = 900


@pytest.fixture(scope="session")
def code() -> Path:
    """The folder that `scripts/vscode-parts` made."""
    found = sorted(parts.folder().glob("vscode-*-node-*/node_modules/.bin/code-server"))
    return found[-1].parents[2] if found else parts.missing("VS Code (code-server)")


@pytest.fixture(scope="session")
def vsix(code: Path) -> Path:
    """The extension, packaged as users get it, from this tree."""
    done = subprocess.run(
        [str(ROOT / "scripts" / "vscode-package")], env=_with_node(code), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(done.stdout.split("\n")[-2])


@pytest.fixture(scope="session")
def extensions(code: Path, vsix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the extension is installed, as users install it. No VS Code writes there."""
    folder = tmp_path_factory.mktemp("installed")
    place = ["--user-data-dir", str(folder / "data"), "--extensions-dir", str(folder / "extensions")]
    done = subprocess.run(
        [str(code / "node_modules" / ".bin" / "code-server"), *place, "--install-extension", str(vsix)],
        env={**_with_node(code), "XDG_CONFIG_HOME": str(folder / "config")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "extensions"


def _with_node(code: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{code / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHON": sys.executable}


@pytest.fixture
def mark() -> Iterator[str]:
    """A word in the environment of all that a test starts: at its end nothing that has it is left."""
    word = f"postil-{uuid.uuid4()}"
    yield word
    left = [process.info["cmdline"] for process in psutil.process_iter(["cmdline", "environ"]) if _has(process, word)]
    assert not left, f"still running: {left}"


def _has(process: psutil.Process, word: str) -> bool:
    # Without an environment: other users' processes, and those that have ended and were not waited for.
    return word in (process.info["environ"] or {}).values()


def _node(code: Path, mark: str, *arguments: str, **more: Any) -> str:
    """What a run of Node's tests prints; fails with it when one of them does."""
    environment = _with_node(code) | {
        "POSTIL_TEST_MARK": mark,
        "POSTIL_TEST_CODE": str(code),
        "POSTIL_TEST_PYTHON": sys.executable,
        "POSTIL_TEST_FAULTY": FOUND,
        "NODE_OPTIONS": "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
        **{key: str(value) for key, value in more.items()},
    }
    process = subprocess.Popen(
        [str(code / "bin" / "node"), "--test", "--test-reporter=spec", *arguments],
        cwd=CLIENT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
        pytest.fail(f"not done after {SECONDS} s\n{said}", pytrace=False)
    if process.returncode:
        pytest.fail(said, pytrace=False)
    return said


def test_the_values_and_the_manifest(code: Path, vsix: Path, mark: str) -> None:
    said = _node(code, mark, *(str(path) for path in sorted((CLIENT / "test" / "unit").glob("*.test.ts"))))
    assert "fail 0" in said and "pass 0" not in said


def test_inside_the_extension_host(code: Path, vsix: Path, mark: str) -> None:
    built = subprocess.run(
        [str(code / "bin" / "node"), "esbuild.mjs", "--tests"], cwd=CLIENT, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    _node(code, mark, "test/host/run.test.mjs")


@pytest.mark.real_embedded
@pytest.mark.real_ollama
@pytest.mark.parametrize("name", E2E)
def test_with_a_keyboard(
    name: str, code: Path, extensions: Path, mark: str, embedded_gguf: Path, ollama_server: OllamaServer, tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shots = Path(os.environ.get("POSTIL_SHOTS") or tmp_path / "shots")
    more = {
        "POSTIL_TEST_EXTENSIONS": extensions,
        "POSTIL_SHOTS": shots,
        "POSTIL_TEST_GGUF": embedded_gguf,
        "POSTIL_TEST_THREADS": parts.THREADS,
        "POSTIL_TEST_OLLAMA": parts.ollama_binary(),
        "POSTIL_TEST_OLLAMA_STORE": ollama_server.models_dir,
        "POSTIL_TEST_OLLAMA_PORT": port,
    }
    try:
        _node(code, mark, f"test/e2e/{name}", **more)
    except pytest.fail.Exception as failed:
        # A browser that other tests starve loses a key or a click now and then. What is wrong with Postil fails twice.
        warnings.warn(f"{name} failed, and is run once more:\n{failed}", stacklevel=1)
        _node(code, mark, f"test/e2e/{name}", **more)
    pictures = list(shots.glob("*.png"))
    assert pictures and all(picture.stat().st_size > 10_000 for picture in pictures)


def test_the_package_holds_what_it_needs_and_nothing_else(vsix: Path) -> None:
    import zipfile

    names = zipfile.ZipFile(vsix).namelist()
    assert any(name.startswith("extension/server/postil-") and name.endswith(".whl") for name in names)
    assert not [name for name in names if "/src/" in name or "/test/" in name or "node_modules" in name]
