"""Import of the playbooks that teams upload to the on-call tool."""

from dataclasses import dataclass

import yaml

MAX_CHARACTERS = 100_000
SEVERITIES = ("low", "high", "critical")


class PlaybookError(ValueError):
    """An uploaded text that is no playbook."""


@dataclass(frozen=True)
class Step:
    """Something that the engineer on call has to do."""

    title: str
    minutes: int


@dataclass(frozen=True)
class Playbook:
    """What to do about one kind of incident."""

    name: str
    severity: str
    steps: tuple[Step, ...]


def _step(item: object) -> Step:
    if not isinstance(item, dict):
        raise PlaybookError("each step must be a mapping")
    title, minutes = item.get("title"), item.get("minutes", 5)
    if not isinstance(title, str) or not title.strip():
        raise PlaybookError("each step needs a title")
    if not isinstance(minutes, int) or minutes <= 0:
        raise PlaybookError(f"{title}: minutes must be a positive number")
    return Step(title.strip(), minutes)


def parse_playbook(text: str) -> Playbook:
    """Read the text that a user has uploaded; raises PlaybookError if it is no playbook."""
    if len(text) > MAX_CHARACTERS:
        raise PlaybookError("the playbook is too long")
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PlaybookError("the playbook is not valid YAML") from error
    if not isinstance(data, dict):
        raise PlaybookError("a playbook must be a mapping")
    name, severity, steps = data.get("name"), data.get("severity"), data.get("steps")
    if not isinstance(name, str) or not name.strip():
        raise PlaybookError("a playbook needs a name")
    if severity not in SEVERITIES:
        raise PlaybookError(f"the severity must be one of {', '.join(SEVERITIES)}")
    if not isinstance(steps, list) or not steps:
        raise PlaybookError("a playbook needs steps")
    return Playbook(name.strip(), severity, tuple(_step(item) for item in steps))
