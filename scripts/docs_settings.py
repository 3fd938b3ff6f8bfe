"""Writes docs/settings.md, the reference of all settings, from the JSON schema: part of `make docs`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "settings.md"
SCHEMA = ROOT / "schema" / "postil.schema.json"

INTRODUCTION = """\
<!-- Written by `make docs` from schema/postil.schema.json. Do not edit: change the server's settings instead. -->

# Settings

Postil reads its settings from four places. A later place overrides an earlier one, key by key:

1. `postil.toml` in your configuration folder (`~/.config/postil/postil.toml` on Linux; `postil doctor` prints the path)
2. `postil.toml` in the workspace, if you trust the workspace
3. your editor's settings for the server `postil`
4. options of the command line

A wrong key or value does not stop the server. Postil ignores that key, keeps the others and reports the problem with
its file and line. The server reads changed settings again without a restart.

```toml
# postil.toml
engine = "ollama"

[review]
personas = ["reviewer", "security"]
exclude = ["generated/"]
```

Editors may write the keys in snake_case or in camelCase: `review.minScore` is `review.min_score`.
[schema/postil.schema.json](../schema/postil.schema.json) is the JSON schema of the file.

The column *Workspace* says whether a workspace's `postil.toml` may set the key:

- **yes**: yes. If a window has several folders, the key counts in the first folder only.
- **per folder**: yes. If a window has several folders, each folder sets the key for its own files.
- **no**: only your own settings and your editor's may set it. A workspace may come from somebody else, so it must not
  decide where your code is sent, which key is used or which file is loaded. [Privacy](privacy.md) says more.
"""
# What a workspace may set only in part; refused by the server with a sentence of its own.
EXCEPT = {
    **dict.fromkeys(
        ("checks.NAME.command", "checks.NAME.folder", "checks.NAME.on_save"),
        "per folder, after your yes to the command",
    ),
    "engine": "yes, but not `openai`",
    "model.review": "yes, but no model that runs or comes from elsewhere",
    "model.completion": "yes, but no model that runs or comes from elsewhere",
    "model.embedding": "yes, but no model that runs or comes from elsewhere",
}
TITLES = {
    "": "General",
    "ollama": "Ollama",
    "openai": "OpenAI-compatible servers",
    "tls": "Certificates",
    "pool": "Several hosts",
    "embedded": "Embedded engine",
    "model": "Models",
    "timeouts": "Time-outs",
    "review": "Reviews",
    "completion": "Ghost text",
    "actions": "Actions",
    "cache": "Memory",
    "index": "Index of the code",
    "fix": "Fixes that are proved",
    "checks.NAME": "Checks",
    "mcp_servers.NAME": "MCP servers",
}


def page(schema: dict[str, Any]) -> str:
    """The text of docs/settings.md."""
    general = {
        name: value
        for name, value in schema["properties"].items()
        if "$ref" not in value and "additionalProperties" not in value
    }
    parts = [INTRODUCTION, _section("", {"properties": general})]
    for name, value in schema["properties"].items():
        if "$ref" in value:
            parts.append(_section(name, schema["$defs"][value["$ref"].rpartition("/")[2]]))
        elif "additionalProperties" in value:
            # A table whose keys are names of the user's.
            each = schema["$defs"][value["additionalProperties"]["$ref"].rpartition("/")[2]]
            parts.append(_section(f"{name}.NAME", {**each, "description": value["description"]}))
    return "\n".join(parts)


def _section(name: str, section: dict[str, Any]) -> str:
    lines = [f"## {TITLES[name]}", ""]
    if "description" in section:
        lines += [_sentence(section["description"]), ""]
    lines += ["| Key | Type | Default | Workspace | Meaning |", "|---|---|---|---|---|"]
    for key, value in section["properties"].items():
        dotted = f"{name}.{key}" if name else key
        cells = (f"`{dotted}`", _type(value), _default(value), workspace(dotted), _sentence(value["description"]))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def workspace(key: str) -> str:
    """Whether a workspace's postil.toml may set this key."""
    from postil.service.config.load import FOLDER_SECTIONS, USER_FILE_ONLY, USER_LEVEL_ONLY

    if key.partition(".")[0] in USER_FILE_ONLY:
        return "no, nor may your editor"
    if any(key == only or key.startswith(f"{only}.") for only in USER_LEVEL_ONLY):
        return "no"
    return EXCEPT.get(key, "per folder" if key.partition(".")[0] in FOLDER_SECTIONS else "yes")


def _type(value: dict[str, Any]) -> str:
    if "enum" in value:
        return ", ".join(f"`{json.dumps(one)}`" for one in value["enum"])
    if any("enum" in one for one in value.get("anyOf", ())):
        # A switch, or one of a few words.
        words = [json.dumps(word) for one in value["anyOf"] for word in one.get("enum", ())]
        return ", ".join(f"`{word}`" for word in ("false", "true", *words))
    if "anyOf" in value:
        (value,) = (one for one in value["anyOf"] if one["type"] != "null")
    if value["type"] == "array":
        return f"list of {value['items']['type']}s"
    return f"{value['type']}{_range(value)}"


def _range(value: dict[str, Any]) -> str:
    least, most = value.get("minimum"), value.get("maximum")
    if least is not None and most is not None:
        return f", {least:,} to {most:,}"
    if "exclusiveMinimum" in value:
        return f", over {value['exclusiveMinimum']}, at most {most:,}"
    return f", {least:,} or more" if least is not None else ""


def _default(value: dict[str, Any]) -> str:
    default = value["default"]
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return "not set" if default is None else f"`{json.dumps(default)}`"


def _sentence(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def main() -> None:
    text = page(json.loads(SCHEMA.read_text(encoding="utf-8")))
    if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        PAGE.write_text(text, encoding="utf-8")
        print(f"postil: wrote {PAGE}")


if __name__ == "__main__":
    main()
