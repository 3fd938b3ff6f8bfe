from datetime import date
from itertools import islice

from subject import Period, Subscription, add_months, due_on

assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
assert add_months(date(2026, 11, 30), 2) == date(2027, 1, 30)
assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
assert add_months(date(2027, 11, 30), 3) == date(2028, 2, 29)

monthly = Subscription("ada", date(2026, 1, 31), 1, 3100)
assert [period.start for period in islice(monthly.periods(), 3)] == [
    date(2026, 1, 31),
    date(2026, 2, 28),
    date(2026, 3, 31),
]
assert monthly.period_on(date(2026, 1, 30)) is None
assert monthly.period_on(date(2026, 2, 28)) == Period(date(2026, 2, 28), date(2026, 3, 31))
assert monthly.refund_cents(date(2026, 3, 30)) == 100

cancelled = Subscription("bob", date(2026, 1, 10), 3, 900, cancelled_on=date(2026, 5, 1))
assert list(cancelled.periods())[-1] == Period(date(2026, 4, 10), date(2026, 7, 10))
assert cancelled.period_on(date(2026, 7, 10)) is None and cancelled.refund_cents(date(2026, 7, 10)) == 0
assert due_on([monthly, cancelled, monthly], date(2026, 2, 28)) == {"ada": 6200}

leap = Subscription("cyd", date(2024, 2, 29), 12, 100)
assert [period.start for period in islice(leap.periods(), 2)] == [date(2024, 2, 29), date(2025, 2, 28)]
