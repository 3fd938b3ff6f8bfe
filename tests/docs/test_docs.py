"""The documentation has no broken links, and its tables match the program. Needs no network and no generator."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from scripts import docs_pages, docs_settings

from postil.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [name for name, page in docs_pages.sources(ROOT).items() if page.endswith(".md")]
COMMANDS = (ROOT / "docs/commands.md").read_text(encoding="utf-8")


def test_no_link_is_broken() -> None:
    assert len(PAGES) >= 25
    assert docs_pages.broken(ROOT, PAGES) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """Control: the check finds broken links."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/other.md").write_text("# A `title`, with *words*\n\n```\n# no heading\n```\n", encoding="utf-8")
    (tmp_path / "page.md").write_text(
        "[right](docs/other.md#a-title-with-words) [too](docs/) [out](https://example.org/none) `[code](none.md)`\n"
        "[![picture](none.svg)](docs/none.md) [gone](docs/other.md#no-heading) [`here`](#nowhere)\n\n"
        "```\n[code](none.md)\n```\n",
        encoding="utf-8",
    )
    assert docs_pages.broken(tmp_path, ["page.md"]) == [
        "page.md: docs/none.md: there is no such file",
        "page.md: none.svg: there is no such file",
        "page.md: docs/other.md#no-heading: there is no such heading",
        "page.md: #nowhere: there is no such heading",
    ]


def test_the_readme_leads_to_every_page_of_the_docs() -> None:
    """In two steps at most: readers of the repository have no menu."""
    seen, ahead = set(), ["README.md"]
    for _ in range(3):
        seen.update(ahead)
        ahead = [aim for name in ahead for aim in _aims(name) if aim not in seen]
    assert {name for name in PAGES if name.startswith("docs/")} - seen == set()


def _aims(name: str) -> Iterator[str]:
    for target in docs_pages.links((ROOT / name).read_text(encoding="utf-8")):
        path = (ROOT / name).parent / target.partition("#")[0]
        if not docs_pages.is_outside(target) and path.suffix == ".md":
            yield path.resolve().relative_to(ROOT).as_posix()


def test_every_page_is_in_the_menu() -> None:
    menu = (ROOT / "docs/site/zensical.toml").read_text(encoding="utf-8")
    pages = {page for name, page in docs_pages.sources(ROOT).items() if name in PAGES}
    assert {page for page in pages if f'"{page}"' not in menu} == set()


def test_the_readme_is_one_screen() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 70


def test_the_settings_are_those_of_the_schema() -> None:
    schema = json.loads(docs_settings.SCHEMA.read_text(encoding="utf-8"))
    written = docs_settings.PAGE.read_text(encoding="utf-8")
    assert written == docs_settings.page(schema), "run `make docs`"
    # Control: another default changes the page.
    schema["properties"]["jobs"]["default"] = 2
    assert written != docs_settings.page(schema)


def test_what_a_workspace_may_set() -> None:
    page = docs_settings.PAGE.read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| `([\w.]+)` \|.*\| ([^|]+) \| [^|]+ \|$", page, re.MULTILINE))
    assert len(said) >= 40
    assert said["ollama.host"] == said["openai.api_key_env"] == said["trust_workspace"] == "no"
    assert said["review.personas"] == "per folder" and said["jobs"] == "yes"


def test_every_diagram_is_drawn() -> None:
    wanted = set(docs_pages.diagrams(ROOT))
    drawn = {f"diagrams/{path.name}" for path in (ROOT / "docs/diagrams").glob("*.svg")}
    assert drawn == wanted, "run `scripts/docs-diagrams`"


