"""Tests of fixes that a check proves: real commands in real copies, with a scripted model. Each runs its check many
times, which is why they aren't in `make check`.

Needs Python packages and git.
"""
