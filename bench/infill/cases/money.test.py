from money import allocate, format_amount, parse_amount, with_tax

assert parse_amount("12") == 1200
assert parse_amount(" 1,204.50 ") == 120450
assert parse_amount("-0.99") == -99
for wrong in ("", "1.5", "x", "12 EUR"):
    try:
        parse_amount(wrong)
    except ValueError:
        continue
    raise AssertionError(wrong)
assert format_amount(123456) == "1,234.56"
assert format_amount(-5) == "-0.05"
assert format_amount(-123400, "$") == "-$1,234.00"
assert allocate(100, [1, 1, 1]) == [34, 33, 33]
assert allocate(1001, [3, 1]) == [751, 250]
assert allocate(5, [1, 1]) == [3, 2]
assert with_tax(1000, 20) == 1200
assert with_tax(150, 7) == 161
assert with_tax(110, 5) == 116
