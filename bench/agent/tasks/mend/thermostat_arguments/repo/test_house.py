import unittest

from house import House


class HouseTest(unittest.TestCase):
    def test_in_between_nothing_changes(self):
        house = House()
        self.assertFalse(house.measure("kitchen", 19.0))
        house.measure("kitchen", 18.0)
        self.assertTrue(house.measure("kitchen", 19.2))

    def test_two_rooms(self):
        house = House()
        house.measure("kitchen", 21.0)
        house.measure("bath", 21.0)
        self.assertEqual(house.heated(), ["bath"])
