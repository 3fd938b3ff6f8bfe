import unittest

from report import sums


class MoreTest(unittest.TestCase):
    def test_one(self):
        self.assertEqual(sums("customer,cents\nada,5\n"), [("ada", 5)])

    def test_none(self):
        self.assertEqual(sums("customer,cents\n"), [])

    def test_three(self):
        text = "customer,cents\nada,5\nbo,1\ncy,2\ncy,3\n"
        self.assertEqual(sums(text), [("ada", 5), ("bo", 1), ("cy", 5)])
