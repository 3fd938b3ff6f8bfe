"""`postil personas` as a command, and what `postil models` and `doctor` make of personas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.test_models import NOBODY, SMALL, Postil
from tests.conftest import OllamaServer

TEAM = '#: role: review\n#: severity: warning\nFROM {0}\nPARAMETER num_ctx 1024\nSYSTEM """Be kind. 中文 😀"""\n'


class Personas(Postil):
    """`run("list")` is `postil personas list`; `models(…)` is `postil models …`."""

    group = "personas"

    def command(self, *words: str) -> list[str]:
        command = super().command()
        return [*command[:-1], self.group, *words] if self.group else [*command[:-1], *words]

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
    rows = {row["name"]: row for row in postil.json("list")}  # type: ignore[attr-defined]
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
    assert facts["load"] == {"num_ctx": 1024} and facts["text"] == TEAM.format(SMALL)  # type: ignore[index]
    assert "known are api-docs" in postil.run("show", "nobody", code=2).stderr
    (postil.folder / "postil.toml").write_text("num_ctx = 4096\n", encoding="utf-8")
    assert postil.json("show", "reviewer")["load"] == {"num_ctx": 4096}  # type: ignore[index]


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
    assert (facts["role"], facts["model"], facts["title"]) == (role, SMALL, "Mein Team")  # type: ignore[index]
    assert "exists already" in postil.run("new", "mein-team", "--role", role, "--from", SMALL, code=2).stderr
    postil.run("new", "mein-team", "--role", role, "--from", "other:1b", "--force")
    assert postil.json("show", "mein-team")["model"] == "other:1b"  # type: ignore[index]


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


@pytest.mark.real_ollama
def test_there_and_back_through_a_real_ollama(postil: Personas, ollama_server: OllamaServer) -> None:
    there = {"OLLAMA_HOST": ollama_server.host}
    postil.team()
    models = Postil.__new__(Postil)
    models.__dict__.update(postil.__dict__)
    try:
        done = postil.run("push", "team", **there)
        assert "ollama run postil-team" in done.stderr
        assert "team exists" not in done.stderr
        written = Path(postil.run("pull", "postil-team", **there).stdout.strip())
        assert written == postil.mine / "team.Modelfile"
        text = written.read_text(encoding="utf-8")
        assert f"FROM {SMALL}" in text and "Be kind. 中文 😀" in text and "PARAMETER num_ctx 1024" in text
        assert postil.run("check", str(written)).stdout == ""
        assert "exists already" in postil.run("pull", "postil-team", code=2, **there).stderr
        assert "has no model" in postil.run("pull", "postil-nobody", code=3, **there).stderr
        # Seen in memory, with the persona's context, and gone from there.
        (postil.folder / "postil.toml").write_text('[review]\npersonas = ["team"]\n[completion]\nenabled = false\n')
        assert "1,024 tokens" in models.run("load", "--engine", "ollama", "--keep-alive", "5m", **there).stderr
        (store,) = models.json("list", "--engine", "ollama", **there)  # type: ignore[misc]
        (loaded,) = [model["loaded"] for model in store["models"] if "loaded" in model]
        assert loaded["context_length"] == 1024 and loaded["size"] > 0
        assert "in memory" in models.run("list", "--engine", "ollama", **there).stdout
        assert "leaves the memory" in models.run("unload", SMALL, "--engine", "ollama", **there).stderr
        assert "nothing to do" in models.run("load", "--engine", "embedded", **there).stderr
    finally:
        models.run("rm", "postil-team", "--engine", "ollama", **there)


@pytest.mark.real_ollama
def test_the_pushed_persona_reviews_under_its_model_name(postil: Personas, ollama_server: OllamaServer) -> None:
    there = {"OLLAMA_HOST": ollama_server.host}
    postil.team()
    postil.run("push", "team", "--as", "postil-pushed", **there)
    postil.group = ""
    code = "def largest(numbers):\n    best = numbers[0]\n    for number in numbers:\n        if number < best:\n"
    (postil.folder / "a.py").write_text(code + "            best = number\n    return best\n", encoding="utf-8")
    try:
        settings = '[review]\npersonas = ["postil-pushed"]\nmin_score = 0.0\n'
        (postil.folder / "postil.toml").write_text(settings, encoding="utf-8")
        report = json.loads(
            postil.run("review", "a.py", "--engine", "ollama", "--format", "json", "--fail-on", "never", **there).stdout
        )
        assert report["summary"]["model"] == "postil-pushed:latest"
        assert report["findings"] and {finding["persona"] for finding in report["findings"]} == {"postil-pushed"}
    finally:
        # What stays in memory keeps its name, and is what another name of the same weights is answered by.
        postil.run("models", "unload", "postil-pushed", "--engine", "ollama", **there)
        postil.run("models", "rm", "postil-pushed", "--engine", "ollama", **there)


def test_doctor_proposes_a_model_for_this_machine(postil: Personas) -> None:
    postil.group = ""
    done = json.loads(postil.run("doctor", "--json", code=1).stdout)
    checks = {check["name"]: check for check in done["checks"]}
    assert "suits this machine" in checks["for reviews"]["text"]
    assert checks["for ghost text"]["fix"].startswith("postil models pull qwen2.5-coder:")
