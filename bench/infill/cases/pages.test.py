from pages import links, paginate

items = list(range(95))
page = paginate(items, 2)
assert page.items == list(range(10, 20))
assert (page.number, page.last, page.total) == (2, 10, 95)
assert page.has_next is True and page.has_previous is True
assert page.describe() == "11-20 of 95"
last = paginate(items, 99)
assert last.number == 10 and last.items == [90, 91, 92, 93, 94]
assert last.describe() == "91-95 of 95"
assert last.has_next is False
assert paginate(items, -4).number == 1 and paginate(items, 1).has_previous is False
empty = paginate([], 3)
assert (empty.items, empty.number, empty.last) == ([], 1, 1)
assert empty.describe() == "nothing found"
assert links(paginate(items, 5)) == [1, None, 3, 4, 5, 6, 7, None, 10]
assert links(paginate(items, 1), around=1) == [1, 2, None, 10]
assert links(empty) == [1]
