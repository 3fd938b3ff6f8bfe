"""What a workspace may say: never where code goes, which programs run or which files are loaded; untrusted, nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lsp.conftest import Play
from tests.lsp.test_review import function, mend

from postil.core.models.catalogue import catalogue
from postil.core.models.names import elsewhere
from postil.engine.base import EngineRefused
from postil.engine.download.store import find_gguf
from postil.engine.ollama.create import file_of
from postil.service.config.client import ClientConfig
from postil.service.config.load import USER_FILE_ONLY, USER_LEVEL_ONLY, load_settings, schema
from postil.service.config.reload import read_config
from postil.service.personas import load as personas_module
from postil.service.personas.load import load_personas, persona_places
from postil.settings import ModelSettings, Settings

ROOT = Path(__file__).resolve().parents[2]
# What a value may do to the user: each setting of these kinds is the user's own.
DANGEROUS = re.compile(r"host|url|http|key|path|trust|server|command|endpoint|address|executable|proxy|mcp|file$|user")


def leaves(node: dict[str, Any], whole: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Each setting, dotted, with its description in the schema."""
    found: dict[str, Any] = {}
    for name, value in node["properties"].items():
        to = value.get("$ref") or next((one["$ref"] for one in value.get("anyOf", ()) if "$ref" in one), None)
        if to:
            found |= leaves(whole["$defs"][to.rpartition("/")[2]], whole, f"{above}{name}.")
        else:
            found[f"{above}{name}"] = value
    return found


ALL_SETTINGS = leaves(schema(), schema())


def is_users(key: str) -> bool:
    return any(key == only or key.startswith(f"{only}.") for only in USER_LEVEL_ONLY)


def test_every_setting_that_could_do_harm_is_the_users_own() -> None:
    """By its name: a new one of these kinds can't be forgotten."""
    harmful = {key for key in ALL_SETTINGS if DANGEROUS.search(key)}
    assert len(harmful) >= 7
    assert {key for key in harmful if not is_users(key)} == set()


def camel(key: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), key)


def test_vs_code_keeps_them_out_of_workspaces() -> None:
    """Of scope `machine` VS Code takes no value from a workspace; what is restricted counts in a trusted one only."""
    manifest = json.loads((ROOT / "editor-clients/vscode/package.json").read_text(encoding="utf-8"))
    restricted = manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    declared = {
        key: value for part in manifest["contributes"]["configuration"] for key, value in part["properties"].items()
    }
    for key in ALL_SETTINGS:
        name = f"postil.{camel(key)}"
        if key.partition(".")[0] in USER_FILE_ONLY:
            assert name not in declared, "an editor merges a workspace's settings into its own"
        elif is_users(key) and key != "trust_workspace":
            assert declared[name]["scope"] == "machine", name
            assert name in restricted, name
    # The client says itself whether it trusts: no setting of this name can.
    assert "postil.trustWorkspace" not in declared
    for key in ("postil.server.path", "postil.server.args", "postil.engine", "postil.model.review"):
        assert key in restricted
    assert declared["postil.server.path"]["scope"] == declared["postil.server.args"]["scope"] == "machine"


def test_a_workspaces_part_in_a_check_needs_consent(tmp_path: Path) -> None:
    """The user names a command; the workspace, or an editor that merges its settings, only where or when it runs."""
    user, top = tmp_path / "user.toml", tmp_path / "top"
    top.mkdir()
    user.write_text("[checks.tests]\ncommand = 'make test'\n[checks.own]\ncommand = 'make'\n", encoding="utf-8")
    (top / "postil.toml").write_text("[checks.tests]\nfolder = 'sub'\n", encoding="utf-8")
    assert load_settings(user_file=user, workspace=top).foreign_checks == {"tests"}
    given = {"checks": {"own": {"onSave": True}}}
    assert load_settings(user_file=user, workspace=top, client=given).foreign_checks == {"tests", "own"}
    assert load_settings(user_file=user, client={"checks.own.on_save": True}).foreign_checks == {"own"}
    # The controls: alone the user's file needs none, and an untrusted workspace has no part.
    assert load_settings(user_file=user).foreign_checks == set()
    untrusted = load_settings(user_file=user, workspace=top, trusted=False)
    assert untrusted.foreign_checks == set() and untrusted.settings.checks["tests"].folder == ""
    read = read_config(ClientConfig((top,)), {})
    assert read.configs[0].foreign_checks == {"tests"}
    manifest = json.loads((ROOT / "editor-clients/vscode/package.json").read_text(encoding="utf-8"))
    parts = manifest["contributes"]["configuration"]
    (declared,) = [part["properties"]["postil.checks"] for part in parts if "postil.checks" in part["properties"]]
    assert declared["scope"] == "machine", "VS Code takes none from a workspace"


