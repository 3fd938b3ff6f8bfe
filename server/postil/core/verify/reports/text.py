"""Reads which tests failed from the output of runners that write no report of their own: go, unittest, cargo."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from postil.core.verify.outcome import CaseResult, Status, by_name
from postil.core.verify.places import places_in

_GO_ENDS: dict[str, Status] = {"pass": "passed", "fail": "failed", "skip": "skipped"}


class _GoEvent(msgspec.Struct, rename="pascal"):
    """A line of `go test -json` (`go doc test2json`); further keys are ignored."""

    action: str
    package: str = ""
    import_path: str = ""
    test: str = ""
    output: str = ""


def read_go(text: str) -> dict[str, CaseResult] | None:
    """From `go test -json`; None when there is no such line. A package that fails without a failing test (it didn't
    compile) counts as a file that couldn't be loaded."""
    decoder = msgspec.json.Decoder(_GoEvent)
    words: dict[str, list[str]] = {}
    ends: dict[str, Status] = {}
    build: list[str] = []
    packages: dict[str, Status] = {}
    for line in text.split("\n"):
        if not line.startswith("{"):
            # Older versions write the compiler's errors between the lines of JSON.
            if line.strip():
                build.append(line)
            continue
        try:
            event = decoder.decode(line)
        except (msgspec.DecodeError, ValueError):
            continue
        if event.action == "build-output":
            build.append(event.output.rstrip("\n"))
        if not event.package:
            continue
        name = f"{event.package}.{event.test}" if event.test else event.package
        if event.action == "output":
            words.setdefault(name, []).append(event.output)
        elif event.action in _GO_ENDS:
            (ends if event.test else packages)[name] = _GO_ENDS[event.action]
    if not ends and not packages:
        return None
    tests = {name: _case(name, status, "".join(words.get(name, ()))) for name, status in ends.items()}
    for package, status in packages.items():
        inner = [name for name, one in tests.items() if name.startswith(f"{package}.") and one.status == "failed"]
        if status == "failed" and not inner:
            said = "".join(words.get(package, ()))
            tests[package] = _case(package, "failed", "\n".join((*build, said)), whole_file=True)
    return _without_parents(tests)


def _without_parents(tests: dict[str, CaseResult]) -> dict[str, CaseResult]:
    """Without Go's tests that fail only because a sub-test (`Parent/sub`) does."""
    failed = [name for name, one in tests.items() if one.status == "failed"]
    parents = {name for name in failed if any(other.startswith(f"{name}/") for other in failed)}
    return {name: one for name, one in tests.items() if name not in parents}


_UNITTEST_RULE = re.compile(r"^={70}\n(?P<kind>FAIL|ERROR): (?P<name>.+)\n(?:.*\n)?-{70}\n", re.MULTILINE)
# What the test itself writes (its log) may stand between the dots and the end.
_UNITTEST_LINE = re.compile(
    r"^(?P<name>\w+ \([\w.<>]+\)).*?(?:\n(?!\w+ \().*?)?\.\.\. (?:[^\n]*\n(?:(?!\w+ \([\w.<>]+\)|={70})[^\n]*\n)*?)??"
    r"(?P<end>ok|FAIL|ERROR|skipped|expected failure)\b",
    re.MULTILINE,
)
_UNITTEST_RAN = re.compile(r"^Ran \d+ tests? in ", re.MULTILINE)
_UNITTEST_ENDS: dict[str, Status] = {"ok": "passed", "FAIL": "failed", "ERROR": "failed", "expected failure": "passed"}
_NOT_LOADED = "unittest.loader._FailedTest"
_SET_UP = ("setUpClass (", "setUpModule (")


def read_unittest(text: str) -> dict[str, CaseResult] | None:
    """From the text of `python -m unittest -v`; None when it isn't one. Without `-v` it tells only of those that fail,
    and nobody would know whether one that is gone has passed."""
    if not _UNITTEST_RAN.search(text):
        return None
    found: dict[str, CaseResult] = {}
    for match in _UNITTEST_LINE.finditer(text):
        found[match["name"]] = CaseResult(match["name"], _UNITTEST_ENDS.get(match["end"], "skipped"))
    if not found:
        return None
    rules = list(_UNITTEST_RULE.finditer(text))
    for number, rule in enumerate(rules):
        end = rules[number + 1].start() if number + 1 < len(rules) else len(text)
        # The last one is followed by a rule and the summary.
        words = re.split(r"^-{70}\n", text[rule.end() : end], flags=re.MULTILINE)[0].strip()
        # A sub-test's name has its parameters behind the test's.
        name = re.sub(r"(\)) [(\[].*$", r"\1", rule["name"].split("\n")[0])
        # Like a file that can't be loaded, what is set up for a class has no name when it works.
        whole = _NOT_LOADED in name or name.startswith(_SET_UP)
        found[name] = _case(name, "failed", words, whole_file=whole)
    return found


_CARGO_LINE = re.compile(r"^test (?P<name>\S+)(?: - should panic)? \.\.\. (?P<end>ok|FAILED|ignored)", re.MULTILINE)
_CARGO_SAID = re.compile(r"^---- (?P<name>\S+) stdout ----\n(?P<words>.*?)(?=^---- |^failures:$|\Z)", re.M | re.S)
_CARGO_ENDS: dict[str, Status] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}


def read_cargo(text: str) -> dict[str, CaseResult] | None:
    """From the text of `cargo test`; None when it isn't one."""
    said: dict[str, list[str]] = {}
    for match in _CARGO_SAID.finditer(text):
        said.setdefault(match["name"], []).append(match["words"].strip())
    # The crates of a workspace may have tests of the same name; the words come in the order of the lines.
    found: list[CaseResult] = []
    for match in _CARGO_LINE.finditer(text):
        name, status = match["name"], _CARGO_ENDS[match["end"]]
        words = said.get(name) if status == "failed" else None
        found.append(_case(name, status, words.pop(0) if words else ""))
    return by_name(found) or None


TextFormat = Literal["go", "unittest", "cargo"]


def _case(name: str, status: Status, words: str, *, whole_file: bool = False) -> CaseResult:
    if status != "failed":
        return CaseResult(name, status)
    return CaseResult(name, status, words, places_in(words), whole_file)
