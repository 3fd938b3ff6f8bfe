"""The notebooks that are open in the editor, with their cells in order. The text of a cell is a document of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from postil.core.text.uri import path_of


@dataclass(frozen=True, slots=True)
class Cell:
    """`uri`: of the cell's document. `code`: False for text, such as Markdown."""

    uri: str
    code: bool = True


@dataclass(slots=True, eq=False)
class Notebook:
    """A notebook, and the cells of it that the client sends."""

    uri: str
    cells: list[Cell] = field(default_factory=list[Cell])

    @property
    def path(self) -> str:
        return path_of(self.uri)

    def is_code(self, uri: str) -> bool:
        """Whether the cell with this URI is code. A cell that the client hasn't described is."""
        return next((cell.code for cell in self.cells if cell.uri == uri), True)

    def splice(self, start: int, deleted: int, cells: Sequence[Cell]) -> None:
        """Replace `deleted` cells from `start` on. Like a client's list, it takes a place behind its end as its end."""
        self.cells[start : start + deleted] = cells

    def told(self, cell: Cell) -> None:
        """The client describes a cell anew: it may have become code, or text."""
        self.cells = [cell if one.uri == cell.uri else one for one in self.cells]


class Notebooks:
    """Notebooks by URI, as the client spells it."""

    def __init__(self) -> None:
        self._open: dict[str, Notebook] = {}

    def get(self, uri: str) -> Notebook | None:
        return self._open.get(uri)

    def open(self, notebook: Notebook) -> None:
        self._open[notebook.uri] = notebook

    def close(self, uri: str) -> Notebook | None:
        """Forget a notebook, and return it."""
        return self._open.pop(uri, None)
