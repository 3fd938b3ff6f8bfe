from datetime import datetime, timedelta

from subject import Rule, StoredObject, is_expired, purge, rule_for


class FakeStorage:
    def __init__(self, items):
        self.items = {item.key: item for item in items}

    def list_objects(self):
        return list(self.items.values())

    def delete(self, key):
        del self.items[key]


now = datetime(2026, 6, 1)
rules = [Rule("logs/", timedelta(days=30)), Rule("logs/audit/", timedelta(days=365))]
items = [
    StoredObject("logs/b", 5, now - timedelta(days=31)),
    StoredObject("logs/a", 7, now - timedelta(days=40)),
    StoredObject("logs/new", 1, now - timedelta(days=30)),
    StoredObject("logs/audit/x", 1, now - timedelta(days=90)),
    StoredObject("logs/held", 1, now - timedelta(days=90), on_hold=True),
    StoredObject("photos/y", 1, now - timedelta(days=900)),
]
assert rule_for("logs/audit/x", rules) is rules[1] and rule_for("photos/y", rules) is None
assert [is_expired(item, rules, now) for item in items] == [True, True, False, False, False, False]

storage = FakeStorage(items)
report = purge(storage, rules, now)
assert len(storage.items) == 6
assert report.keys == ("logs/a", "logs/b") and report.summary() == "would delete 2 objects, 12 bytes"
report = purge(storage, rules, now, dry_run=False)
assert sorted(storage.items) == ["logs/audit/x", "logs/held", "logs/new", "photos/y"]
assert report.summary() == "deleted 2 objects, 12 bytes"
assert purge(storage, rules, now).keys == ()
