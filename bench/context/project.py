"""A package as its index sees it: files with their definitions, and which identifiers are in which file."""

from __future__ import annotations

import builtins
import keyword
import posixpath
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from postil.core.context.values import Import, Symbol
from postil.core.context.words import IDENTIFIER
from postil.service.context.index.store import Store, outline_of, text_of

_TEXT = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`[^`]*`")
_COMMENT = re.compile(r"(?:(?<!:)//|#(?![\[!])).*")
_MODULE = re.compile(r"^module\s+(\S+)", re.MULTILINE)

# What a language has without any import; names of its library that no file of a project uses count as invented, in
# every way alike.
_WORDS = {
    name: frozenset(said.split())
    for name, said in tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8")).items()
}
_PYTHON = frozenset(
    {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "cls"}.union(
        *(dir(kind) for kind in (str, list, dict, set, bytes, Exception))
    )
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the project; its text has line feeds."""

    path: str
    language: str
    text: str
    symbols: tuple[Symbol, ...]
    imports: tuple[Import, ...]

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.path)


class Project:
    """The files of one index. `root`: where they are."""

    def __init__(self, root: Path, store: Store) -> None:
        self.root = root
        self.store = store
        self.files: dict[str, File] = {}
        with store.reading():
            for number, path, language in store.rows(
                tuple[int, str, str], "SELECT id, path, language FROM files ORDER BY path"
            ):
                outline = outline_of(store, number)
                self.files[path] = File(path, language, text_of(store, number), outline.symbols, outline.imports)

    @cached_property
    def module(self) -> str:
        """The path by which files of a Go module import each other; "" where there is none."""
        file = self.root / "go.mod"
        found = _MODULE.search(file.read_text(encoding="utf-8")) if file.is_file() else None
        return found[1] if found else ""

    @cached_property
    def _in_files(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for file in self.files.values():
            counts.update(set(IDENTIFIER.findall(file.text)))
        return counts

    def invented(self, said: str, path: str, rest: str) -> list[str]:
        """The identifiers of an answer that exist nowhere: in no other file of the project, not in `rest` (this file
        without what was taken out), and not in the language. Not those in its strings and comments."""
        file = self.files[path]
        here, left = set(IDENTIFIER.findall(file.text)), set(IDENTIFIER.findall(rest))
        own = _words(file.language)
        names = dict.fromkeys(IDENTIFIER.findall(_COMMENT.sub(" ", _TEXT.sub(" ", said))))
        # The file's own words count once in the project, those of the hole with them.
        return [
            name
            for name in names
            if len(name) > 1 and name not in left and name not in own and self._in_files[name] <= (name in here)
        ]


def _words(language: str) -> frozenset[str]:
    return _PYTHON if language == "python" else _WORDS.get(language.removesuffix("react"), frozenset())
