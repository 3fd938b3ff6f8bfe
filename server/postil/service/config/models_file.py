"""Reads the `models.toml` of the user and of the first folder. What is wrong in it is told, the rest counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from postil.core.models import overrides
from postil.service.config.toml_file import ConfigProblem, line_of, read_text
from postil.service.review.baseline import FOLDER

FILE_NAME = "models.toml"


def read_models(
    user_folder: Path, workspace: Path | None
) -> tuple[overrides.KnownModels | None, tuple[ConfigProblem, ...], tuple[str, ...]]:
    """What is known of models (None = what is shipped, which isn't parsed at a start), the problems, and the files that
    were read. `workspace`: the first folder, if it is trusted; None = none is. The team's file is in `.postil`, since
    a `models.toml` in the root may be any program's."""
    known: overrides.KnownModels | None = None
    problems: list[ConfigProblem] = []
    sources: list[str] = []
    for path in (user_folder / FILE_NAME, workspace / FOLDER / FILE_NAME if workspace is not None else None):
        text = read_text(path, problems) if path is not None else None
        if text is None:
            continue
        sources.append(str(path))
        known, found = overrides.parse_models(text, known or overrides.KnownModels(), str(path))
        problems += [_problem(str(path), text, one) for one in found]
    return known, tuple(problems), tuple(sources)


def _problem(source: str, text: str, problem: overrides.ModelsProblem) -> ConfigProblem:
    key = ".".join(str(part) for part in problem.path)
    line = problem.line if problem.line is not None else _line(text, problem.path)
    return ConfigProblem(source, key, problem.message, line)


def _line(text: str, path: Sequence[str | int]) -> int | None:
    """The line of a key; in a row of `families` by the row's number."""
    keys = tuple(part for part in path if isinstance(part, str))
    number = next((part for part in path if isinstance(part, int)), None)
    if not path or number is None:
        return line_of(text, keys) if keys else None
    starts = [place for place, line in enumerate(text.splitlines()) if re.match(r"\s*\[\[\s*families\s*\]\]", line)]
    if number >= len(starts):
        return line_of(text, keys)
    first, last = starts[number], starts[number + 1] if number + 1 < len(starts) else None
    found = line_of("\n".join(text.splitlines()[first:last]), keys)
    return first + (found or 0)
