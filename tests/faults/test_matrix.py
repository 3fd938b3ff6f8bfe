"""The table in the docs is that of the matrix, and the matrix knows every fault."""

from __future__ import annotations

from tests.faults.faults import FAULTS
from tests.faults.matrix import TABLE, matrix, says, table

# Done by the tests themselves: they need the proxy, or another host.
BESIDE = {"refuse", "elsewhere"}


def test_the_table_is_current() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(matrix()), "run `make faults`"


def test_every_fault_has_its_row() -> None:
    assert {fault.does for fault in matrix()} == {*FAULTS, *BESIDE}


def test_a_sentence_is_compared_whole() -> None:
    assert says("a … c", "a b c") and says("", "")
    assert not says("a … c", "a b c d") and not says("", "a") and not says("a.c", "abc")
