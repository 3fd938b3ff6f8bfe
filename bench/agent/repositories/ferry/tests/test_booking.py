import unittest

from ferry.booking import Booking


class BookingTest(unittest.TestCase):
    def test_a_family(self):
        self.assertEqual(Booking("1", "hallig", {"adult": 2, "child": 1}).total(), 3500)

    def test_a_group(self):
        self.assertEqual(Booking("2", "hallig", {"adult": 11}).total(), 13557)
