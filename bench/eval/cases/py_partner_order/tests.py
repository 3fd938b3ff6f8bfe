from decimal import Decimal

from subject import OrderFormatError, parse_order

home = {"name": "Ann", "street": "Main St 1", "city": "York"}
work = {"name": "Ann", "street": "High St 2", "city": "Leeds"}
order = {"number": "7", "placed_at": "2024-05-01T10:00:00+00:00", "total": "19.90", "billing_address": home}
assert parse_order(order).shipping == parse_order(order).billing
assert parse_order(order).total == Decimal("19.90")
assert parse_order(order | {"shipping_address": work}).shipping.city == "Leeds"
for bad in ({}, order | {"total": "-1"}, order | {"total": "x"}, order | {"shipping_address": {}}):
    try:
        parse_order(bad)
    except OrderFormatError:
        continue
    raise AssertionError(bad)
