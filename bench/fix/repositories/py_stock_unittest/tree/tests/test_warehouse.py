import unittest

from stock.errors import NotEnough
from stock.warehouse import Warehouse, transfer


class WarehouseTest(unittest.TestCase):
    def test_put(self):
        house = Warehouse(nails=1)
        house.put("nails", 4)
        self.assertEqual(house.count("nails"), 5)

    def test_take_too_many(self):
        with self.assertRaises(NotEnough):
            Warehouse(nails=1).take("nails", 2)

    def test_transfer(self):
        north, south = Warehouse(nails=5), Warehouse()
        transfer(north, south, "nails", 3)
        self.assertEqual((north.count("nails"), south.count("nails")), (2, 3))
