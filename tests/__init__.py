"""Tests. Each folder says in its `__init__.py` what it needs; scripts/test and scripts/check say what runs when."""