@pytest.mark.parametrize("key", sorted(key for key in ALL_SETTINGS if is_users(key)))
def test_a_trusted_workspace_may_not_say_it(key: str, tmp_path: Path) -> None:
    server = '{ evil = { command = "evil" } }'
    kinds = {"boolean": "true", "array": '["https://evil.example"]', "object": server}
    *section, name = key.split(".")
    value = kinds.get(ALL_SETTINGS[key].get("type", ""), '"https://evil.example"')
    head = f"[{'.'.join(section)}]\n" if section else ""
    for text in (f"{head}{name} = {value}\n", f"{'.'.join([*section, name])} = {value}\n"):
        (tmp_path / "postil.toml").write_text(text, encoding="utf-8")
        loaded = load_settings(workspace=tmp_path)
        assert loaded.settings == Settings()
        assert "a workspace can't set this" in str(loaded.problems[0])
        # The control: the user may.
        assert load_settings(user_file=tmp_path / "postil.toml").settings != Settings() or value == "true"


VALUES = st.one_of(
    st.text(max_size=8),
    st.booleans(),
    st.integers(-2, 9),
    st.lists(st.text(max_size=4), max_size=2),
    st.sampled_from(["openai", "https://evil.example"]),
    st.dictionaries(st.sampled_from(["host", "base_url", "x"]), st.text(max_size=5), max_size=2),
)
KEYS = st.sampled_from(
    [*ALL_SETTINGS, *(key.upper() for key in USER_LEVEL_ONLY), "ollama", "openai", "embedded", "engine"]
)


def toml(table: dict[str, Any]) -> str:
    def value(given: Any) -> str:
        if isinstance(given, dict):
            return "{" + ", ".join(f"{json.dumps(key)} = {value(one)}" for key, one in given.items()) + "}"
        return json.dumps(given, ensure_ascii=True)

    return "\n".join(f"{json.dumps(key) if quoted else key} = {value(one)}" for (key, quoted), one in table.items())


@pytest.mark.slow
@settings(max_examples=300)
@given(st.dictionaries(st.tuples(KEYS, st.booleans()), VALUES, max_size=5))
def test_whatever_it_says_the_users_own_stay_as_they_were(tmp_path_factory: pytest.TempPathFactory, table: Any) -> None:
    folder = tmp_path_factory.mktemp("w", numbered=True)
    (folder / "postil.toml").write_text(toml(table), encoding="utf-8")
    loaded = load_settings(workspace=folder).settings
    plain = Settings()
    for key in ALL_SETTINGS:
        if is_users(key):
            one, other = (msgspec.to_builtins(which) for which in (loaded, plain))
            for part in key.split("."):
                one, other = one[part], other[part]
            assert one == other, key
    assert loaded.engine != "openai"
    for model in (loaded.model.review, loaded.model.completion, loaded.model.embedding):
        assert model is None or elsewhere(model) is None


@pytest.mark.parametrize(
    "model",
    [
        "gpt-oss:120b-cloud",
        "kimi-k2:CLOUD",
        "evil.example/x/y",
        "http://evil.example/x/y:z",
        "127.0.0.1:1/x/y",
        "hf.co/x/y",
    ],
)
def test_no_workspace_chooses_a_model_that_runs_or_comes_from_elsewhere(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personas_module, "user_folder", lambda: tmp_path / "user")
    text = "[model]\n" + "".join(f'{role} = "{model}"\n' for role in ("review", "completion", "embedding"))
    (tmp_path / "postil.toml").write_text(text, encoding="utf-8")
    loaded = load_settings(workspace=tmp_path)
    assert loaded.settings.model == ModelSettings()
    assert ["can't choose this model" in str(problem) for problem in loaded.problems] == [True] * 3
    for folder in (tmp_path / "Modelfiles", tmp_path / "user"):
        folder.mkdir()
        (folder / "mine.Modelfile").write_text(f"FROM {model}\nSYSTEM x\n", encoding="utf-8")
    found = load_personas(persona_places(tmp_path)[2:])
    assert "mine" not in found.personas
    assert any("can't choose this model" in one.problem.message for one in found.problems)
    # The control: the user's own persona may, where Ollama takes the name at all.
    if "://" not in model:
        assert "mine" in load_personas(persona_places(tmp_path)[1:2]).personas


def test_the_catalogues_models_are_nobodys_elsewhere() -> None:
    names = [model.name for model in catalogue().models]
    assert [name for name in (*names, "mine", "ns/mine:tag", "registry.ollama.ai/library/x") if elsewhere(name)] == []


