"""Settings from all their places: the order, and that one bad key never discards the others."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from postil.service.config.load import ConfigProblem, load_settings, schema, schema_text
from postil.settings import Settings, settings_of

REPOSITORY = Path(__file__).resolve().parents[2]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_later_places_win_key_by_key(tmp_path: Path) -> None:
    user = write(tmp_path / "user.toml", "num_ctx = 1000\njobs = 2\n[review]\nreason = true\non_save = false\n")
    write(tmp_path / "work/postil.toml", "jobs = 3\n[review]\non_save = true\nmax_units = 5\n")
    loaded = load_settings(
        user_file=user,
        workspace=tmp_path / "work",
        client={"jobs": 4, "review": {"maxUnits": 6}},
        flags={"review.max_units": 7, "review.reason": None},
    )
    assert loaded.problems == ()
    assert loaded.sources == (str(user), str(tmp_path / "work/postil.toml"), "client", "flags")
    settings = loaded.settings
    assert (settings.num_ctx, settings.jobs) == (1000, 4)
    assert (settings.review.on_save, settings.review.reason, settings.review.max_units) == (True, True, 7)


def test_nothing_anywhere_is_the_defaults(tmp_path: Path) -> None:
    loaded = load_settings(user_file=tmp_path / "none.toml", workspace=tmp_path, client={}, flags={})
    assert loaded.settings == Settings()
    assert (loaded.problems, loaded.sources) == ((), ())


def test_bad_keys_are_told_with_path_and_line_and_the_rest_counts(tmp_path: Path) -> None:
    text = """\
jobs = "many"
num_ctx = 4096
colour = "red"

[review]
reason = true
max_unit = 3
method = "guess"

[timeouts]
connect = -1
first_token = 7
"""
    user = write(tmp_path / "user.toml", text)
    loaded = load_settings(user_file=user)
    assert [(p.key, p.line) for p in loaded.problems] == [
        ("jobs", 0), ("colour", 2), ("review.max_unit", 6), ("review.method", 7), ("timeouts.connect", 10),
    ]  # fmt: skip
    assert {p.source for p in loaded.problems} == {str(user)}
    messages = {p.key: p.message for p in loaded.problems}
    assert messages["review.max_unit"] == "unknown key: did you mean max_units?"
    assert messages["colour"].startswith("unknown key: use engine, num_ctx")
    assert '"guess"' in messages["review.method"]
    assert str(loaded.problems[0]).startswith(f"{user}:1: jobs: ")
    settings = loaded.settings
    assert (settings.num_ctx, settings.jobs, settings.review.reason) == (4096, 1, True)
    assert (settings.timeouts.connect, settings.timeouts.first_token) == (5.0, 7.0)


def test_a_bad_key_leaves_the_lower_value(tmp_path: Path) -> None:
    user = write(tmp_path / "user.toml", "jobs = 2\n")
    loaded = load_settings(user_file=user, client={"jobs": 0}, flags={"jobs": "x"})
    assert loaded.settings.jobs == 2
    assert [(p.source, p.key, p.line) for p in loaded.problems] == [
        ("client", "jobs", None),
        ("flags", "jobs", None),
    ]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('ollama.host = "http://evil"', "ollama.host"),
        ('openai.base_url = "http://evil"', "openai.base_url"),
        ('openai.api_key_env = "HOME"', "openai.api_key_env"),
        ("openai = 3", "openai"),
        ('embedded.model_path = "/tmp/evil.gguf"', "embedded.model_path"),
        ('engine = "openai"', "engine"),
    ],
)
def test_a_workspace_cannot_send_code_elsewhere(tmp_path: Path, line: str, key: str) -> None:
    write(tmp_path / "postil.toml", line + "\njobs = 3\n")
    loaded = load_settings(workspace=tmp_path)
    assert loaded.settings == Settings(jobs=3)
    assert [(p.key, p.line) for p in loaded.problems] == [(key, 0)]
    assert "a workspace can't" in loaded.problems[0].message
    as_user = load_settings(user_file=tmp_path / "postil.toml")
    assert as_user.settings != Settings(jobs=3) or key == "openai"


def test_each_source_is_told_all_its_bad_keys(tmp_path: Path) -> None:
    user = write(tmp_path / "user.toml", "jobs = 0\n[ollama]\nhost = 1\n[ollama.port]\nnumber = 1\n")
    workspace = """\
