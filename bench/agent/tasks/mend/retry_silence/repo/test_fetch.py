import unittest

from fetch import Missing, fetch


class Flaky:
    def __init__(self, failures):
        self.left = failures
        self.calls = 0

    def read(self, name):
        self.calls += 1
        if self.left:
            self.left -= 1
            raise OSError("busy")
        return name.upper()


class FetchTest(unittest.TestCase):
    def test_the_third_time(self):
        self.assertEqual(fetch(Flaky(2).read, "a"), "A")

    def test_never(self):
        flaky = Flaky(9)
        with self.assertRaises(Missing):
            fetch(flaky.read, "a")
        self.assertEqual(flaky.calls, 3)
