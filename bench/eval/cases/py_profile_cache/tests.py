import sqlite3

from subject import ProfileStore

db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE users (id INTEGER, display_name TEXT, email TEXT)")
db.execute("INSERT INTO users VALUES (1, 'Ann', 'ann@example.org')")
store = ProfileStore(db)
assert store.get(2) is None
assert store.get(1).display_name == "Ann"
store.change_email(1, "a@example.org")
assert store.get(1).email == "a@example.org"
store.rename(1, "Anna")
assert store.get(1).display_name == "Anna"
store.delete(1)
assert store.get(1) is None
