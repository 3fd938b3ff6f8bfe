from invoices.model import Invoice, Line
from invoices.text import footer
from invoices.totals import tax, total


def test_tax_is_on_what_is_left():
    assert tax(Invoice("Bo", (Line("lamp", 999),), 7, 50)) == 35


def test_all_discounted():
    assert total(Invoice("Bo", (Line("lamp", 999),), 20, 100)) == 0


def test_footer():
    assert footer(Invoice("Bo", (Line("lamp", 1999),), 0, 0)) == "Bo pays 19.99"
