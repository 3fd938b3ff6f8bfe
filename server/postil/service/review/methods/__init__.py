"""How one unit is read: by letting the model edit it (`edit`), or list its findings (`list`).

Which units are read, when, and what is kept of it belongs in `service/review`.
"""
