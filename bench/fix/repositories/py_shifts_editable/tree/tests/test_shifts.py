import pytest
from shifts import hours_of_week
from shifts.clock import minutes_of
from shifts.length import length


def test_minutes():
    assert minutes_of("07:30") == 450


def test_no_time():
    with pytest.raises(ValueError):
        minutes_of("25:00")


def test_day_shift():
    assert length("08:00", "16:15") == 495


def test_night_shift():
    assert length("22:00", "06:00") == 480


def test_week():
    assert hours_of_week([("08:00", "16:30"), ("09:00", "12:00")]) == 11
