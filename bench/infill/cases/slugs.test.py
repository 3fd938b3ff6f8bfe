from slugs import slugify, title_from_slug, unique_slug

assert slugify("Hello, World!") == "hello-world"
assert slugify("  Crème   brûlée -- 2nd try ") == "creme-brulee-2nd-try"
assert slugify("one two three", longest=9) == "one-two"
assert slugify("one two three", longest=7) == "one-two"
assert slugify("abcdefghij", longest=4) == "abcd"
assert unique_slug("A b", set()) == "a-b"
assert unique_slug("A b", {"a-b"}) == "a-b-2"
assert unique_slug("A b", {"a-b", "a-b-2", "a-b-3"}) == "a-b-4"
assert unique_slug("!!!", set()) == "untitled"
assert title_from_slug("hello-big-world") == "Hello big world"
assert title_from_slug("") == ""
