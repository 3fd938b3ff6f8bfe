from invoices.model import Invoice, Line
from invoices.totals import discount, subtotal, tax, total

BOOKS = (Line("book", 1000, 2), Line("pen", 500))


def test_subtotal():
    assert subtotal(BOOKS) == 2500


def test_tax_without_discount():
    assert tax(Invoice("Ada", BOOKS)) == 500


def test_discount():
    assert discount(Invoice("Ada", BOOKS, discount_percent=10)) == 250


def test_total_with_discount():
    assert total(Invoice("Ada", BOOKS, discount_percent=10)) == 2700
