"""Calibrates a model on a repository: reads its history, asks the model, keeps what was found (`postil calibrate`).

What follows from the readings is pure and in `core/calibrate`.
"""
