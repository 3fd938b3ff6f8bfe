from datetime import UTC, datetime, timedelta, timezone

from subject import reading_time_utc

zone = timezone(timedelta(hours=2))
expected = datetime(2024, 7, 1, 10, 0, tzinfo=UTC)
for text in ("2024-07-01T12:00:00", "2024-07-01T10:00:00Z", "2024-07-01T05:00:00-05:00"):
    result = reading_time_utc(text, zone)
    assert result == expected
    assert result.tzinfo is UTC
