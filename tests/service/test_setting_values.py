"""One value against its setting: what is taken for what it stands for, and what is refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, cast

import msgspec
import pytest

from postil.service.config.load import schema
from postil.service.config.values import SettingValue, checked, values_in
from postil.settings import OllamaSettings, ReviewSettings, Section, Settings, TimeoutSettings, settings_of

NAN, INFINITE = float("nan"), float("inf")
FIVE = "\N{FULLWIDTH DIGIT FIVE}"
# Half a surrogate pair, as JSON can carry it.
HALF = "\ud800"
JOBS = "a whole number, at least 1 and at most 64"


def told(table: dict[str, Any]) -> dict[str, str | None]:
    """What each value of a table is told, by its dotted key."""
    return {".".join(given.path): checked(given)[1] for given in values_in(table)}


def nested(key: str, value: Any) -> dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


@pytest.mark.parametrize(
    ("key", "given", "value"),
    [
        ("jobs", 5, 5),
        ("jobs", 5.0, 5),
        ("jobs", "5", 5),
        ("jobs", " +5 ", 5),
        ("jobs", "5.0", 5),
        ("jobs", "05", 5),
        ("jobs", True, 1),
        ("num_ctx", "1_000", 1000),
        ("embedded.gpu_layers", "-1", -1),
        ("embedded.gpu_layers", 10**20, 10**20),
        ("embedded.threads", None, None),
        ("embedded.threads", "4", 4),
        ("timeouts.connect", 5, 5.0),
        ("timeouts.connect", "1.5", 1.5),
        ("timeouts.connect", True, 1.0),
        ("review.min_score", None, None),
        ("review.min_score", 0, 0.0),
        ("review.min_score", "5e-1", 0.5),
        ("review.think", False, False),
        ("review.think", "low", "low"),
        ("review.think", "off", False),
        ("review.think", "True", True),
        ("review.on_save", "FALSE", False),
        ("review.on_save", "no", False),
        ("review.reason", "on", True),
        ("review.reason", "1", True),
        ("review.reason", 1, True),
        ("review.on_save", 0.0, False),
        ("review.personas", ["a", "b"], ("a", "b")),
        ("review.personas", ("a",), ("a",)),
        ("review.exclude", [], ()),
        ("ollama.host", None, None),
        ("ollama.host", "", ""),
        ("ollama.host", "null", "null"),
        ("ollama.keep_alive", "5", "5"),
        ("engine", "ollama", "ollama"),
    ],
)
def test_a_value_is_taken_for_what_it_clearly_stands_for(key: str, given: object, value: object) -> None:
    (one,) = values_in(nested(key, given))
    made, wrong = checked(one)
    assert wrong is None
    assert (made, type(made)) == (value, type(value))
    settings: Any = settings_of(nested(key, made))
    for part in key.split("."):
        settings = getattr(settings, part)
    assert settings == value


@pytest.mark.parametrize(
    ("key", "wish", "values"),
    [
        ("jobs", JOBS, (0, 65, -1, 0.5, 1e3, 10**20, NAN, INFINITE, False)),
        ("jobs", JOBS, (None, [5], {"a": 1}, date(2026, 1, 1), b"5")),
        ("jobs", JOBS, ("", "many", "5.5", "1e1", "0x5", "1__0", "1,5", "true", "null", FIVE, HALF, "9" * 5000)),
        ("embedded.threads", "a whole number, at least 1 and at most 512", (0, "null", "", [], {})),
        ("embedded.gpu_layers", "a whole number, at least -1", (-2, 0.5, None)),
        (
            "timeouts.connect",
            "a number, above 0 and at most 600",
            (0, -0.0, False, 601, NAN, "nan", "inf", 10**400, "fast", None, [1.0], {}, b"5"),
        ),
        (
            "review.min_score",
            "a number, at least 0 and at most 1",
            (-0.1, 1.1, 2, NAN, -INFINITE, "nan", "null", "", FIVE),
        ),
        ("review.on_save", "true or false", (2, -1, 0.5, NAN, None, "", " true ", "auto", "2", [True], {})),
        ("review.think", "true or false, or 'high', 'low' or 'medium'", ("max", None, 2, [], {"on": True})),
        ("ollama.host", "a string", (5, True, 0.5, ["http://here"], {"url": "http://here"}, b"x", HALF)),
        ("openai.api_key_env", "a string", (None, 0)),
        ("review.personas", "a list of strings", (None, "reviewer", 5, {"a": 1}, ["a", 1], [None], [["a"]], [HALF])),
        ("engine", "'auto', 'embedded', 'ollama' or 'openai'", ("Auto", "", None, 1, True, ["auto"], {}, HALF)),
        ("review", "a table with the keys on_save, on_open, personas", (None, 3, "on", True, [], [{"reason": True}])),
    ],
)
def test_any_other_value_is_refused_with_what_it_should_be(key: str, wish: str, values: tuple[object, ...]) -> None:
    for value in values:
        (one,) = values_in(nested(key, value))
        made, wrong = checked(one)
        assert made is None
        assert wrong is not None and wrong.startswith(f"should be {wish}"), ascii(value)
        assert " (it is " in wrong and len(wrong) < 400


def test_a_refused_value_is_shown_as_the_file_or_the_client_has_it() -> None:
    assert told({"jobs": "many"})["jobs"] == 'should be a whole number, at least 1 and at most 64 (it is "many")'
    assert told({"review": {"reason": None}})["review.reason"] == "should be true or false (it is null)"
    assert told({"engine": 10**5000})["engine"] == (
        "should be 'auto', 'embedded', 'ollama' or 'openai' (it is too long a number)"
    )


def test_every_bad_key_is_told_at_its_depth_with_the_nearest_known_one() -> None:
    table = {
        "job": 2,
        "jobs": {"deep": {"deeper": 1}},
        "review": {"persona": [], "reason": {"on": True}, "timeouts": {"connect": 1}, "max_units": 0},
        "reviews": {"on_save": True},
        "ollama": {"colour": {"of": {"it": "red"}}, "host": 5},
        "timeouts": {"conect": 1, "connect": 1},
    }
    assert told(table) == {
        "job": "unknown key: did you mean jobs?",
        "jobs": 'should be a whole number, at least 1 and at most 64 (it is {"deep": {"deeper": 1}})',
        "review.persona": "unknown key: did you mean personas?",
        "review.reason": 'should be true or false (it is {"on": true})',
        "review.timeouts": "unknown key: use on_save, on_open, personas, method, show, reason, scope, "
        "min_score, think, think_tokens, examples, max_units, exclude",
        "review.max_units": "should be a whole number, at least 1 (it is 0)",
        "reviews": "unknown key: did you mean review?",
        "ollama.colour": "unknown key: use host, allow_http, api_key_env, api_key_keyring, username, keep_alive",
        "ollama.host": "should be a string (it is 5)",
        "timeouts.conect": "unknown key: did you mean connect?",
        "timeouts.connect": None,
    }


def test_an_empty_section_says_nothing() -> None:
    assert told({"review": {}}) == {}


def test_a_key_that_is_no_text_is_told() -> None:
    odd: dict[Any, Any] = {3: 1, "": 1, HALF: 1, "__doc__": 1}
    assert [message and message.partition(":")[0] for message in told(odd).values()] == ["unknown key"] * 4


def sections(section: type[Section] = Settings) -> Iterator[type[Section]]:
    yield section
    for field in msgspec.structs.fields(section):
        if isinstance(field.type, type) and issubclass(field.type, Section):
            yield from sections(field.type)


@pytest.mark.parametrize("section", list(sections()), ids=lambda section: section.__name__)
def test_every_setting_has_a_sentence_and_every_plain_one_a_meaning(section: type[Section]) -> None:
    properties = schema()["properties"] if section is Settings else schema()["$defs"][section.__name__]["properties"]
    for field in msgspec.structs.fields(section):
        _, wrong = checked(SettingValue((field.name,), object(), section))
        assert wrong is not None and wrong.startswith("should be ")
        assert properties[field.name].get("description", "").endswith(".") or "$ref" in properties[field.name]


def test_the_defaults_are_within_their_own_bounds() -> None:
    assert settings_of(msgspec.to_builtins(Settings())) == settings_of({}) == Settings()


@pytest.mark.parametrize(
    "values",
    [
        {"jobs": "5"},
        {"jobs": True},
        {"jobs": 5.0},
        {"jobs": 0},
        {"jobs": None},
        {"colour": "red"},
        {"review": {"max_unit": 5}},
        {"review": {"on_save": 1}},
        {"timeouts": {"connect": NAN}},
        {"review": []},
        {"engine": "other"},
    ],
)
def test_settings_of_takes_nothing_but_the_very_types(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        settings_of(values)


def test_settings_are_values() -> None:
    settings = Settings(review=ReviewSettings(reason=True))
    assert settings == settings_of({"review": {"reason": True}}) != Settings()
    assert hash(settings) == hash(settings_of({"review": {"reason": True}}))
    with pytest.raises(AttributeError):
        setattr(settings, "jobs", 2)  # noqa: B010 - what is tested
    for section in (Settings, ReviewSettings, OllamaSettings, TimeoutSettings):
        with pytest.raises(TypeError):
            cast(Callable[..., object], section)("positional")
