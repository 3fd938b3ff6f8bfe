from billing.shares import shares
from money import Amount


def test_two_odd_cents():
    assert [one.cents for one in shares(Amount(5, "USD"), ["a", "b", "c"]).values()] == [2, 2, 1]


def test_one_person():
    assert shares(Amount(7, "USD"), ["a"]) == {"a": Amount(7, "USD")}
