from shifts import hours_of_week
from shifts.length import length, paid


def test_over_midnight():
    assert length("23:59", "00:01") == 2
    assert length("18:00", "00:00") == 360


def test_paid_night():
    assert paid("20:00", "04:30") == 480
    assert paid("22:00", "01:00") == 180


def test_nights():
    assert hours_of_week([("22:00", "02:00")] * 2) == 8
