import sqlite3

from subject import search_customers

db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE customers (id INTEGER, name TEXT)")
db.executemany("INSERT INTO customers VALUES (?, ?)", [(1, "Moira O'Hara"), (2, "Ben 100%"), (3, "Ada")])
assert search_customers(db, "Ada") == [(3, "Ada")]
assert search_customers(db, "%") == [(2, "Ben 100%")]
assert search_customers(db, "O'Hara") == [(1, "Moira O'Hara")]
assert search_customers(db, "zz' OR 1=1 --") == []
