"""Programs that run in a Python of the user's project: plugins of test runners, copied beside a scratch copy. Nothing
of Postil imports them, and they import nothing of Postil's.
"""
