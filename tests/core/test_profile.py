"""Review profiles: validated as a whole, and chosen by model."""

from __future__ import annotations

from importlib.resources import files

import pytest

from postil.core.models.catalogue import catalogue
from postil.core.review.profile import UNMEASURED, fill, parse_profiles, profiles


def shipped() -> str:
    return (files("postil") / "data" / "profiles.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("min_score = 0.71", "min_score = 0.71\nmin_scores = 1", r"profiles\.qwen2\.5-coder-1\.5b: .*`min_scores`"),
        ("min_score = 0.71", "min_score = 1.5", r"profiles\.qwen2\.5-coder-1\.5b: .*`\$\.min_score`"),
        ("min_score = 0.71", "min_score = nan", r"profiles\.qwen2\.5-coder-1\.5b: .*`\$\.min_score`"),
        ("resync_lines = 2", "resync_lines = 0", r"`\$\.resync_lines`"),
        ("resync_lines = 2", "", r"profiles\.unmeasured: .*`resync_lines`"),
        ("bias = 0.0", "bias = 0.0, doubt = 0.1", r"unknown field `doubt`"),
        ('method = "edit"', 'method = "guess"', r"`\$\.method`"),
        ('prompts = "one-defect"', 'prompts = "two"', r"profiles\.unmeasured: there are no prompts 'two'"),
        ('like = "unmeasured"', 'like = "nobody"', r"profiles\.qwen2\.5-coder-1\.5b: it can't be like 'nobody'"),
        ('like = "unmeasured"', 'like = "qwen2.5-coder"', "it can't be like"),
        ("[profiles.unmeasured", "[profiles.other", "there is no profile 'unmeasured'"),
        ("that {noun} fixed", "that {nouns} fixed", r"prompts\.one-defect\.edit: .*placeholders"),
        ("in {language}", "in {tongue}", r"prompts\.one-defect\.in_language: .*'tongue'"),
        ('in_language = "', 'inLanguage = "', r"inLanguage"),
        ("[profiles.unmeasured]", "[profiles.unmeasured", "not valid TOML"),
    ],
)
def test_a_wrong_table_is_refused_with_its_place(old: str, new: str, told: str) -> None:
    text = shipped()
    assert old in text
    with pytest.raises(ValueError, match=told):
        parse_profiles(text.replace(old, new))


def test_the_catalogues_models_have_the_profiles_that_they_name() -> None:
    found = {model.name: catalogue().profile_of(model.name) for model in catalogue().for_role("review")}
    assert found["qwen2.5-coder:1.5b"].name == "qwen2.5-coder-1.5b"
    assert (found["qwen2.5-coder:1.5b"].min_score, bool(found["qwen2.5-coder:1.5b"].measured_on)) == (0.71, True)
    assert found["qwen2.5-coder:1.5b"].opinions == "chance"
    for name in set(found) - {"qwen2.5-coder:1.5b"}:
        assert (found[name].name, found[name].min_score, found[name].measured_on) == ("qwen2.5-coder", 0.0, "")
        assert found[name].opinions == "unmeasured"


@pytest.mark.parametrize("name", ["nobody:1b", "llama3.1:8b", ""])
def test_every_other_model_is_unmeasured(name: str) -> None:
    profile = catalogue().profile_of(name)
    assert (profile.name, profile.measured_on, profile.min_score) == (UNMEASURED, "", 0.0)
    # What a perfect model writes passes.
    assert (profile.max_hunk_lines, profile.rewrite_head) == (12, True)


@pytest.mark.parametrize(
    "name", ["qwen2.5-coder", "qwen2.5-coder:latest", "hf.co/Qwen/Qwen2.5-Coder-32B-Instruct-GGUF"]
)
def test_a_measured_model_is_recognised_by_its_family(name: str) -> None:
    assert catalogue().profile_of(name).name == "qwen2.5-coder"


def test_a_variant_takes_over_what_it_does_not_say() -> None:
    text = shipped() + '\n[profiles.mine]\nlike = "qwen2.5-coder"\nmax_hunk_lines = 3\n'
    mine, family = (parse_profiles(text)[name] for name in ("mine", "qwen2.5-coder"))
    assert (mine.max_hunk_lines, mine.min_score, mine.prompts) == (3, family.min_score, family.prompts)
    assert profiles()["qwen2.5-coder"] == family


def test_a_value_is_put_in_as_it_is() -> None:
    assert fill('{"a": {noun}} {other}', noun="{other}") == '{"a": {other}} {other}'


def test_a_table_in_a_row_takes_over_what_it_does_not_say() -> None:
    text = shipped() + '\n[profiles.mine]\nlike = "unmeasured"\n[profiles.mine.completion]\ngrace_lines = 9\n'
    mine, base = parse_profiles(text)["mine"].completion, parse_profiles(text)["unmeasured"].completion
    assert mine.grace_lines == 9 and base.grace_lines != 9
    assert mine.blank_lines == base.blank_lines
