"""Reads what jest writes with --json: https://jestjs.io/docs/cli#--json"""

from __future__ import annotations

import msgspec

from postil.core.verify.outcome import CaseResult, Status, by_name
from postil.core.verify.places import places_in
from postil.core.verify.reports.junit import MAX_REPORT_CHARS

# jest's other states: pending, skipped, todo, disabled, focused.
_STATUS: dict[str, Status] = {"passed": "passed", "failed": "failed"}


class _Test(msgspec.Struct, rename="camel"):
    title: str
    status: str
    ancestor_titles: tuple[str, ...] = ()
    failure_messages: tuple[str, ...] = ()


class _File(msgspec.Struct, rename="camel"):
    name: str
    status: str
    message: str = ""
    assertion_results: tuple[_Test, ...] = ()


class _Report(msgspec.Struct, rename="camel"):
    test_results: tuple[_File, ...]


def read_jest(text: str) -> dict[str, CaseResult] | None:
    """The tests by name; None when the text isn't a report."""
    if len(text) > MAX_REPORT_CHARS:
        return None
    try:
        report = msgspec.json.decode(text, type=_Report)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    return by_name(one for file in report.test_results for one in _results(file))


def _results(file: _File) -> list[CaseResult]:
    name = file.name.replace("\\", "/").rpartition("/")[2]
    if not file.assertion_results and file.status == "failed":
        # It couldn't be loaded.
        return [CaseResult(name, "failed", file.message, places_in(file.message), whole_file=True)]
    found: list[CaseResult] = []
    for test in file.assertion_results:
        words = "\n".join(test.failure_messages)
        title = " › ".join((*test.ancestor_titles, test.title))
        found.append(CaseResult(f"{name}: {title}", _STATUS.get(test.status, "skipped"), words, places_in(words)))
    return found
