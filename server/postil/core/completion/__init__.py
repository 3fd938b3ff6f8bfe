"""An inline completion: the window around the cursor, the request, where the answer ends, and how it fits the document.

So are the cache of answers and the debounce, which take the time as an argument. What runs is in `service/completion`.
"""
