import unittest

from durations import shown


class MoreTest(unittest.TestCase):
    def test_bounds(self):
        self.assertEqual(shown(3599), "59 min")
        self.assertEqual(shown(59), "59 s")
        self.assertEqual(shown(3660), "1 h 01 min")
        self.assertEqual(shown(86400), "1 d 0 h")
        self.assertEqual(shown(86399), "23 h 59 min")
