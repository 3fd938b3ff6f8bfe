"""What prompts, alignment and comments of ours must know of a language: the name on its fence, its comments."""

from __future__ import annotations

# LSP language id -> what models were trained to see behind the opening fence, where it isn't the id itself.
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
# Languages whose comments must be closed.
_CLOSED = {
    "css": ("/*", "*/"),
    "html": ("<!--", "-->"),
    "xml": ("<!--", "-->"),
    "markdown": ("<!--", "-->"),
    "vue": ("<!--", "-->"),
    "svelte": ("<!--", "-->"),
}


def fence_of(language: str) -> str:
    """The word behind the three backticks."""
    return _FENCES.get(language, language)


def comment_of(language: str) -> str | None:
    """What begins a comment up to the line's end; None where we don't know."""
    if language in _SLASHES:
        return "//"
    if language in _HASHES:
        return "#"
    return "--" if language in _DASHES else None


def comment_marks(language: str) -> tuple[str, str] | None:
    """What begins and what ends a comment on one line ("" where the line's end does); None where we don't know."""
    line = comment_of(language)
    return (line, "") if line is not None else _CLOSED.get(language)
