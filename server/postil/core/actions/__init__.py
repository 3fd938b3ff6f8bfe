"""The actions of a persona: the code that one is about, its request, and the edit that its answer becomes.

Quick fixes of findings are in `core/review/quick_fixes`; running an action is in `service/actions`.
"""
