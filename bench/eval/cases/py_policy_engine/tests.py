import json

from subject import PolicyEngine


def statement(effect, actions, resources):
    return {"effect": effect, "actions": actions, "resources": resources}


engine = PolicyEngine()
engine.load("editors", json.dumps({"statements": [statement("allow", ["page:*"], ["wiki/*"])]}))
engine.load(
    "interns",
    json.dumps(
        {"statements": [statement("deny", ["page:delete"], ["*"]), statement("allow", ["page:read"], ["hr/*"])]}
    ),
)
engine.join("ada", "editors")
engine.join("bob", "editors")
engine.join("bob", "interns")

assert engine.is_allowed("ada", "page:delete", "wiki/home")
assert not engine.is_allowed("ada", "page:read", "hr/pay")
assert not engine.is_allowed("cyd", "page:read", "wiki/home")
assert engine.is_allowed("bob", "page:edit", "wiki/home")
assert engine.is_allowed("bob", "page:read", "hr/pay")
assert not engine.is_allowed("bob", "page:delete", "wiki/home")
assert engine.allowed_resources("ada", "page:read", ["wiki/a", "hr/b", "wiki/c"]) == ["wiki/a", "wiki/c"]
