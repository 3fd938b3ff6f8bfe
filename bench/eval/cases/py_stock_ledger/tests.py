from subject import InsufficientStockError, StockLedger

ledger = StockLedger()
ledger.receive("north", "bolt", 10)
ledger.withdraw("north", "bolt", 2)
assert ledger.level("north", "bolt") == 8
ledger.transfer("north", "south", "bolt", 5)
assert ledger.level("north", "bolt") == 3
assert ledger.level("south", "bolt") == 5
assert ledger.total("bolt") == 8
try:
    ledger.transfer("north", "south", "bolt", 4)
except InsufficientStockError:
    pass
else:
    raise AssertionError("transfer of missing pieces")
