import unittest

from cart import Cart


class MoreTest(unittest.TestCase):
    def test_ten_pieces_of_two_kinds_have_none(self):
        cart = Cart()
        cart.add("tea", 5)
        cart.add("sieve", 5)
        self.assertEqual(cart.total(), 6350)

    def test_only_the_line_of_ten(self):
        cart = Cart()
        cart.add("tea", 10)
        cart.add("mug")
        self.assertEqual(cart.total(), 5330)
