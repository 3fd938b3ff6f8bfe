import unittest

from house import House


class MoreTest(unittest.TestCase):
    def test_off_again(self):
        house = House({"hall": 15.0})
        found = [house.measure("hall", degrees) for degrees in (14.4, 15.0, 15.4, 15.6, 15.0, 14.6, 14.4)]
        self.assertEqual(found, [True, True, True, False, False, False, True])
