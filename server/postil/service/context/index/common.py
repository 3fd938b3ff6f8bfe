"""The words that are in so many chunks that looking for them costs more than it tells."""

from __future__ import annotations

from postil.service.context.index.store import Store

# A word in more chunks than that is kept in a table with how many they are. Half a millisecond of a search.
COMMON = 400
# The table is made again after so large a part of the files has changed. It reads the whole index of words, which takes
# a second for 10,000 files.
_SHARE = 0.1
_FACT = "chunks when the common words were counted"


def refresh(store: Store) -> None:
    """Count the words again, if much has changed since. Raises IndexTrouble."""
    chunks = store.number("SELECT count(*) FROM chunks")
    before = store.fact(_FACT)
    if before and abs(chunks - before) <= _SHARE * before:
        return
    with store.writing():
        store.run("DELETE FROM common")
        store.run("INSERT INTO common SELECT term, doc FROM vocabulary WHERE doc>?", (COMMON,))
        store.set_fact(_FACT, chunks)
