import unittest

from durations import read, shown


class DurationTest(unittest.TestCase):
    def test_short(self):
        self.assertEqual(shown(45), "45 s")
        self.assertEqual(shown(60), "1 min")

    def test_an_hour(self):
        self.assertEqual(shown(3600), "1 h 00 min")

    def test_back(self):
        self.assertEqual(read("3 h 05 min"), 11100)
