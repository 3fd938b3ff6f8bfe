import unittest

from hall import Hall


class HallTest(unittest.TestCase):
    def test_first_free(self):
        hall = Hall(2, 3)
        self.assertEqual([hall.sell() for _ in range(4)], ["A1", "A2", "A3", "B1"])

    def test_named(self):
        self.assertEqual(Hall(2, 3).sell("A2"), "A2")

    def test_sold(self):
        hall = Hall(2, 3)
        hall.sell("B3")
        with self.assertRaises(ValueError):
            hall.sell("B3")
