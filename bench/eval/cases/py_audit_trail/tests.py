import dataclasses
import json
import time
from datetime import UTC, datetime

from subject import GENESIS, AuditTrail, first_broken

trail = AuditTrail()
assert trail.head == GENESIS
given = datetime(2026, 1, 2, tzinfo=UTC)
first = trail.record("ada", "login", at=given)
assert first.moment == given and first.previous == GENESIS and trail.head == first.digest

time.sleep(0.01)
before = datetime.now(UTC)
second = trail.record("ada", "delete", "page/7")
assert before <= second.moment <= datetime.now(UTC)
assert second.previous == first.digest and len(trail) == 2
assert trail.of_actor("ada") == [first, second] and trail.of_actor("bob") == []
assert trail.of_actor("ada", since=before) == [second]
assert json.loads(json.dumps(trail.export()))[1]["target"] == "page/7"
assert first_broken(list(trail)) is None
assert first_broken([dataclasses.replace(first, actor="bob"), second]) == 1
