import hashlib

from subject import BUCKETS, Rollout, Rollouts, bucket_of

users = [f"user-{number}" for number in range(200)]
for user in users[:20]:
    expected = int.from_bytes(hashlib.sha256(f"search:{user}".encode()).digest()[:8], "big") % BUCKETS
    assert bucket_of("search", user) == expected
rollouts = Rollouts.from_json(
    '{"search": {"share": 0.5, "always": ["ada"], "never": ["bob"]}, "chat": {"share": 1}, "export": {"share": 0}}'
)
assert rollouts.is_on("search", "ada") and not rollouts.is_on("search", "bob") and not rollouts.is_on("x", "ada")
assert all(rollouts.is_on("chat", user) and not rollouts.is_on("export", user) for user in users)
assert 60 < sum(rollouts.is_on("search", user) for user in users) < 140
assert rollouts.features_of("ada") == ["chat", "search"]
assert rollouts.etag("ada") != rollouts.etag("bob")
for broken in (lambda: Rollout("x", 1.5), lambda: Rollout("x", 0, frozenset("a"), frozenset("a"))):
    try:
        broken()
    except ValueError:
        pass
    else:
        raise AssertionError("no ValueError")
