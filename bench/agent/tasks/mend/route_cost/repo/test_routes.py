import unittest

from roads import Roads
from routes import cheapest


def some():
    roads = Roads()
    for one, other, toll in (("a", "b", 4), ("b", "c", 4), ("a", "d", 5), ("d", "c", 1), ("x", "y", 1)):
        roads.add(one, other, toll)
    return roads


class RoutesTest(unittest.TestCase):
    def test_next_to_it(self):
        self.assertEqual(cheapest(some(), "a", "a"), (0, ["a"]))
        self.assertEqual(cheapest(some(), "d", "c"), (1, ["d", "c"]))

    def test_two_roads(self):
        self.assertEqual(cheapest(some(), "a", "c"), (6, ["a", "d", "c"]))

    def test_no_way(self):
        self.assertIsNone(cheapest(some(), "a", "x"))
