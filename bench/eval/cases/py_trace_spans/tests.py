from itertools import count

from subject import Tracer, render

ticks = count()
tracer = Tracer(lambda: float(next(ticks)))
tracer.tag("ignored", "yes")
with tracer.span("request", path="/a") as request:
    with tracer.span("query") as query:
        tracer.tag("table", "users")
    tracer.tag("status", "200")
assert request.tags == {"path": "/a", "status": "200"} and query.tags == {"table": "users"}
assert query.seconds == 1.0 and request.seconds == 3.0 and tracer.own_seconds(request) == 2.0
assert tracer.children_of(request) == [query]
assert render(tracer) == ["request 3000 ms", "  query 1000 ms"]

tracer = Tracer(lambda: float(next(ticks)))
with tracer.span("request") as request:
    try:
        with tracer.span("query") as query:
            assert query.seconds is None
            raise KeyError("x")
    except KeyError:
        pass
    tracer.tag("status", "500")
    with tracer.span("fallback") as fallback:
        pass
assert query.seconds == 1.0
assert request.tags == {"status": "500"} and query.tags == {}
assert fallback.parent_id == request.id
assert tracer.finished == [query, fallback, request]
