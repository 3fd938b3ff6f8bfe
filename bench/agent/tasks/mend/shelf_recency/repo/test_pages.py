import unittest

from pages import Pages


class PagesTest(unittest.TestCase):
    def test_made_once(self):
        pages = Pages(str.upper)
        self.assertEqual([pages.page("a"), pages.page("a")], ["A", "A"])
        self.assertEqual(pages.made, 1)

    def test_what_is_used_stays(self):
        pages = Pages(str.upper, most=2)
        for name in ("a", "b", "a", "c", "a"):
            pages.page(name)
        self.assertEqual(pages.made, 3)
