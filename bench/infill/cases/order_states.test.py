from order_states import NotAllowed, Order

order = Order()
seen = []
order.on_change(lambda old, new: seen.append((old, new)))
assert order.can("pay") and not order.can("ship")
order.apply("pay")
order.apply("ship")
assert order.state == "shipped" and order.finished is False
try:
    order.apply("refund")
except NotAllowed as error:
    assert "refund" in str(error) and "shipped" in str(error)
else:
    raise AssertionError
order.apply("deliver")
assert order.finished is True
assert order.history == ["new", "paid", "shipped", "delivered"]
assert seen == [("new", "paid"), ("paid", "shipped"), ("shipped", "delivered")]
other = Order()
other.apply("pay")
other.apply("refund")
assert other.state == "cancelled" and other.history == ["new", "paid", "cancelled"]
