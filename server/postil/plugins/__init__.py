"""Programs that run outside of Postil's own processes: plugins of test runners, copied beside a scratch copy, in a
Python of the user's project; and what confines a command. Nothing of Postil imports them, and they import nothing of
Postil's.
"""
