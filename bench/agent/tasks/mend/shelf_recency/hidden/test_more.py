import unittest

from recent import Recent


class MoreTest(unittest.TestCase):
    def test_order(self):
        kept = Recent(3)
        for key in "abc":
            kept.put(key, key)
        kept.get("a")
        self.assertEqual(kept.keys(), ["b", "c", "a"])

    def test_missing(self):
        kept = Recent(2)
        self.assertEqual(kept.get("x", 7), 7)
        self.assertEqual(len(kept), 0)

    def test_false_values(self):
        kept = Recent(2)
        kept.put("a", 0)
        kept.put("b", 1)
        self.assertEqual(kept.get("a"), 0)
        kept.put("c", 2)
        self.assertEqual(kept.keys(), ["a", "c"])
