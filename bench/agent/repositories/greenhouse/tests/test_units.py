import unittest

from greenhouse.units import metric_warmth, percent


class UnitsTest(unittest.TestCase):
    def test_warmth(self):
        self.assertAlmostEqual(metric_warmth(212), 100)

    def test_percent(self):
        self.assertEqual(percent(1023), 100.0)
