from datetime import datetime, timedelta

from subject import CarPark, Tariff, revenue_cents

hour = timedelta(hours=1)
tariff = Tariff(unit=hour, unit_cents=250, day_cents=2000)
start = datetime(2026, 4, 1, 8)
for stay, cents in (
    (timedelta(minutes=10), 0),
    (timedelta(minutes=11), 250),
    (hour, 250),
    (timedelta(minutes=61), 500),
    (timedelta(minutes=100), 500),
    (10 * hour, 2000),
    (24 * hour, 2000),
    (25 * hour, 2250),
):
    assert tariff.fee_cents(start, start + stay) == cents, stay

park = CarPark(2, tariff)
park.enter("B-1", start)
park.enter("B-2", start + hour)
assert park.free_places == 0
assert park.long_stays(start + 3 * hour, hour) == ["B-1", "B-2"]
assert park.long_stays(start + 3 * hour, 2 * hour) == ["B-1"]
receipt = park.leave("B-1", start + 2 * hour)
assert receipt.render() == "B-1: 2026-04-01 08:00 to 2026-04-01 10:00, 5.00"
assert revenue_cents([receipt, receipt]) == 1000 and park.free_places == 1
for plate, error in (("B-2", ValueError),):
    try:
        park.enter(plate, start)
    except error:
        pass
    else:
        raise AssertionError(plate)
