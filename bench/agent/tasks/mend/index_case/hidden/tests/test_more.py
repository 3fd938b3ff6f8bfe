import unittest

from finder.index import Index


class MoreTest(unittest.TestCase):
    def test_marks(self):
        index = Index()
        index.add("one", "Der Fluß rauscht")
        self.assertEqual(index.find("FLUSS?"), ["one"])
        self.assertEqual(index.find("(rauscht)"), ["one"])
        self.assertEqual(index.find("Meer"), [])
