"""`postil review`: the command and its options, the files to review, the engine, the loop, the baseline.

How findings are printed belongs to `cli.report`; how a unit is reviewed to `service.review`.
"""
