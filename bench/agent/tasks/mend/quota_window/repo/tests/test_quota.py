import unittest

from gate.quota import Quota


class QuotaTest(unittest.TestCase):
    def test_full(self):
        quota = Quota(2, 60)
        self.assertEqual([quota.admits("ada", at) for at in (0, 1, 2)], [True, True, False])

    def test_open_again(self):
        quota = Quota(2, 60)
        for at in (0, 1):
            quota.admits("ada", at)
        self.assertTrue(quota.admits("ada", 62))

    def test_each_user(self):
        quota = Quota(1, 60)
        self.assertTrue(quota.admits("ada", 0))
        self.assertTrue(quota.admits("bo", 0))