engine = "openai"
openai.base_url = 1
ollama.host = 3
ollama.colour = "red"
embedded.model_path = 0
embedded.threads = nan
num_ctx = 1e3
review.reason = "yes"
log_level = 2026-01-01
"""
    write(tmp_path / "postil.toml", workspace)
    loaded = load_settings(
        user_file=user,
        workspace=tmp_path,
        client={"review": {"maxUnits": {"value": 3}, "hint": True, "reason": None}, "timeouts.connect": "2"},
        flags={"review.min_score": float("nan"), "engine": "none"},
    )
    told = [(Path(p.source).name, p.key, p.line) for p in loaded.problems]
    assert told == [
        ("user.toml", "jobs", 0),
        ("user.toml", "ollama.host", 2),
        ("user.toml", "ollama.port", 3),
        ("postil.toml", "engine", 0),
        ("postil.toml", "openai.base_url", 1),
        ("postil.toml", "ollama.host", 2),
        ("postil.toml", "ollama.colour", 3),
        ("postil.toml", "embedded.model_path", 4),
        ("postil.toml", "embedded.threads", 5),
        ("postil.toml", "log_level", 8),
        ("client", "review.max_units", None),
        ("client", "review.hint", None),
        ("flags", "review.min_score", None),
        ("flags", "engine", None),
    ]
    forbidden = {p.key for p in loaded.problems if "a workspace can't" in p.message}
    assert forbidden == {"engine", "openai.base_url", "ollama.host", "embedded.model_path"}
    good = {"num_ctx": 1000, "review": {"reason": True}, "timeouts": {"connect": 2.0}}
    assert loaded.settings == settings_of(good)


def test_a_workspace_may_choose_among_local_engines(tmp_path: Path) -> None:
    write(tmp_path / "postil.toml", 'engine = "embedded"\nollama.keep_alive = "5m"\n')
    loaded = load_settings(workspace=tmp_path)
    assert loaded.problems == ()
    assert (loaded.settings.engine, loaded.settings.ollama.keep_alive) == ("embedded", "5m")


def test_an_untrusted_workspace_counts_for_nothing(tmp_path: Path) -> None:
    write(tmp_path / "postil.toml", "jobs = 3\n")
    assert load_settings(workspace=tmp_path, trusted=False).settings.jobs == 1
    untrusted = load_settings(workspace=tmp_path, client={"trustWorkspace": False})
    assert (untrusted.settings.jobs, untrusted.sources) == (1, ("client",))
    write(tmp_path / "user.toml", "trust_workspace = false\n")
    user = load_settings(user_file=tmp_path / "user.toml", workspace=tmp_path)
    assert user.settings.jobs == 1
    both = load_settings(user_file=tmp_path / "user.toml", workspace=tmp_path, client={"trustWorkspace": True})
    assert both.settings.jobs == 3


def test_a_workspace_does_not_trust_itself(tmp_path: Path) -> None:
    write(tmp_path / "postil.toml", "trust_workspace = true\njobs = 3\n")
    assert load_settings(workspace=tmp_path, flags={"trust_workspace": False}).settings.jobs == 1
    loaded = load_settings(workspace=tmp_path)
    assert [problem.key for problem in loaded.problems] == ["trust_workspace"]


@pytest.mark.parametrize(
    ("data", "part", "line"),
    [
        (b"jobs = 2\njobs = 3\n", "not valid TOML", 1),
        (b"jobs = \n", "not valid TOML", 0),
        (b"num_ctx = 1" + b"0" * 5000, "not valid TOML", None),
        (b"\xff\xfe", "not UTF-8", None),
        (b"#" * 1_000_001, "over 1 MB", None),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, data: bytes, part: str, line: int | None) -> None:
    file = tmp_path / "user.toml"
    file.write_bytes(data)
    loaded = load_settings(user_file=file, flags={"jobs": 4})
    assert loaded.settings.jobs == 4
    assert len(loaded.problems) == 1
    assert part in loaded.problems[0].message
    assert loaded.problems[0].line == line


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    file = tmp_path / "user.toml"
    file.write_bytes(b"\xef\xbb\xbfjobs = 2\r\n")
    assert load_settings(user_file=file).settings.jobs == 2


def test_client_keys_come_in_any_shape() -> None:
    client = {
        "logLevel": "debug",
        "review.minScore": 0.5,
        "openai": {"baseUrl": "http://127.0.0.1:1"},
        "model": None,
    }
    loaded = load_settings(client=client)
    assert loaded.problems == ()
    assert loaded.settings.log_level == "debug"
    assert loaded.settings.review.min_score == 0.5
    assert loaded.settings.openai.base_url == "http://127.0.0.1:1"


@pytest.mark.parametrize("client", [{"review": 3}, {"review": {"personas": 3}}, {"": {"": 1}}, {"review.": {"x": 1}}])
def test_a_client_of_the_wrong_shape_is_told(client: dict[str, object]) -> None:
    loaded = load_settings(client=client)
    assert loaded.settings == Settings()
    assert len(loaded.problems) == 1
    assert isinstance(loaded.problems[0], ConfigProblem)


def test_the_published_schema_is_current_and_says_the_same() -> None:
    """Mended with: PYTHONPATH=server python -m postil.service.config.load > schema/postil.schema.json"""
    published = (REPOSITORY / "schema/postil.schema.json").read_text(encoding="utf-8")
    assert published == schema_text()
    jsonschema.Draft202012Validator.check_schema(schema())
    validator = jsonschema.Draft202012Validator(json.loads(published))
    assert validator.is_valid({"jobs": 2, "review": {"personas": ["reviewer"]}})
    assert not validator.is_valid({"jobs": 0})
    assert not validator.is_valid({"review": {"personae": []}})
