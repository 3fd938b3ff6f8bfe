import unittest

from rota import Clash, Rota, Shift, minutes


class RotaTest(unittest.TestCase):
    def test_one_after_the_other(self):
        rota = Rota()
        rota.add(Shift("ida", 480, 720))
        rota.add(Shift("ida", 720, 900))
        self.assertEqual(minutes(rota.shifts, "ida"), 420)

    def test_a_clash(self):
        rota = Rota()
        rota.add(Shift("ida", 480, 720))
        with self.assertRaises(Clash):
            rota.add(Shift("ida", 700, 900))
