from subject import AccessDenied, Directory, Role

directory = Directory([Role("reader", {"read"}), Role("editor", {"write"}, parent="reader"), Role("none")])
directory.assign("ann", "editor")
directory.assign("bob", "reader")
assert directory.permissions("ann") == {"read", "write"}
assert directory.allows("ann", ["read", "write"])
assert not directory.allows("bob", ["delete"])
assert not directory.allows("bob", ["read", "write"])
directory.require("ann", {"read": "see pages", "write": "change pages"})
try:
    directory.require("bob", {"read": "see pages", "write": "change pages"})
except AccessDenied as error:
    assert str(error) == "bob may not: change pages"
else:
    raise AssertionError("bob got through")
directory.revoke("ann", "editor")
assert directory.permissions("ann") == set()
