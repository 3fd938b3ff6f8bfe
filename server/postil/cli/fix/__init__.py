"""`postil fix`: the command and its options, what it shows while it looks, and the result as text or JSON.

How a fix is found and proved belongs to `service.verify`.
"""
