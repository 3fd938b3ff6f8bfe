import unittest

from seats import index_of, name_of


class MoreTest(unittest.TestCase):
    def test_both_ways(self):
        for index in range(40):
            self.assertEqual(index_of(name_of(index, 7), 7), index)

    def test_no_such_seat(self):
        for name in ("A0", "A8"):
            with self.assertRaises(ValueError):
                index_of(name, 7)
