"""Which model of the engines that answer serves a role: what a name means (`candidates`), what it would run on
(`machine`), and the pick.

How models are ranked is pure and belongs in `core/models/choice`; which engines there are, in `engine/choose`.
"""
