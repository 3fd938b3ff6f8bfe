"""What the tests of the index share: what a plain look at the files gives, and what is in the database."""

from __future__ import annotations

from collections import deque
from contextlib import closing
from pathlib import Path

from postil.core.context.analysis import analyse
from postil.core.context.values import Import, Symbol
from postil.core.text.positions import split_lines
from postil.service.context.index.place import IndexPlace
from postil.service.context.index.read import read_file
from postil.service.context.index.store import Store, open_store, outline_of, text_of
from postil.service.context.scanning.scan import Limits, Scanned, scan
from postil.service.context.scanning.worker import Answer
from postil.service.workspace.files import Listing
from postil.service.workspace.languages import language_of
from postil.service.workspace.source import Source, read_source

LIMITS = Limits(1000, 100)

# Language, symbols, imports; first row, text and words of each chunk.
Content = dict[str, tuple[str, tuple[Symbol, ...], tuple[Import, ...], list[tuple[int, str, str]]]]


class Here:
    """Reads in this process, at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.answers: deque[tuple[str, Answer]] = deque()

    @property
    def full(self) -> bool:
        return len(self.answers) > 2

    @property
    def waiting(self) -> bool:
        return bool(self.answers)

    def send(self, path: str) -> None:
        self.answers.append((path, read_file(self.root, path)))

    def receive(self) -> tuple[str, Answer]:
        return self.answers.popleft()

    def close(self) -> None:
        self.answers.clear()


def scanned(place: IndexPlace, limits: Limits = LIMITS, *, anew: bool = False) -> Scanned:
    """The end of a scan in this process."""
    with closing(scan(place, limits, anew=anew, reader=Here)) as steps:
        return list(steps)[-1]


def plain_scan(root: Path) -> Content:
    """What the index must hold, by reading everything."""
    found: Content = {}
    for file, refused in Listing(root).below(root):
        source = read_source(file) if refused is None else None
        if isinstance(source, Source):
            language = language_of(file.name, source.text.partition("\n")[0])
            analysis = analyse(source.text, language)
            lines = split_lines(source.text)
            chunks = [(one.first, "\n".join(lines[one.first : one.last]), one.words) for one in analysis.chunks]
            found[file.relative_to(root).as_posix()] = (language, analysis.symbols, analysis.imports, chunks)
    return found


def content(store: Store) -> Content:
    """What the index does hold, read without its own questions; the names and the words of its chunks checked."""
    words: dict[int, list[str]] = {}
    for word, chunk in store.rows(tuple[str, int], "SELECT term, doc FROM temp.places ORDER BY doc, offset"):
        words.setdefault(chunk, []).append(word)
    found: Content = {}
    for number, path, language, symbols in store.rows(
        tuple[int, str, str, int], "SELECT id, path, language, symbols FROM files"
    ):
        lines, outline = split_lines(text_of(store, number)), outline_of(store, number)
        query = "SELECT id, first, last FROM chunks WHERE file=? ORDER BY first"
        chunks = [
            (first, "\n".join(lines[first:last]), " ".join(words.pop(chunk)))
            for chunk, first, last in store.rows(tuple[int, int, int], query, (number,))
        ]
        names = {name for (name,) in store.rows(tuple[str], "SELECT name FROM names WHERE file=?", (number,))}
        assert names == {symbol.name for symbol in outline.symbols} and symbols == len(outline.symbols)
        found[path] = (language, outline.symbols, outline.imports, chunks)
    assert words == {}, "words of chunks that are gone"
    for table in ("texts", "names", "chunks"):
        assert store.number(f"SELECT count(*) FROM {table} WHERE file NOT IN (SELECT id FROM files)") == 0
    return found


def held(place: IndexPlace) -> Content:
    """What the index that counts holds."""
    store = open_store(place)
    assert store is not None
    with store:
        store.check()
        # Its own table first: that is a change, which a snapshot doesn't allow.
        store.run("CREATE VIRTUAL TABLE IF NOT EXISTS temp.places USING fts5vocab(main, words, instance)")
        with store.reading():
            return content(store)
