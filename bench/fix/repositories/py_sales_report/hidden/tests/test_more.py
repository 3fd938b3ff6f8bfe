from report.group import best_product, by_month
from report.read import Sale


def test_months_are_sorted():
    sales = [Sale("2024-03-01", "a", 1), Sale("2023-12-31", "b", 2), Sale("2024-03-31", "a", 4)]
    assert list(by_month(sales).items()) == [("2023-12", 2), ("2024-03", 5)]


def test_none():
    assert by_month([]) == {} and best_product([]) is None
