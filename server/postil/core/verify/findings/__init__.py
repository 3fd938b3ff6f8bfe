"""What other tools find in code: the table of tools, the readers of their output, and what counts as mended.

`tools` is the table, `finding` the value, `reports` and `sarif` read a run's output, `oracle` gives the verdict on a
candidate, `silenced` refuses those that switch the tool off. Starting a tool is `service.verify`'s.
"""
