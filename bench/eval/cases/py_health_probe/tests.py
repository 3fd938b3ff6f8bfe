import contextlib
import types
import urllib.request

from subject import Probe, is_healthy

seen = []


def fake(request, timeout):
    seen.append(timeout)
    if "down" in request.full_url:
        raise ConnectionRefusedError
    return contextlib.nullcontext(types.SimpleNamespace(status=200))


urllib.request.urlopen = fake
assert is_healthy(Probe("http://up.example"))
assert not is_healthy(Probe("http://down.example", timeout_ms=500))
assert seen == [2.0, 0.5]
