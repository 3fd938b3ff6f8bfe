"""What a crossing costs, in cents, by island and kind of traveller."""

TARIFF = {
    "hallig": {"adult": 1450, "child": 600, "bicycle": 350},
    "norder": {"adult": 1980, "child": 840, "bicycle": 420},
    "sandey": {"adult": 2225, "child": 990, "bicycle": 420},
    "utholm": {"adult": 3110, "child": 1300, "bicycle": 560},
}

GROUP_SIZE = 11


def price_of(island: str, kind: str) -> int:
    """KeyError for an island without boats."""
    return TARIFF[island][kind]
