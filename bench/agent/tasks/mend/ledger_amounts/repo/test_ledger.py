import unittest

from amounts import cents
from ledger import balance


class LedgerTest(unittest.TestCase):
    def test_plain(self):
        self.assertEqual(cents("1,234.50"), 123450)
        self.assertEqual(cents("-3.00"), -300)

    def test_brackets(self):
        self.assertEqual(cents("(3.00)"), -300)

    def test_balance(self):
        self.assertEqual(balance(["# May", "1;rent;(500.00)", "2;pay;900.25"]), 40025)
