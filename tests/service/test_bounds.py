"""What a session keeps is bounded, and the bound is a setting."""

from __future__ import annotations

from postil.core.completion.cache import MOST_ANSWERS, CompletionCache
from postil.service.config.load import load_settings
from postil.service.review.cache import ReviewCache
from postil.service.status import MOST_REMEMBERED, StatusReporter


def test_reviews_that_are_not_asked_for_go_first() -> None:
    cache = ReviewCache(3)
    for number in range(3):
        cache.put("reviewer", str(number), ())
    assert cache.get("reviewer", "0") == ()
    cache.put("reviewer", "3", ())
    assert [cache.get("reviewer", str(number)) is not None for number in range(4)] == [True, False, True, True]
    cache.resize(1)
    assert len(cache) == 1 and cache.get("reviewer", "3") == ()


def test_completions_that_are_not_asked_for_go_first() -> None:
    cache = CompletionCache(2)
    for number in range(3):
        cache.put(f"{number} = ", "", "x")
    assert len(cache) == 2 and not cache.find("0 = ", "")
    cache.resize(1)
    assert len(cache) == 1 and cache.find("2 = ", "")


def test_one_place_does_not_collect_answers_for_ever() -> None:
    cache = CompletionCache()
    for number in range(100):
        cache.put("x = ", "", f"answer {number}")
    answers = [known.answer for known in cache.find("x = ", "")]
    assert answers == [f"answer {number}" for number in range(100 - MOST_ANSWERS, 100)]


def test_what_was_told_is_not_kept_for_ever() -> None:
    told: list[str] = []
    reporter = StatusReporter(lambda status: None, lambda message, error: told.append(message))
    for number in range(10 * MOST_REMEMBERED):
        reporter.message_once(f"port {number}")
        reporter.message_once(f"port {number}")
    assert len(told) == 10 * MOST_REMEMBERED and len(reporter._sent) <= MOST_REMEMBERED


def test_the_bounds_are_settings() -> None:
    loaded = load_settings(client={"cache": {"reviews": 7, "completions": 0, "files": "many"}})
    assert (loaded.settings.cache.reviews, loaded.settings.cache.completions, loaded.settings.cache.files) == (
        7,
        500,
        500,
    )
    assert [problem.key for problem in loaded.problems] == ["cache.completions", "cache.files"]
