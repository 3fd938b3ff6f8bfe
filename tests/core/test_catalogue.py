"""The model catalogue: the shipped one, and what a wrong one is told."""

from __future__ import annotations

import pkgutil
import re

import pytest

from postil.core.models.catalogue import HubSource, OllamaSource, catalogue, parse
from postil.core.models.families import families

# From STACK-FACTS: the publisher's own sums.
SUMS = {
    "qwen2.5-coder:0.5b": (491_400_064, "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"),
    "qwen2.5-coder:1.5b": (1_117_320_768, "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"),
}


def shipped() -> str:
    data = pkgutil.get_data("postil", "data/models.toml")
    assert data is not None
    return data.decode("utf-8")


def test_the_shipped_catalogue_is_read() -> None:
    listed = catalogue()
    assert [model.name for model in listed.models] == [
        *(f"qwen2.5-coder:{size}" for size in ("0.5b", "1.5b", "3b", "7b", "14b")),
        "all-minilm:22m",
        "nomic-embed-text:v1.5",
    ]
    assert listed is catalogue()


@pytest.mark.parametrize("name", SUMS)
def test_sizes_and_sums_are_the_publishers(name: str) -> None:
    model = catalogue().get(name)
    assert model is not None
    assert (model.size, model.sha256) == SUMS[name]


def test_a_model_without_a_known_sum_has_none_made_up() -> None:
    for model in catalogue().models:
        if model.name not in SUMS:
            assert model.size is None and model.sha256 is None and model.about
            assert [type(source) for source in model.sources] == [OllamaSource, HubSource]


def test_models_that_embed_are_for_nothing_else() -> None:
    listed = catalogue()
    assert listed.default("embed").name == "all-minilm:22m"
    for model in listed.for_role("embed"):
        assert model.roles == ("embed",) and listed.infill_of(model) is None
        assert listed.template_of(model).text == "{{ .Prompt }}"
        found = families().find([model.name])
        assert found is not None and found.embedding and not found.chat


def test_lookups() -> None:
    listed = catalogue()
    assert listed.get("qwen2.5-coder") is None
    assert listed.default("review").name == "qwen2.5-coder:1.5b"
    for_review = [model.name.partition(":")[2] for model in listed.for_role("review")]
    assert for_review == ["1.5b", "14b", "7b", "3b", "0.5b"]


def test_the_memory_a_model_wants_is_the_sum_that_the_head_of_the_file_states() -> None:
    for model in catalogue().models:
        if model.roles == ("embed",):
            # Measured: it has no cache.
            assert model.kv_bytes == 0
            continue
        stated = model.bytes + model.kv_bytes * 16_384 + 0.6e9
        assert model.memory == pytest.approx(stated, rel=0.03), model.name


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'licence = "Apache-2.0"',
            'licence = "Apache-2.0"\nlicense = "MIT"',
            r"unknown field `license` - at `\$\.models\[0\]`",
        ),
        ('kind = "hub"', 'kind = "ftp"', r"'ftp' - at `\$\.models\[0\]\.sources\[1\]\.kind`"),
        ("size = 491_400_064", 'size = "large"', r"Expected `int.*got `str` - at `\$\.models\[0\]\.size`"),
        ("size = 491_400_064", 'size = "491400064"', r"got `str` - at `\$\.models\[0\]\.size`"),
        ("size = 491_400_064", "size = true", r"got `bool` - at `\$\.models\[0\]\.size`"),
        ("size = 491_400_064", "size = 491400064.0", r"got `float` - at `\$\.models\[0\]\.size`"),
        ("size = 491_400_064", "size = 0", r"`int` >= 1 - at `\$\.models\[0\]\.size`"),
        ("size = 491_400_064", "", "give size, or about"),
        ('sha256 = "1d', 'sha256 = "XX', r"matching regex .* - at `\$\.models\[0\]\.sha256`"),
        ('name = "qwen2.5-coder:1.5b"', 'name = "qwen2.5-coder:0.5b"', "listed twice: qwen2.5-coder:0.5b"),
        ('template = "qwen2-coder"', 'template = "chatml"', "no template is called 'chatml'"),
        # The family says what a model was trained for.
        ('template = "qwen2-coder"', 'infill = "qwen"', r"unknown field `infill` - at `\$\.models\[0\]`"),
        ('roles = ["review", "complete", "chat"]', 'roles = ["sing"]', r"'sing' - at `\$\.models\[0\]\.roles\[0\]`"),
        ('file = "qwen2.5', 'file = "../qwen2.5', r"matching regex .* - at `\$\.models\[0\]\.file`"),
        (
            '0.5b-instruct-q4_k_m.gguf"',
            '0.5b-instruct-q4_k_m.gguf\\n"',
            r"matching regex .* - at `\$\.models\[0\]\.file`",
        ),
        ('file = "qwen2.5', 'files = "qwen2.5', r"unknown field `files` - at `\$\.models\[0\]`"),
        (
            'kind = "hub", repo',
            'kind = "hub", rev = "main", repo',
            r"unknown field `rev` - at `\$\.models\[0\]\.sources\[1\]`",
        ),
        ('kind = "hub", ', "", r"missing required field `kind` - at `\$\.models\[0\]\.sources\[1\]`"),
        ('system = "You', 'sistem = "You', r"unknown field `sistem` - at `\$\.templates\[\.\.\.\]`"),
        ('roles = ["review", "complete", "chat"]', "roles = []", r"length >= 1 - at `\$\.models\[0\]\.roles`"),
        ('default_for = ["review", "complete", "chat"]', 'default_for = "chat"', r"at `\$\.models\[1\]\.default_for`"),
        ("[[models]]", "[[models]", "not valid TOML"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(old: str, new: str, told: str) -> None:
    text = shipped()
    assert old in text
    found, problems = parse(text.replace(old, new, 1))
    assert found is None
    assert re.search(told, "\n".join(problems)), problems


def test_all_contradictions_are_told_at_once() -> None:
    text = shipped().replace("size = 491_400_064", "", 1).replace('template = "qwen2-coder"', 'template = "chatml"')
    found, problems = parse(text)
    assert found is None
    told = "\n".join(problems)
    assert "qwen2.5-coder:0.5b: give size, or about" in told
    assert told.count("no template is called 'chatml'") == len(catalogue().for_role("review"))


def test_the_template_frames_chat_and_infill() -> None:
    listed = catalogue()
    for model in listed.for_role("complete"):
        template, infill = listed.template_of(model), listed.infill_of(model)
        assert infill is not None
        wanted = f"{infill.prefix}{{{{ .Prompt }}}}{infill.suffix}{{{{ .Suffix }}}}{infill.middle}"
        assert wanted in template.text
        assert "<|im_start|>assistant" in template.text and "<|im_end|>" in template.stop
