import unittest

from gate.window import Window


class MoreTest(unittest.TestCase):
    def test_slides(self):
        window = Window(10)
        for at in (0, 5, 9):
            window.note(at)
        self.assertEqual([window.count(9), window.count(12), window.count(16), window.count(40)], [3, 2, 1, 0])
