from config_merge import flatten, from_environment, lookup, merge

base = {"server": {"port": 80, "host": "x"}, "debug": True, "tags": ["a"]}
merged = merge(base, {"server": {"port": 90}, "debug": None, "new": {"k": [1]}, "tags": ["b"]})
assert merged == {"server": {"port": 90, "host": "x"}, "tags": ["b"], "new": {"k": [1]}}, merged
merged["server"]["host"] = "changed"
assert base == {"server": {"port": 80, "host": "x"}, "debug": True, "tags": ["a"]}
assert lookup(base, "server.port") == 80
assert lookup(base, "server.port.deep") is None
assert lookup(base, "nothing.here", 5) == 5
found = from_environment({"APP_SERVER__PORT": "80", "APP_DEBUG": "1", "HOME": "/", "APP_SERVER__HOST": "h"})
assert found == {"server": {"port": "80", "host": "h"}, "debug": "1"}
assert flatten({"a": {"b": 1, "c": {"d": 2}}, "e": 3}) == {"a.b": 1, "a.c.d": 2, "e": 3}
