from lru import LruCache

cache = LruCache(2)
assert cache.hit_rate() == 0.0
cache.put("a", 1)
cache.put("b", 2)
assert cache.get("a") == 1
cache.put("c", 3)
assert len(cache) == 2
assert cache.get("b") is None
assert cache.get("b", 7) == 7
assert cache.get("a") == 1 and cache.get("c") == 3
assert (cache.hits, cache.misses) == (3, 2)
assert cache.hit_rate() == 0.6
cache.put("a", 9)
cache.put("d", 4)
assert cache.get("c") is None and cache.get("a") == 9
try:
    LruCache(0)
except ValueError:
    pass
else:
    raise AssertionError
