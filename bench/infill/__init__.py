"""The infill evaluation: does what is filled in pass the tests?"""
