from subject import layered

defaults = {"db": {"host": "localhost", "port": 5432}, "debug": False}
overrides = {"db": {"host": "db1"}, "tags": ["x"]}
merged = layered(defaults, overrides)
assert merged == {"db": {"host": "db1", "port": 5432}, "debug": False, "tags": ["x"]}
assert defaults == {"db": {"host": "localhost", "port": 5432}, "debug": False}
merged["tags"].append("y")
assert overrides["tags"] == ["x"]
