"""Reads JUnit XML: pytest --junitxml, node --test-reporter=junit, vitest --reporter=junit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

from junitparser import Attr, Element, Failure, JUnitXml, JUnitXmlError, Skipped, TestCase, TestSuite
from junitparser import Error as ErrorResult

from postil.core.verify.outcome import CaseResult, by_name
from postil.core.verify.places import places_in

# A report of ten thousand failures with long traces; a larger one isn't read.
MAX_REPORT_CHARS = 32_000_000
_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")
# What pytest writes for a file of tests that it can't load.
_NOT_LOADED = "collection failure"


class _AnyCase(TestCase):
    """With the attribute that pytest and Node add."""

    file = Attr("file")


def read_junit(text: str) -> dict[str, CaseResult] | None:
    """The tests by name; None when the text isn't a report."""
    # A report has no document type; one that declares entities could grow without bound.
    if len(text) > MAX_REPORT_CHARS or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        root: Element = JUnitXml.fromstring(_DECLARATION.sub("", text))
    except (ParseError, JUnitXmlError, ValueError):
        return None
    return by_name(map(_result, _cases(root)))


def _cases(root: Element) -> Iterator[_AnyCase]:
    """The cases below an element in order, without recursion: suites may be nested as deep as a file wants."""
    waiting: list[Element] = [root]
    while waiting:
        element = waiting.pop()
        yield from element.iterchildren(_AnyCase)
        waiting += reversed(list(element.iterchildren(TestSuite)))


def _result(case: _AnyCase) -> CaseResult:
    name = _name(case.file or "", case.classname or "", case.name or "")
    bad = [one for one in case.result if isinstance(one, Failure | ErrorResult)]
    if bad:
        # The text of a failure has its trace; the message alone is the short form.
        words = "\n".join((one.text or "").strip() or one.message or "" for one in bad)
        return CaseResult(name, "failed", words, places_in(words), any(one.message == _NOT_LOADED for one in bad))
    skipped = any(isinstance(one, Skipped) for one in case.result)
    return CaseResult(name, "skipped" if skipped else "passed")


def _name(file: str, group: str, name: str) -> str:
    """`tests/test_a.py::TestB::test_c`, as pytest writes it, where the report has a relative file."""
    file = file.replace("\\", "/")
    if not file or file.startswith("/") or file[1:3] == ":/":
        return f"{group}::{name}" if group not in ("", "test") else name
    module = file.rpartition(".")[0].replace("/", ".")
    inner = group.removeprefix(module).strip(".").replace(".", "::") if group.startswith(module) else ""
    return "::".join(part for part in (file, inner, name) if part)
