"""Measurements: speed (`python -m bench`) and quality (`python -m bench.eval`). Never part of the tests."""
