import unittest

from roads import Roads
from routes import cheapest


class MoreTest(unittest.TestCase):
    def test_many_cheap_roads(self):
        roads = Roads()
        for one, other in ("ab", "bc", "cd", "de"):
            roads.add(one, other, 2)
        roads.add("a", "e", 7)
        self.assertEqual(cheapest(roads, "a", "e"), (7, ["a", "e"]))
        roads.add("a", "e", 9)
        self.assertEqual(cheapest(roads, "a", "e")[0], 8)
