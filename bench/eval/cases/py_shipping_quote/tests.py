from decimal import Decimal

from subject import Parcel, UnsupportedRouteError, chargeable_weight, quote

parcel = Parcel(Decimal(2), Decimal(10), Decimal(10), Decimal(10))
assert chargeable_weight(parcel) == 2
assert chargeable_weight(Parcel(Decimal(1), Decimal(50), Decimal(50), Decimal(10))) == 5
assert quote(parcel, "DE", "DE") == Decimal("2.20")
assert quote(parcel, "DE", "CH") == Decimal("6.80")
assert quote(parcel, "CH", "DE") == Decimal("5.80")
try:
    quote(parcel, "DE", "US")
except UnsupportedRouteError:
    pass
else:
    raise AssertionError("no error for an unknown route")
