"""The command line: one file per sub-command, `app` has their table.

A sub-command parses arguments, calls `service`, prints, and maps errors to exit codes; it has no logic of its own.
`review` and `report` are the parts of `postil review`; `running` and `user_*` are shared by all.
"""
