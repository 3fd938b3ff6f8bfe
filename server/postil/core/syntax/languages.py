"""Properties of a language: its name behind a fence, and its comment marks."""

from __future__ import annotations

# LSP language id -> the word that models know behind an opening fence, where it isn't the id.
_FENCES = {
    "javascriptreact": "jsx",
    "typescriptreact": "tsx",
    "shellscript": "bash",
    "csharp": "csharp",
    "plaintext": "",
}
_SLASHES = frozenset(
    {
        "javascript",
        "javascriptreact",
        "typescript",
        "typescriptreact",
        "go",
        "rust",
        "c",
        "cpp",
        "csharp",
        "java",
        "kotlin",
        "scala",
        "swift",
        "objective-c",
        "objective-cpp",
        "php",
        "dart",
        "groovy",
        "zig",
        "proto3",
        "solidity",
        "cuda-cpp",
        "less",
        "scss",
        "jsonc",
    }
)
_HASHES = frozenset(
    {
        "python",
        "shellscript",
        "ruby",
        "perl",
        "yaml",
        "toml",
        "r",
        "julia",
        "elixir",
        "nim",
        "fish",
        "powershell",
        "makefile",
        "cmake",
        "dockerfile",
        "terraform",
        "graphql",
        "nix",
    }
)
_DASHES = frozenset(
    {
        "sql",
        "lua",
        "haskell",
    }
)
# Languages without line comments.
_CLOSED = {
    "css": ("/*", "*/"),
    "html": ("<!--", "-->"),
    "xml": ("<!--", "-->"),
    "markdown": ("<!--", "-->"),
    "vue": ("<!--", "-->"),
    "svelte": ("<!--", "-->"),
}


def fence_of(language: str) -> str:
    """The word behind an opening fence."""
    return _FENCES.get(language, language)


def comment_of(language: str) -> str | None:
    """The mark of a line comment; None if unknown."""
    if language in _SLASHES:
        return "//"
    if language in _HASHES:
        return "#"
    return "--" if language in _DASHES else None


def comment_marks(language: str) -> tuple[str, str] | None:
    """The marks before and after a comment on one line (the second is "" for a line comment); None if unknown."""
    line = comment_of(language)
    return (line, "") if line is not None else _CLOSED.get(language)
