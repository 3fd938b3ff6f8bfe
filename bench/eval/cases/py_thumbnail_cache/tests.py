from subject import ThumbnailCache

cache = ThumbnailCache(10)
assert cache.get("a/1/64") is None
assert cache.put("a/1/64", b"1234")
assert cache.put("a/2/64", b"1234")
assert cache.get("a/1/64") == b"1234"
assert cache.used == 8 and len(cache) == 2
assert cache.stats.hit_rate == 0.5

assert cache.put("b/1/64", b"123")
assert cache.get("a/2/64") is None and cache.used == 7 and cache.stats.evictions == 1

assert cache.put("b/1/64", b"12345")
assert cache.used == 9 and len(cache) == 2
assert not cache.put("b/1/64", b"x" * 11)
assert cache.get("b/1/64") is None and cache.used == 4
assert cache.discard_album("a") == 1
assert cache.used == 0 and not cache.discard("a/1/64")
