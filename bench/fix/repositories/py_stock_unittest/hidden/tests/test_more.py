import unittest

from stock.errors import NotEnough
from stock.warehouse import Warehouse, transfer


class MoreTest(unittest.TestCase):
    def test_transfer_to_some(self):
        north, south = Warehouse(nails=5), Warehouse(nails=2)
        transfer(north, south, "nails", 5)
        self.assertEqual((north.count("nails"), south.count("nails")), (0, 7))

    def test_not_enough(self):
        north, south = Warehouse(nails=1), Warehouse(nails=9)
        with self.assertRaises(NotEnough):
            transfer(north, south, "nails", 2)
        self.assertEqual((north.count("nails"), south.count("nails")), (1, 9))
