import unittest

from notebook.note import Note


class MoreTest(unittest.TestCase):
    def test_two_notes(self):
        one, other = Note("a"), Note("b")
        one.tag("x")
        self.assertEqual(list(other.tags), [])
        other.tag("y")
        self.assertEqual(list(one.tags), ["x"])

    def test_given(self):
        note = Note("a", tags=["x"])
        note.tag("y")
        self.assertEqual(list(note.tags), ["x", "y"])
