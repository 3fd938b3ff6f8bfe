import unittest

from notebook.shelf import Shelf


class ShelfTest(unittest.TestCase):
    def test_tags(self):
        shelf = Shelf()
        shelf.write("soup").tag("food")
        shelf.write("bike")
        self.assertEqual(shelf.tagged("food"), ["soup"])

    def test_untag(self):
        shelf = Shelf()
        note = shelf.write("soup")
        note.tag("cold")
        note.untag("cold")
        self.assertEqual(shelf.tagged("cold"), [])
