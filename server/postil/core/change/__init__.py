"""Says what a change of code does, in words that are derived from the two syntax trees and not written by a model.

Whether the change is right is not its business: that is a check's (`core/verify`) or a model's opinion (`core/review`).
"""
