import unittest

from cart import Cart


class CartTest(unittest.TestCase):
    def test_few_pieces(self):
        cart = Cart()
        cart.add("tea", 2)
        cart.add("mug")
        self.assertEqual(cart.total(), 2210)

    def test_ten_pieces_have_one_discount(self):
        cart = Cart()
        cart.add("tea", 10)
        self.assertEqual(cart.total(), 4080)

    def test_an_unknown_name(self):
        with self.assertRaises(KeyError):
            Cart().add("moon")


if __name__ == "__main__":
    unittest.main()
