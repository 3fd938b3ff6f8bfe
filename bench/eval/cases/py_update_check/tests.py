from subject import update_notice

assert update_notice("1.9.2", "1.9.3") == "Version 1.9.3 is available (installed: 1.9.2)."
assert update_notice("1.9.2", "1.9.2") is None
assert update_notice("1.9.2", "1.9.3", frozenset({"1.9.3"})) is None
assert update_notice("1.9.2", "1.10.0") is not None
assert update_notice("1.10.0", "1.9.2") is None