def test_a_page_of_the_repository_becomes_one_of_the_site() -> None:
    site = {"README.md": "index.md", "docs/a.md": "a.md", "docs/deep/b.md": "deep/b.md", "docs/p.svg": "p.svg"}
    used: set[str] = set()
    text = "[a](docs/a.md#x) ![p](docs/p.svg) [`LICENSE`](LICENSE) `[a](docs/a.md)`"
    page = docs_pages.page_of("README.md", text, site, used)
    assert page == "[a](a.md#x) ![p](p.svg) `LICENSE` `[a](docs/a.md)`"
    text = "[home](../../README.md)\n```\n[a](../a.md)\n```\n![o](../../o.png)"
    page = docs_pages.page_of("docs/deep/b.md", text, site, used)
    assert page == "[home](../index.md)\n```\n[a](../a.md)\n```\n![o](../files/o.png)"
    assert used == {"o.png"}
    assert docs_pages.page_of("docs/a.md", r"| `<\|x\|>` | a\|b |", site, used) == r"| `<|x|>` | a\|b |"


# -- commands.md


def _announced() -> list[str]:
    """The commands that the server announces to an editor."""
    body = json.dumps(
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {"processId": None, "rootUri": None, "capabilities": {}},
        }
    ).encode()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "postil", "serve", "--stdio"],
        input=b"Content-Length: %d\r\n\r\n%s" % (len(body), body),
        capture_output=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT / "server")},
    )
    answer = json.loads(done.stdout.partition(b"\r\n\r\n")[2])
    return answer["result"]["capabilities"]["executeCommandProvider"]["commands"]


def test_every_command_of_the_server_is_there() -> None:
    commands = _announced()
    assert len(commands) >= 20
    assert [name for name in commands if f"| `{name}` |" not in COMMANDS] == []
    # The page has no commands that the server does not have.
    assert set(re.findall(r"^\| `(postil\.\w+)` \|", COMMANDS, re.MULTILINE)) == set(commands)


def _leaves(command: Any, path: str) -> Iterator[tuple[str, list[str]]]:
    """Each sub-command with the names of its options."""
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            yield from _leaves(command.get_command(None, name), f"{path} {name}")
    else:
        shown = [one for one in command.params if not getattr(one, "hidden", False)]
        yield path, [name for one in shown for name in one.opts if name.startswith("-")]


SUBCOMMANDS = list(_leaves(typer.main.get_command(app), "postil"))


@pytest.mark.parametrize(("command", "options"), SUBCOMMANDS, ids=[command for command, _ in SUBCOMMANDS])
def test_every_sub_command_is_there_with_its_options(command: str, options: list[str]) -> None:
    group = " ".join(command.split()[:2])
    part = re.search(rf"^### {group}\n(.*?)(?=^##)", COMMANDS, re.MULTILINE | re.DOTALL)
    assert part is not None, f"no heading {group}"
    if command != group:
        row = re.search(rf"^\| `{command}\b.*$", part[1], re.MULTILINE)
        assert row is not None, f"no row {command}"
    assert [name for name in options if not re.search(rf"`{name}\b", part[1])] == []


def test_there_are_sub_commands() -> None:
    assert {"postil serve", "postil review", "postil models pull", "postil doctor"} <= {name for name, _ in SUBCOMMANDS}


# -- other tables


def test_every_model_of_the_catalogue_is_there() -> None:
    page = (ROOT / "docs/models.md").read_text(encoding="utf-8")
    models = tomllib.loads((ROOT / "server/postil/data/models.toml").read_text(encoding="utf-8"))["models"]
    assert models
    for model in models:
        size = model.get("size") or model["about"]
        shown = f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.0f} MB"
        row = f"| {model['name']} | {shown} | {model['memory'] / 1e9:.1f} GB | {model['licence']} |"
        assert row in page
    assert len(re.findall(r"^\| [\w.-]+:[\w.]+ \| [\d.]+ [GM]B \|", page, re.MULTILINE)) == len(models)


def test_every_persona_and_key_is_there() -> None:
    page = (ROOT / "docs/personas.md").read_text(encoding="utf-8")
    files = list((ROOT / "Modelfiles").glob("*.Modelfile"))
    keys = {
        key for file in files for key in re.findall(r"^#: ([\w-]+):", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(files) >= 10 and len(keys) >= 10
    assert {name for name in [*(file.stem for file in files), *keys] if f"`{name}`" not in page} == set()
