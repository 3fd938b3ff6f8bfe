"""What test runners tell machines: reports of tests, and which functions they run. How the runners are started belongs
to `runners`; what follows from a report belongs to the files above.
"""