def test_a_workspace_that_is_not_trusted_says_nothing(tmp_path: Path) -> None:
    """Neither settings nor personas (its own, or behind a link) nor what it has dismissed."""
    outside = tmp_path / "outside"
    work = tmp_path / "work"
    (work / ".postil" / "personas").mkdir(parents=True)
    outside.mkdir()
    (outside / "linked.Modelfile").write_text("FROM qwen2.5-coder:1.5b\nSYSTEM x\n", encoding="utf-8")
    (work / ".postil" / "personas" / "own.Modelfile").write_text(
        "FROM qwen2.5-coder:1.5b\nSYSTEM x\n", encoding="utf-8"
    )
    (work / ".postil" / "personas" / "linked.Modelfile").symlink_to("../../../outside/linked.Modelfile")
    (work / "Modelfiles").symlink_to(outside)
    (work / "postil.toml").write_text("jobs = 7\ntrust_workspace = true\n", encoding="utf-8")
    (work / ".postil" / "baseline.json").write_text("not even JSON", encoding="utf-8")
    world = read_config(ClientConfig((work,), {"trust_workspace": False}), {})
    assert world.configs[0].settings.jobs == 1
    assert {"own", "linked"} & set(world.configs[0].personas.personas) == set()
    assert world.baseline_problems == ()
    # The control: trusted, all of that counts.
    trusted = read_config(ClientConfig((work,), {}), {})
    assert trusted.configs[0].settings.jobs == 7
    assert {"own", "linked"} <= set(trusted.configs[0].personas.personas)
    assert len(trusted.baseline_problems) == 1


async def test_what_an_untrusted_workspace_has_dismissed_is_shown(play: Play, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    file = work / "a.py"
    file.write_text(function("add"), encoding="utf-8")
    for trusted in (True, False):
        options = {"review": {"min_score": 0}, "trust_workspace": trusted}
        async with play([mend("add")], root=work.as_uri(), options=options) as client:
            client.open(file.as_uri(), function("add"))
            client.save(file.as_uri())
            await client.reviewed()
            notes = client.notes(file.as_uri())
            if trusted:
                (note,) = notes
                await client.command("postil.dismiss", file.as_uri(), note["data"]["id"], "workspace")
                await client.until(lambda client=client: client.notes(file.as_uri()) == [], "the note to go")
            else:
                assert len(notes) == 1
                refused = await client.command("postil.dismiss", file.as_uri(), notes[0]["data"]["id"], "workspace")
                assert "isn't trusted" in refused["error"]["message"]


@pytest.mark.parametrize("command", ["FROM", "ADAPTER"])
def test_a_workspaces_persona_gives_ollama_no_other_files(command: str, tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "Modelfiles").mkdir(parents=True)
    (tmp_path / "id_rsa").write_text("canary", encoding="utf-8")
    (work / "own.gguf").write_text("GGUF", encoding="utf-8")
    (work / "link.gguf").symlink_to(tmp_path / "id_rsa")
    folder = work / "Modelfiles"
    for text in ("../../id_rsa", str(tmp_path / "id_rsa"), "../link.gguf"):
        with pytest.raises(EngineRefused, match="leads out of"):
            file_of(command, text, folder, work)
        # The control: of the user's own persona it is a file like any other.
        assert file_of(command, text, folder) is not None
    assert file_of(command, "../own.gguf", folder, work) is not None


@pytest.mark.parametrize(
    "model", ["./evil.gguf", "/etc/passwd", "../../../etc/passwd", "~/x.gguf", "..:..", "a/../../b"]
)
def test_the_embedded_engine_loads_no_file_that_a_persona_names(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil.gguf").write_bytes(b"GGUF")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x.gguf").write_bytes(b"GGUF")
    assert find_gguf(model) is None


async def test_what_postilignore_names_is_read_by_nobody_trusted_or_not(play: Play, tmp_path: Path) -> None:
    """It can hide code from a review, and it keeps files from models: the second counts for more. Who asks for the file
    is told why."""
    work = tmp_path / "work"
    work.mkdir()
    (work / ".postilignore").write_text("a.py\n", encoding="utf-8")
    file = work / "a.py"
    file.write_text(function("add"), encoding="utf-8")
    async with play([mend("add")], root=work.as_uri(), options={"trust_workspace": False}) as client:
        client.open(file.as_uri(), function("add"))
        await client.command("postil.review", file.as_uri())
        told = await client.until(lambda: client.of("window/showMessage"), "the reason")
        assert "in .postilignore" in told[0]["message"]
        assert not (tmp_path / "journal").exists()
