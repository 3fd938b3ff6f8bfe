from subject import Author, Comment, ModerationQueue, needs_review, submit_all, urgency

new, old = Author("new", 2), Author("old", 300)
assert needs_review(Comment(new, "hi")) and not needs_review(Comment(old, "hi"))
links = "http://a HTTPS://b https://c"
assert needs_review(Comment(old, links)) and not needs_review(Comment(old, "http://a https://b"))
assert not needs_review(Comment(Author("staff", 300, trusted=True), links))
assert not needs_review(Comment(Author("guest", 0, trusted=True), "hi"))
assert urgency(Comment(new, links, reports=2)) == 26

queue = ModerationQueue()
first, second, third, fine = Comment(new, "1"), Comment(new, "2"), Comment(old, links, reports=1), Comment(old, "ok")
assert submit_all(queue, [first, second, third, fine]) == [fine] and len(queue) == 3
assert [queue.take(), queue.take(), queue.take(), queue.take()] == [third, first, second, None]
submit_all(queue, [first, third, second])
assert queue.drop_author("new") == 2 and queue.take() == third and len(queue) == 0
