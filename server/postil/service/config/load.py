"""Reads the settings from all sources, merges and validates them. An invalid key never discards the others.

A later source overrides an earlier one: defaults, the user's `postil.toml`, the workspace's `postil.toml`, the client's
section `postil`, command-line flags.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec
import platformdirs

from postil.core.models.names import elsewhere
from postil.service.config.toml_file import ConfigProblem, line_of, read_text
from postil.service.config.values import checked, values_in
from postil.settings import Settings, settings_of

FILE_NAME = "postil.toml"

# A workspace may come from somebody else, so it must not decide where code is sent or which weights llama.cpp loads.
USER_LEVEL_ONLY = (
    "ollama.host",
    "ollama.allow_http",
    "ollama.api_key_env",
    "ollama.api_key_keyring",
    "ollama.username",
    "openai",
    "tls",
    "pool.hosts",
    "embedded.model_path",
    "mcp_servers",
    "trust_workspace",
)
# Nor may an editor, which merges the settings of its own and of a workspace into one: they name programs to start.
USER_FILE_ONLY = ("mcp_servers",)
_WORKSPACE_ENGINES = ("auto", "ollama", "embedded")
# Sections that each folder of a window sets for its own documents. The other sections configure the engine and the
# process, of which there is one, so only the first folder's count.
FOLDER_SECTIONS = ("review", "completion", "index", "fix", "checks")


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """`sources`: the sources that exist, in the order in which they were applied. `foreign_checks`: names of checks of
    which a workspace's file or the client, which merges a workspace's settings into the user's, sets anything."""

    settings: Settings
    problems: tuple[ConfigProblem, ...] = ()
    sources: tuple[str, ...] = ()
    foreign_checks: frozenset[str] = frozenset()


# A message box holds no more. The other problems are shown once these are corrected.
SHOWN_PROBLEMS = 5


class ProblemsTold:
    """Which problems of settings the user has seen last."""

    def __init__(self) -> None:
        self._last: tuple[ConfigProblem, ...] = ()

    def news(self, problems: tuple[ConfigProblem, ...]) -> str:
        """A sentence for the user; "" if these are the same problems, or none."""
        new, self._last = problems != self._last, problems
        return f"settings: {'; '.join(str(one) for one in problems[:SHOWN_PROBLEMS])}" if new and problems else ""


def user_file() -> Path:
    """The user's own settings file, which may not exist."""
    return platformdirs.user_config_path("postil", appauthor=False, roaming=True) / FILE_NAME


def load_settings(
    *,
    user_file: Path | None = None,
    workspace: Path | None = None,
    client: Mapping[str, Any] | None = None,
    flags: Mapping[str, Any] | None = None,
    trusted: bool = True,
    first: Path | None = None,
) -> LoadedSettings:
    """The settings from all sources. `workspace`: the folder whose `postil.toml` is read, but only if `trusted` and the
    other sources trust it (`trust_workspace`). Keys of the client may be camelCase. `flags` are nested or dotted; None
    means not set. `first`: the window's first folder if `workspace` is another one; the file of `workspace` may then
    set only FOLDER_SECTIONS."""
    if workspace is not None and trusted:
        others = load_settings(user_file=user_file, client=client, flags=flags)
        trusted = others.settings.trust_workspace
    problems: list[ConfigProblem] = []
    sources: list[str] = []
    values: dict[str, Any] = {}
    foreign: set[str] = set()
    for path, restricted in (
        (user_file, False),
        (workspace / FILE_NAME if workspace and trusted else None, True),
    ):
        if path is None:
            continue
        found = _read_toml(path, problems)
        if found is None:
            continue
        sources.append(str(path))
        text, table = found
        if restricted:
            foreign |= _checks_in(table)
        _apply(values, table, str(path), problems, text=text, restricted=restricted, first=first)
    for source, given in (("client", client), ("flags", flags)):
        if given:
            sources.append(source)
            table = _tidy(given, client=source == "client")
            if source == "client":
                foreign |= _checks_in(table)
            _apply(values, table, source, problems)
    return LoadedSettings(settings_of(values), tuple(problems), tuple(sources), frozenset(foreign))


