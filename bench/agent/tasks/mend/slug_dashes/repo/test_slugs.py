import unittest

from slugs import slug, unique


class SlugTest(unittest.TestCase):
    def test_words(self):
        self.assertEqual(slug("Crème brûlée"), "creme-brulee")

    def test_punctuation(self):
        self.assertEqual(slug("Salt & pepper, twice!"), "salt-pepper-twice")

    def test_unique(self):
        self.assertEqual(unique("Soup", {"soup", "soup-2"}), "soup-3")
