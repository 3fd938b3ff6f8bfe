"""The pages on other editors: the configuration for Emacs, taken out of its page, in a real Emacs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests import parts
from tests.clients.neovim import ROOT, homes, server_command
from tests.lsp.test_review import function, mend

PAGES = ROOT / "docs" / "editors"
SECONDS = 60


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), re.S)


@pytest.fixture
def emacs() -> str:
    return shutil.which("emacs") or parts.missing("Emacs")


def run(emacs: str, init: str, folder: Path, seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
    (folder / "work" / ".git").mkdir(parents=True)
    (folder / ".emacs.d").mkdir()
    file = folder / "work" / "shop.py"
    file.write_text(function("add"), encoding="utf-8")
    (folder / "init.el").write_text(init, encoding="utf-8")
    command = server_command(folder, [mend("add")])
    (folder / "work" / "postil.toml").write_text("[review]\nmin_score = 0\n", encoding="utf-8")
    environment = {
        **os.environ,
        **homes(folder),
        "HOME": str(folder),
        "PATH": f"{Path(command[0]).parent}:{os.environ['PATH']}",
    }
    environment |= {"POSTIL_TEST_INIT": str(folder / "init.el"), "POSTIL_TEST_FILE": str(file)}
    environment |= {"POSTIL_TEST_SECONDS": str(seconds)}
    return subprocess.run(
        [emacs, "--batch", "-l", str(Path(__file__).with_name("emacs.el"))],
        env=environment, capture_output=True, text=True, timeout=2 * SECONDS, check=False,
    )  # fmt: skip


def test_emacs_with_the_configuration_of_its_page(emacs: str, tmp_path: Path) -> None:
    first, _, last = blocks("emacs.md", "elisp")
    done = run(emacs, first + last, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "note: " in done.stdout and "action: Postil: apply the fix" in done.stdout
    assert (tmp_path / "work" / "shop.py").read_text(encoding="utf-8") == function("add", "+")


def test_emacs_without_it_fails(emacs: str, tmp_path: Path) -> None:
    """The control: it is the page's configuration that starts the server."""
    _, _, last = blocks("emacs.md", "elisp")
    done = run(emacs, "(require 'eglot)" + last, tmp_path, seconds=3)
    assert done.returncode != 0 and "note: " not in done.stdout


def test_each_page_names_the_command_as_it_is() -> None:
    pages = sorted(path.name for path in PAGES.glob("*.md"))
    assert pages == ["emacs.md", "helix.md", "kakoune.md", "neovim.md", "sublime.md", "zed.md"]
    for page in pages:
        configured = "".join(blocks(page, r"\w+"))
        assert all(word in configured for word in ("postil", "serve", "--stdio")), page