def schema() -> dict[str, Any]:
    """The JSON Schema of `postil.toml` (and of the client's section)."""
    _, shapes = msgspec.json.schema_components((Settings,))
    whole = shapes.pop(Settings.__name__)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": shapes}
    return head | whole | {"title": "Postil settings"}


def schema_text() -> str:
    """The published file `schema/postil.schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _read_toml(path: Path, problems: list[ConfigProblem]) -> tuple[str, dict[str, Any]] | None:
    text = read_text(path, problems)
    if text is None:
        return None
    try:
        return text, tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # A number of thousands of digits is a ValueError of Python's own.
        match = re.search(r"at line (\d+)", str(error))
        line = int(match[1]) - 1 if match else None
        problems.append(ConfigProblem(str(path), "", f"not valid TOML: {error}", line))
    return None


def _apply(
    values: dict[str, Any],
    table: Mapping[str, Any],
    source: str,
    problems: list[ConfigProblem],
    *,
    text: str = "",
    restricted: bool = False,
    first: Path | None = None,
) -> None:
    """Merges the known, allowed and valid keys of `table` into `values`, and reports the others in `problems`."""
    for given in values_in(table):
        message = _refusal(given.path, given.value, first) if restricted else None
        if source == "client" and given.path[0] in USER_FILE_ONLY:
            message = f"an editor can't set this: put it in {user_file()}"
        value = None
        if message is None:
            value, message = checked(given)
        if message is None:
            _set(values, given.path, value)
        else:
            line = line_of(text, given.path) if text else None
            problems.append(ConfigProblem(source, ".".join(given.path), message, line))


def _checks_in(table: Mapping[str, Any]) -> set[str]:
    checks = table.get("checks")
    return {str(name) for name in cast("Mapping[str, Any]", checks)} if isinstance(checks, Mapping) else set()


def _refusal(path: tuple[str, ...], value: Any, first: Path | None) -> str | None:
    """Why a workspace's file must not set this; None if it may."""
    key = ".".join(path)
    if any(key == only or key.startswith(only + ".") for only in USER_LEVEL_ONLY):
        return f"a workspace can't set this: put it in {user_file()}"
    if path == ("engine",) and value not in _WORKSPACE_ENGINES and value == "openai":
        return f"a workspace can't send code to another server: put it in {user_file()}"
    if first is not None and path[0] not in FOLDER_SECTIONS:
        return f"counts only in the first folder of the window: put it in {first / FILE_NAME}, or in {user_file()}"
    if path[0] == "model" and isinstance(value, str) and (why := elsewhere(value)) is not None:
        return f"a workspace can't choose this model ({why}): put it in {user_file()}"
    return None


def _set(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        values = values.setdefault(key, {})
    values[path[-1]] = value


def _tidy(given: Mapping[str, Any], *, client: bool) -> dict[str, Any]:
    """Nests dotted keys, converts a client's camelCase to snake_case, and drops nulls."""
    out: dict[str, Any] = {}
    for key, value in given.items():
        if value is None:
            continue
        path = tuple(_snake(part) if client else part for part in str(key).split("."))
        if isinstance(value, Mapping):
            for inner, leaf in _flat(_tidy(cast("Mapping[str, Any]", value), client=client)):
                _set_safely(out, (*path, *inner), leaf)
        else:
            _set_safely(out, path, value)
    return out


def _flat(table: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(cast("Mapping[str, Any]", value), (*prefix, key))
        else:
            yield (*prefix, key), value


def _set_safely(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """As `_set`, but overwrites a plain value that is in the place of a table."""
    for key in path[:-1]:
        if not isinstance(values.get(key), dict):
            values[key] = {}
        values = values[key]
    values[path[-1]] = value


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower()


if __name__ == "__main__":  # python -m postil.service.config.load > schema/postil.schema.json
    sys.stdout.buffer.write(schema_text().encode("utf-8"))
