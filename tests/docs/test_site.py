"""`make docs` builds the site, fails for a broken link, and makes pages that fetch nothing from another host."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from scripts import docs_pages
from tests import parts

ROOT = Path(__file__).resolve().parents[2]
# The first run installs the generator; a build takes a second.
MINUTES = 8
# What a browser fetches without a click.
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "object": "data"}


def build(folder: Path, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    if os.environ.get("POSTIL_ALLOW_SKIP") == "1" and not list(parts.folder().parent.glob("venv-docs-*/.ready")):
        parts.missing("the documentation's generator")
    return subprocess.run(
        [ROOT / "scripts/docs", "--root", root, "--work", folder / "work", "--site", folder / "site"],
        capture_output=True,
        text=True,
        timeout=MINUTES * 60,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    done = build(folder)
    assert done.returncode == 0, done.stderr
    return folder / "site"


class Fetches(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if FETCHED.get(tag) == name or name == "srcset"]


def test_every_page_is_there(site: Path) -> None:
    pages = {page for page in docs_pages.sources(ROOT).values() if page.endswith(".md")}
    assert {page for page in pages if not (site / page).with_suffix(".html").is_file()} == set()


def test_no_page_fetches_anything_from_another_host(site: Path) -> None:
    outside = []
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        reader = Fetches()
        reader.feed(text)
        outside += [f"{path.name}: {url}" for url in reader.found if re.match(r"(?:https?:)?//", url)]
        # The browser refuses other hosts that the theme's scripts could ask, for features that the site does not use.
        assert "default-src 'self'" in text, path
    for path in (one for one in site.rglob("*") if one.suffix in (".css", ".svg")):
        found = re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\"']*", path.read_text(encoding="utf-8"))
        outside += [f"{path.name}: {url}" for url in found]
    assert outside == []


@pytest.mark.parametrize("link", ["none.md", "settings.md#nowhere"])
def test_a_broken_link_fails_the_build(link: str, tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    for name in [*docs_pages.PAGES, "editor-clients/vscode/media/walk-save.png"]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "docs", root / "docs")
    page = root / "docs/privacy.md"
    # A form of link that `docs_pages` does not check: the generator has to find it.
    page.write_text(page.read_text(encoding="utf-8") + f"\n[broken][one]\n\n[one]: {link}\n", encoding="utf-8")
    done = build(tmp_path, root)
    assert done.returncode == 1 and "privacy.md" in done.stderr, done.stderr
    assert not (tmp_path / "site").exists()
