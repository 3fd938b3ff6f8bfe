import unittest

from rota import Clash, Rota, Shift, overlap


class MoreTest(unittest.TestCase):
    def test_touching_before(self):
        self.assertFalse(overlap(Shift("a", 600, 660), Shift("a", 540, 600)))

    def test_one_inside_the_other(self):
        self.assertTrue(overlap(Shift("a", 0, 100), Shift("a", 40, 50)))
        self.assertTrue(overlap(Shift("a", 40, 50), Shift("a", 0, 100)))

    def test_one_common_minute(self):
        rota = Rota()
        rota.add(Shift("ida", 480, 720))
        with self.assertRaises(Clash):
            rota.add(Shift("ida", 719, 730))
