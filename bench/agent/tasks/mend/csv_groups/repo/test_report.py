import unittest

from report import best, sums

TEXT = "customer,cents\nada,100\nada,50\nbo,70\nbo,200\n"


class ReportTest(unittest.TestCase):
    def test_sums(self):
        self.assertEqual(sums(TEXT), [("ada", 150), ("bo", 270)])

    def test_best(self):
        self.assertEqual(best(TEXT), "bo")

    def test_nothing(self):
        self.assertIsNone(best("customer,cents\n"))
