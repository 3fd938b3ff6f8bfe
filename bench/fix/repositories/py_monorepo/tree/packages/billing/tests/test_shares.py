from billing.shares import check_sum, shares
from money import Amount


def test_even():
    assert shares(Amount(900, "EUR"), ["a", "b", "c"])["c"] == Amount(300, "EUR")


def test_odd_cents():
    found = shares(Amount(1000, "EUR"), ["a", "b", "c"])
    assert [one.cents for one in found.values()] == [334, 333, 333]


def test_nothing_is_lost():
    assert check_sum(shares(Amount(1001, "EUR"), ["a", "b", "c"]), "EUR") == Amount(1001, "EUR")
