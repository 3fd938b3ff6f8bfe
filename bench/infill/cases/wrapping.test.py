from wrapping import indent, table, truncate, wrap

assert wrap("the quick brown fox", 9) == ["the quick", "brown fox"]
assert wrap("a incomprehensible b", 5) == ["a", "incomprehensible", "b"]
assert wrap("  ", 5) == []
assert truncate("hello", 5) == "hello"
assert truncate("hello world", 7) == "hello…"
assert truncate("abcdefgh", 6, "...") == "abc..."
assert indent("a\n\nb") == "    a\n\n    b"
assert indent("x", "> ") == "> x"
assert table([("id", "name"), (10, "x"), (7, "longer")]) == "id  name\n10  x\n7   longer"
