from job_queue import Empty, JobQueue

queue = JobQueue()
queue.push("c")
first = queue.push("a", priority=1)
queue.push({"not": "comparable"}, 5)
gone = queue.push({"also": "not"}, 5)
queue.push("d")
assert (first, gone) == (1, 3)
assert len(queue) == 5
queue.cancel(gone)
assert len(queue) == 4
assert queue.pop() == "a"
assert queue.drain() == [{"not": "comparable"}, "c", "d"]
assert len(queue) == 0
try:
    queue.pop()
except Empty:
    pass
else:
    raise AssertionError
