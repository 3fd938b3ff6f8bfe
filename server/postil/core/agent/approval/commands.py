"""What a command line is for the rules of permission: whether its yes may be kept, and for which others it holds.

Which programs discard work or run other programs can't be listed in full. So a kept yes holds for the very same words,
unless the program is one of the table's `known`: then other paths of the workspace may stand behind its first words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from postil.core.data import Entry, load_data

# Options that carry code, name a file to write or a program to start, or do by force what isn't done without.
_RISKY_OPTION = re.compile(
    r"-[A-Za-z]*[cefiDOo][A-Za-z]*\d*"
    r"|--?(delete|exec\w*|ok\w*|eval|command|force[\w-]*|hard|fix[\w-]*|write|in-place|output[\w-]*|out|discard|prune"
    r"|purge|remove|pager|open-files-in-pager|ext-diff|textconv|config[\w-]*|rootdir|run|script|shell|plugin[\w-]*"
    r"|require|import|loader|init\w*|fprint\w*|no-index|upload-pack|receive-pack)(=.*)?",
    re.DOTALL,
)
_OPERATORS = re.compile(r"[|<>&;`$\x00-\x1f\x7f]")
_PYTHON = re.compile(r"(python|pypy)([23](\.\d+)?)?")
# The name of a sub-command or task, as against a path, an option or a value.
_NAME = re.compile(r"[a-z][a-z0-9_:-]*")
# A path within the workspace, and of no hidden file or folder: those hold secrets and settings of tools.
_PATH = re.compile(r"(\./)?(?!\.)[\w@+][\w.@+-]*(/(?!\.)[\w@+][\w.@+-]*)*/?(::[\w:]+)?")
_MOST_WORDS, _MOST_CHARS = 64, 2_000


class Commands(Entry, frozen=True):
    """The table `data/agent_commands.toml`; what each list is for is said there."""

    wrappers: frozenset[str]
    discards: frozenset[str]
    discarding_words: frozenset[str]
    git_reads: frozenset[str]
    modules: frozenset[str]
    flags: frozenset[str]
    known: dict[str, tuple[str, ...]]


@cache
def commands() -> Commands:
    return load_data("agent_commands.toml", Commands)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a kept yes to a command holds for. `words`: how it begins. `paths`: whether paths of the workspace may stand
    behind them; then `rest` is what was agreed to there."""

    words: tuple[str, ...]
    rest: tuple[str, ...] = ()
    paths: bool = False


def program(word: str) -> str:
    """The name of a program, without its folder and its version."""
    name = re.split(r"[/\\]", word)[-1].lower()
    name = re.sub(r"\.(exe|cmd|bat|com|ps1)$", "", name)
    if name in commands().wrappers | commands().discards:
        # Some end with a number that is no version.
        return name
    return "python" if _PYTHON.fullmatch(name) else re.sub(r"-?\d+(\.\d+)*$", "", name) or name


def never_kept(argv: Sequence[str]) -> str:
    """Why a yes to this command holds only once; "" where it may be kept."""
    if not argv or not argv[0].strip():
        return "there is no command"
    if len(argv) > _MOST_WORDS or sum(map(len, argv)) > _MOST_CHARS:
        return "it is too long to be agreed to for ever"
    if any(_OPERATORS.search(word) for word in argv):
        return "it has a redirection, a pipe, a variable or a control character"
    if "=" in argv[0] or argv[0] != argv[0].strip():
        return "its first word is no program"
    known = commands()
    name, rest = program(argv[0]), list(argv[1:])
    if name == "python" and len(rest) >= 2 and rest[0] == "-m" and rest[1] in known.modules:
        rest = rest[2:]
    elif name in known.wrappers:
        return f"{name} runs whatever its words say"
    if name in known.discards or name.startswith("mkfs"):
        return f"{name} can discard work or send it away"
    if name == "git" and (not rest or rest[0] not in known.git_reads):
        return "this command of git can discard work, or isn't known not to"
    risky = known.discarding_words | known.discards | known.wrappers
    for word in rest:
        if word.startswith("-"):
            if word not in known.flags and _RISKY_OPTION.fullmatch(word):
                return f"its option {word} can run or write something else"
        elif not _named(word).isdisjoint(risky):
            return f"{word} can discard work, or run something else"
    return ""


def shape_of(argv: Sequence[str]) -> Shape | None:
    """What "always" would hold for; None where it may not be offered."""
    if never_kept(argv):
        return None
    words = _beginning(argv)
    if not _is_known(words):
        return Shape(tuple(argv))
    return Shape(words, tuple(argv[len(words) :]), paths=True)


def covers(shape: Shape, argv: Sequence[str]) -> bool:
    """Whether a kept yes holds for this command."""
    if never_kept(argv):
        return False
    if not shape.paths:
        return shape.words == tuple(argv) and not shape.rest
    words = _beginning(argv)
    if words != shape.words or not _is_known(words):
        return False
    agreed = set(_units(shape.rest))
    return all(unit in agreed or _harmless(unit) for unit in _units(argv[len(words) :]))


def _beginning(argv: Sequence[str]) -> tuple[str, ...]:
    """The program and the words before the first path or option. A sub-command that isn't named yet (`make`) makes
    another beginning than one that is (`make install`)."""
    if program(argv[0]) == "python" and len(argv) >= 3 and argv[1] == "-m":
        return tuple(argv[:3])
    end = 1
    while end < len(argv) and _NAME.fullmatch(argv[end]):
        end += 1
    return tuple(argv[:end])


def _is_known(words: Sequence[str]) -> bool:
    """A program by its bare name: one of the workspace (`./pytest`) is whatever its author wants."""
    if len(words) == 3 and words[1] == "-m":
        return _PYTHON.fullmatch(words[0]) is not None and words[2] in commands().modules
    wanted = commands().known.get(words[0])
    if wanted is None:
        return False
    return len(words) == 2 and words[1] in wanted if wanted else len(words) == 1


def _units(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Each option with the word behind it, which may be its value; other words alone."""
    found: list[tuple[str, ...]] = []
    at = 0
    while at < len(words):
        takes = words[at].startswith("-") and words[at] not in commands().flags and "=" not in words[at]
        value = takes and at + 1 < len(words) and not words[at + 1].startswith("-")
        found.append(tuple(words[at : at + 1 + value]))
        at += 1 + value
    return found


def _harmless(unit: tuple[str, ...]) -> bool:
    if len(unit) != 1:
        return False
    word = unit[0]
    # A word without a slash or a dot may be a target, a script or a revision.
    return word in commands().flags or (("/" in word or "." in word) and _PATH.fullmatch(word) is not None)


def _named(word: str) -> set[str]:
    """What a word names that may be a sub-command, a task or a program; of a path, its last part as a program."""
    name = program(word)
    if "/" in word or "\\" in word:
        return {name}
    return {name, word.lower(), *re.split(r"[-_:]", word.lower())}
