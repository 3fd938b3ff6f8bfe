import unittest
from datetime import date

from due import due


class MoreTest(unittest.TestCase):
    def test_leap_year(self):
        self.assertEqual(due(date(2028, 1, 30)), date(2028, 2, 29))

    def test_thirty_days(self):
        self.assertEqual(due(date(2026, 8, 31), 3), date(2026, 11, 30))
        self.assertEqual(due(date(2026, 8, 31), 4), date(2026, 12, 31))

    def test_half_a_month_is_kept(self):
        self.assertEqual(due(date(2026, 1, 28), 13), date(2027, 2, 28))
