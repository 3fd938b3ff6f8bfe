from datetime import date

from dates import add_months, days_in_month, next_weekday, working_days

assert days_in_month(date(2024, 2, 3)) == 29
assert days_in_month(date(2023, 4, 30)) == 30
assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
assert add_months(date(2024, 11, 15), 3) == date(2025, 2, 15)
assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
assert next_weekday(date(2024, 5, 1), 4) == date(2024, 5, 3)
assert next_weekday(date(2024, 5, 1), 2) == date(2024, 5, 8)
assert working_days(date(2024, 5, 3), date(2024, 5, 6)) == 2
assert working_days(date(2024, 5, 4), date(2024, 5, 5)) == 0
assert working_days(date(2024, 5, 6), date(2024, 5, 17)) == 10
