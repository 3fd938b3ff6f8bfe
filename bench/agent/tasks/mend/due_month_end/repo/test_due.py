import unittest
from datetime import date

from due import due, overdue


class DueTest(unittest.TestCase):
    def test_plain(self):
        self.assertEqual(due(date(2026, 3, 14)), date(2026, 4, 14))
        self.assertEqual(due(date(2026, 12, 1)), date(2027, 1, 1))

    def test_a_short_month(self):
        self.assertEqual(due(date(2026, 1, 31)), date(2026, 2, 28))

    def test_overdue(self):
        self.assertEqual(overdue([(1, date(2026, 5, 31)), (2, date(2026, 7, 1))], date(2026, 7, 5)), [1])
