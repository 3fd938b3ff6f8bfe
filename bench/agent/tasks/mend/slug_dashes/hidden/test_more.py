import unittest

from slugs import slug


class MoreTest(unittest.TestCase):
    def test_many_separators(self):
        self.assertEqual(slug("  a -- b__c  "), "a-b-c")

    def test_long(self):
        self.assertEqual(slug("x" * 39 + " yz"), "x" * 39)
        self.assertEqual(len(slug("y" * 60)), 40)

    def test_nothing(self):
        self.assertEqual(slug("!!!"), "")
