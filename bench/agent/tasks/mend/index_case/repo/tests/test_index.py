import unittest

from finder.index import Index


class IndexTest(unittest.TestCase):
    def setUp(self):
        self.index = Index()
        self.index.add("one", "The kettle sings.")
        self.index.add("two", "The kettle is cold.")

    def test_a_word(self):
        self.assertEqual(self.index.find("kettle"), ["one", "two"])

    def test_a_capital(self):
        self.assertEqual(self.index.find("The Kettle sings"), ["one"])

    def test_nothing(self):
        self.assertEqual(self.index.find(""), [])
