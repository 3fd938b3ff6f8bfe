import unittest

from amounts import cents


class MoreTest(unittest.TestCase):
    def test_brackets_and_thousands(self):
        self.assertEqual(cents(" (1,200.5) "), -120050)

    def test_no_amount(self):
        for text in ("", "abc", "1.x"):
            with self.assertRaises(ValueError):
                cents(text)

    def test_whole(self):
        self.assertEqual(cents("12"), 1200)
