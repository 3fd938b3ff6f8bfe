import unittest

from attempts import attempts


class MoreTest(unittest.TestCase):
    def test_the_failure_itself(self):
        failure = OSError("gone")

        def work():
            raise failure

        with self.assertRaises(OSError) as found:
            attempts(work, 2)
        self.assertIs(found.exception, failure)

    def test_another_one_at_once(self):
        calls = []

        def work():
            calls.append(1)
            raise KeyError("x")

        with self.assertRaises(KeyError):
            attempts(work, 5)
        self.assertEqual(len(calls), 1)

    def test_none_is_a_result(self):
        self.assertIsNone(attempts(lambda: None, 1))
