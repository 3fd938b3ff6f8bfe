"""Which names of a file come from other files of the project: functions and types, modules, methods of such types."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from functools import cached_property

from bench.context.project import File, Project
from tree_sitter import Node

from postil.core.context.values import Import, Imported
from postil.service.context.query.imported import imported

TESTS = re.compile(
    r"(^|/)(tests?|__tests__|testdata|testing|specs?|examples?|fixtures|mocks?|benches|vendor)(/|$)"
    r"|(^|/)(test_|conftest\.|mock_)[^/]*$|[._-](test|spec|bench|stories)s?\.\w+$|(^|/)tests?\.rs$|\.d\.ts$|\.min\.js$",
    re.IGNORECASE,
)
# A method is known by its name alone where few types have one of that name, and it isn't one of every library.
_MOST_OWNERS = 2
_LEAST_METHOD = 5
# A path of Rust that begins with them never leads into the project.
_LIBRARY = ("std::", "core::", "alloc::")
# The node of a member access -> the fields of what stands before and behind the mark.
_MEMBERS = {
    "attribute": ("object", "attribute"),
    "member_expression": ("object", "property"),
    "selector_expression": ("operand", "field"),
    "field_expression": ("value", "field"),
    "scoped_identifier": ("path", "name"),
}


class Definitions:
    """What a project's files define."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.methods: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self.top: dict[str, set[str]] = {}
        for file in project.files.values():
            if TESTS.search(file.path):
                continue
            self.top[file.path] = {symbol.name for symbol in file.symbols if not symbol.owner}
            for symbol in file.symbols:
                if symbol.owner:
                    self.methods[symbol.name].add((file.path, symbol.owner.rpartition(".")[2]))


class Known:
    """The names of one file that other files define."""

    def __init__(self, definitions: Definitions, file: File) -> None:
        self._all = definitions
        self._file = file
        # By the name that the file uses: the name of the definition, the names that a module defines.
        self.values: dict[str, str] = {}
        self.modules: dict[str, set[str]] = {}
        for one in file.imports:
            if file.language == "go":
                self._go(one)
            else:
                self._add(one)
        if file.language == "go":
            for name in self._folder(file.folder):
                self.values.setdefault(name, name)
        for name in self._here:
            self.values.pop(name, None)

    @cached_property
    def _here(self) -> set[str]:
        return {symbol.name for symbol in self._file.symbols}

    def _add(self, one: Import) -> None:
        file, store = self._file, self._all.project.store
        if not one.names:
            if one.bound and (found := imported(store, [one], file.path, file.language)):
                self.modules[one.bound] = {symbol.symbol.name for symbol in found}
            return
        for name in one.names:
            only = Import(one.module, (name,), "", one.row)
            found = [symbol.symbol.name for symbol in imported(store, [only], file.path, file.language)]
            if name.name == "*":
                self.values |= {symbol: symbol for symbol in found}
            elif name.name in found or (name.name == "default" and name.bound in found):
                self.values[name.bound] = name.name if name.name in found else name.bound
            elif found:
                self.modules[name.bound] = set(found)

    def _go(self, one: Import) -> None:
        """By go.mod: an index doesn't read it, and takes a namesake of a library for the library."""
        module = self._all.project.module
        if one.bound and module and (one.module == module or one.module.startswith(f"{module}/")):
            self.modules[one.bound] = self._folder(one.module.removeprefix(module).lstrip("/"))

    def _folder(self, folder: str) -> set[str]:
        tops = (
            names
            for path, names in self._all.top.items()
            if posixpath.dirname(path) == folder and path != self._file.path
        )
        return set().union(*tops)

    def member(self, callee: Node) -> Node | None:
        """The name in a call's function that another file defines; None if it isn't one."""
        if callee.type in ("identifier", "type_identifier"):
            return callee if _text(callee) in self.values else None
        fields = _MEMBERS.get(callee.type)
        if fields is None:
            return None
        owner, name = (callee.child_by_field_name(field) for field in fields)
        if owner is None or name is None:
            return None
        return name if self._is_member("".join(_text(owner).split()), _text(name)) else None

    def _is_member(self, owner: str, name: str) -> bool:
        if owner.startswith(_LIBRARY):
            return False
        if name in self.modules.get(owner, ()):
            return True
        defined = self._all.methods.get(name, set())
        if any(path == self._file.path for path, _ in defined) or name in self._here:
            return False
        if owner in self.values and any(of == self.values[owner] for _, of in defined):
            return True
        if owner.startswith(("crate::", "super::")):
            only = Import(owner, (Imported(name, name),), "", 0)
            found = imported(self._all.project.store, [only], self._file.path, self._file.language)
            return any(symbol.symbol.name == name for symbol in found)
        known = set(self.values.values()).union(*self.modules.values())
        owners = {of for _, of in defined}
        return len(name) >= _LEAST_METHOD and 0 < len(owners) <= _MOST_OWNERS and owners <= known


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
