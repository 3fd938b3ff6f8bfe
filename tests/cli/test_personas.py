"""`postil personas` as a command, and what `postil models` and `doctor` make of personas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.test_models import NOBODY, SMALL, Postil

TEAM = '#: role: review\n#: severity: warning\nFROM {0}\nPARAMETER num_ctx 1024\nSYSTEM """Be kind. 中文 😀"""\n'


class Personas(Postil):
    """`run("list")` is `postil personas list`; `models(…)` is `postil models …`."""

    group = "personas"

    def words(self, *words: str) -> tuple[str, ...]:
        return (self.group, *words) if self.group else words

    @property
    def mine(self) -> Path:
        return self.folder.parent / "config/postil/personas"

    def team(self, text: str = TEAM.format(SMALL)) -> Path:
        file = self.folder / "Modelfiles/team.Modelfile"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


@pytest.fixture
def postil(tmp_path: Path) -> Personas:
    return Personas(tmp_path)


def test_the_list_has_all_places(postil: Personas) -> None:
    postil.team()
    postil.run("new", "reviewer", "--role", "review", "--from", SMALL)
    rows = {row["name"]: row for row in postil.json("list")}
    assert (rows["team"]["origin"], rows["team"]["enabled"]) == ("workspace", False)
    assert (rows["reviewer"]["origin"], rows["reviewer"]["enabled"]) == ("user", True)
    assert rows["security"]["origin"] == "shipped"
    text = postil.run("list").stdout
    assert "team" in text and "workspace" in text


def test_show_tells_what_counts_and_the_text(postil: Personas) -> None:
    file = postil.team()
    text = postil.run("show", "team").stdout
    assert f"path: {file}" in text and "severity: warning" in text and "Be kind. 中文 😀" in text
    facts = postil.json("show", "team")
    assert facts["load"] == {"num_ctx": 1024} and facts["text"] == TEAM.format(SMALL)
    assert "known are agent, api-docs" in postil.run("show", "nobody", code=2).stderr
    (postil.folder / "postil.toml").write_text("num_ctx = 4096\n", encoding="utf-8")
    assert postil.json("show", "reviewer")["load"] == {"num_ctx": 4096}


def test_check_prints_as_compilers_do(postil: Personas) -> None:
    assert postil.run("check").stdout == ""
    file = postil.team("FROM m\nPARAMETER temperature warm\n")
    done = postil.run("check", code=1)
    assert done.stdout == f"{file}:2:23: error: temperature is a number, not 'warm'\n"
    assert "1 error" in done.stderr
    assert postil.run("check", str(file.parent), code=1).stdout == done.stdout
    assert "no such file" in postil.run("check", "nowhere", code=2).stderr
    assert "correct it" in postil.run("show", "team", code=2).stderr.lower()


@pytest.mark.parametrize("role", ["review", "complete", "chat", "document", "test", "action"])
def test_new_writes_what_check_accepts(postil: Personas, role: str) -> None:
    path = Path(postil.run("new", "mein-team", "--role", role, "--from", SMALL, "--title", "Mein Team").stdout.strip())
    assert path == postil.mine / "mein-team.Modelfile"
    assert postil.run("check", str(path)).stdout == ""
    facts = postil.json("show", "mein-team")
    assert (facts["role"], facts["model"], facts["title"]) == (role, SMALL, "Mein Team")
    assert "exists already" in postil.run("new", "mein-team", "--role", role, "--from", SMALL, code=2).stderr
    postil.run("new", "mein-team", "--role", role, "--from", "other:1b", "--force")
    assert postil.json("show", "mein-team")["model"] == "other:1b"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("new", "../up"), "can't hold"),
        (("new", ""), "no name"),
        (("new", "a", "--role", "king"), "there is no role 'king'"),
        (("push", "nobody"), "no persona called 'nobody'"),
        (("push", "team", "--as", "no name"), "can't call a model 'no name'"),
    ],
)
def test_wrong_usage(postil: Personas, words: tuple[str, ...], says: str) -> None:
    postil.team()
    assert says in postil.run(*words, code=2).stderr


@pytest.mark.parametrize("words", [("push", "team"), ("pull", "m")])
def test_an_ollama_that_is_not_there(postil: Personas, words: tuple[str, ...]) -> None:
    postil.team()
    done = postil.run(*words, code=3)
    assert "ollama serve" in done.stderr and NOBODY in done.stderr
    assert not postil.mine.exists() or not list(postil.mine.iterdir())


def test_doctor_proposes_a_model_for_this_machine(postil: Personas) -> None:
    postil.group = ""
    done = json.loads(postil.run("doctor", "--json", code=1).stdout)
    checks = {check["name"]: check for check in done["checks"]}
    assert "suits this machine" in checks["for reviews"]["text"]
    assert checks["for ghost text"]["fix"].startswith("postil models pull qwen2.5-coder:")
