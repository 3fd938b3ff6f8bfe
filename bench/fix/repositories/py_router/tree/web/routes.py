"""Routes such as `/users/{id}`."""


def parts_of(path):
    """The parts of a path without empty ones."""
    return [part for part in path.split("/") if part]


def match(route, path):
    """The values of the route's names in a path, None when the path isn't one of the route's."""
    wanted, given = parts_of(route), parts_of(path)
    if len(wanted) != len(given):
        return None
    values = {}
    for want, part in zip(wanted, given):
        if want.startswith("{") and want.endswith("}"):
            values[want[1:-1]] = part
        elif want != part:
            return None
    return values
