from fractions import Fraction

from subject import Inventory, OutOfStockError, write_down

inventory = Inventory()
assert inventory.average_cents("bolt") is None and inventory.pieces("bolt") == 0
inventory.receive("bolt", 2, 10)
inventory.receive("bolt", 1, 40)
inventory.receive("nut", 5, 3)
assert inventory.pieces("bolt") == 3
assert inventory.average_cents("bolt") == 20
assert inventory.value_cents() == {"bolt": 60, "nut": 15}
assert write_down(inventory, "bolt", 15) == 15 and write_down(inventory, "bolt", 20) == 0
assert inventory.issue("bolt", 1) == 10
assert inventory.average_cents("bolt") == Fraction(25)
for article, pieces in (("bolt", 3), ("screw", 1)):
    try:
        inventory.issue(article, pieces)
    except OutOfStockError:
        pass
    else:
        raise AssertionError(article)
assert inventory.issue("bolt", 2) == 50
assert inventory.value_cents() == {"nut": 15}
