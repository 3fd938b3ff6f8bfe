"""Reads SARIF 2.1.0: each run's tool and its results, with paths as far as the log tells them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote, urlsplit

import msgspec

from postil.core.verify.findings.decoding import Found

# GitHub takes 10 MB compressed; a log of more isn't one of a person's project.
MAX_SARIF_BYTES = 50_000_000
# Chains of `uriBaseId`; a longer one goes in a circle.
_MOST_BASES = 10

_Text = Annotated[str, msgspec.Meta(max_length=100_000)]


class _Message(msgspec.Struct):
    text: _Text = ""
    id: str = ""
    arguments: list[str] = []


class _Artifact(msgspec.Struct, rename="camel"):
    uri: str = ""
    uri_base_id: str = ""
    index: int = -1


class _Region(msgspec.Struct, rename="camel"):
    start_line: int = 0
    end_line: int = 0


class _Physical(msgspec.Struct, rename="camel"):
    artifact_location: _Artifact | None = None
    region: _Region | None = None


class _Location(msgspec.Struct, rename="camel"):
    physical_location: _Physical | None = None


class _RuleReference(msgspec.Struct):
    id: str = ""
    index: int = -1


class _Suppression(msgspec.Struct):
    status: str = "accepted"


class _Result(msgspec.Struct, rename="camel"):
    message: _Message
    rule_id: str = ""
    rule_index: int = -1
    rule: _RuleReference | None = None
    kind: str = "fail"
    level: str = ""
    baseline_state: str = ""
    locations: list[_Location] = []
    suppressions: list[_Suppression] | None = None


class _Rule(msgspec.Struct, rename="camel"):
    id: str
    message_strings: dict[str, _Message] = {}


class _Component(msgspec.Struct):
    name: str
    rules: list[_Rule] = []


class _Tool(msgspec.Struct):
    driver: _Component


class _File(msgspec.Struct):
    location: _Artifact | None = None


class _Run(msgspec.Struct, rename="camel"):
    tool: _Tool
    results: list[_Result] | None = None
    original_uri_base_ids: dict[str, _Artifact] = {}
    artifacts: list[_File] = []


class _Log(msgspec.Struct):
    version: str
    runs: list[_Run]


@dataclass(frozen=True, slots=True)
class SarifRun:
    """A run's results, as its tool (`driver`) tells them. Paths are relative to wherever the log was written, or
    absolute."""

    driver: str
    found: tuple[Found, ...]


def read_sarif(text: str) -> tuple[SarifRun, ...]:
    """The runs of a log. Left out are results that passed, that somebody has suppressed, or that are gone since the
    baseline. Raises ValueError, which says what is wrong."""
    try:
        log = msgspec.json.decode(text, type=_Log)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise ValueError(f"not a SARIF log: {error}") from None
    if log.version != "2.1.0":
        raise ValueError(f"SARIF {log.version[:20]!r} isn't read, only 2.1.0")
    return tuple(SarifRun(run.tool.driver.name, tuple(_results(run))) for run in log.runs)


def _results(run: _Run) -> Iterator[Found]:
    for one in run.results or ():
        suppressed = any(other.status != "rejected" for other in one.suppressions or ())
        if one.kind not in ("fail", "open", "review") or one.baseline_state == "absent" or suppressed:
            continue
        rule = _rule(run, one)
        identifier = one.rule_id or (one.rule.id if one.rule is not None else "") or (rule.id if rule else "")
        place = next((at.physical_location for at in one.locations if at.physical_location), None)
        artifact = place.artifact_location if place is not None else None
        region = place.region if place is not None else None
        yield Found(
            identifier,
            _message(one.message, rule) or identifier,
            _path(run, artifact) if artifact is not None else "",
            region.start_line if region is not None else 0,
            region.end_line if region is not None else 0,
        )


def _rule(run: _Run, result: _Result) -> _Rule | None:
    rules = run.tool.driver.rules
    index = result.rule.index if result.rule is not None else result.rule_index
    if 0 <= index < len(rules):
        return rules[index]
    return next((one for one in rules if one.id == result.rule_id), None)


def _message(message: _Message, rule: _Rule | None) -> str:
    text = message.text
    if not text and rule is not None and message.id in rule.message_strings:
        text = rule.message_strings[message.id].text
    for number, argument in enumerate(message.arguments):
        text = text.replace(f"{{{number}}}", argument)
    return text


def _path(run: _Run, artifact: _Artifact) -> str:
    if not artifact.uri and 0 <= artifact.index < len(run.artifacts):
        artifact = run.artifacts[artifact.index].location or artifact
    uri, base = artifact.uri, artifact.uri_base_id
    for _ in range(_MOST_BASES):
        above = run.original_uri_base_ids.get(base)
        if scheme_of(uri) or above is None:
            break
        uri, base = above.uri + uri, above.uri_base_id
    return path_of(uri)


def scheme_of(uri: str) -> str:
    """The scheme of a URI; "" for a relative one and for a Windows path with its drive."""
    head = uri.partition(":")[0] if ":" in uri else ""
    return head if len(head) > 1 and head.isalnum() else ""


def path_of(uri: str) -> str:
    """The path that a URI names: of a `file:` one absolute, of another scheme the URI itself, which is no path."""
    scheme = scheme_of(uri)
    if scheme and scheme != "file":
        return uri
    try:
        path = unquote(urlsplit(uri).path if scheme else uri.partition("#")[0].partition("?")[0])
    except ValueError:
        return uri
    # file:///C:/w/a.py
    return path[1:] if path[2:3] == ":" and path.startswith("/") else path
