from datetime import datetime, timedelta

from subject import Calendar, Slot, common_slots, first_meeting, free_slots


def at(start, end):
    day = datetime(2026, 3, 2)
    return Slot(day + timedelta(hours=start), day + timedelta(hours=end))


window = at(9, 17)
assert free_slots(window, []) == [window]
assert free_slots(window, [at(8, 10), at(12, 13), at(18, 19)]) == [at(10, 12), at(13, 17)]
assert free_slots(window, [at(13, 18), at(9, 12)]) == [at(12, 13)]
assert free_slots(window, [at(10, 15), at(11, 12)]) == [at(9, 10), at(15, 17)]

ada, bob = Calendar("ada"), Calendar("bob")
ada.book(at(9, 12))
bob.book(at(10, 11))
bob.book(at(13, 14))
assert common_slots(window, [ada, bob], timedelta(hours=2)) == [at(14, 17)]
assert first_meeting(window, [ada, bob], timedelta(hours=1)) == at(12, 13)
assert first_meeting(window, [ada, bob], timedelta(hours=4)) is None
assert bob.cancel(at(13, 14)) and not bob.cancel(at(13, 14))
assert first_meeting(window, [ada, bob], timedelta(hours=4)) == at(12, 16)
