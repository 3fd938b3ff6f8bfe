from datetime import date

from subject import previous_month

assert previous_month(date(2024, 3, 31)) == (date(2024, 2, 1), date(2024, 2, 29))
assert previous_month(date(2025, 1, 1)) == (date(2024, 12, 1), date(2024, 12, 31))
