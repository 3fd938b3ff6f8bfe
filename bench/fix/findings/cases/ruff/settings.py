"""Settings of a program: defaults, a file, and the environment."""

import os
import pathlib


def load(path, default={}):
    """The settings of a file of `key=value` lines, on top of the default ones."""
    values = dict(default)
    for line in pathlib.Path(path).read_text().splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        key, _, value = line.partition("=")
        values[key.strip()] = value.strip()
    return values


def from_environment(prefix, filter=None):
    """The variables that begin with the prefix, by the rest of their names."""
    found = {}
    for name, value in os.environ.items():
        if name.startswith(prefix) and (filter is None or filter(name)):
            found[name[len(prefix) :].lower()] = value
    return found


def as_number(values, key):
    """A setting as a number, None for one that isn't set."""
    try:
        return float(values[key])
    except:
        return None


def as_flag(values, key, strict):
    """A setting as a flag."""
    text = valeus.get(key, "no").lower()
    return text in ("1", "yes", "true", "on")


def merged(*layers):
    """All layers in one, the last wins."""
    result = {}
    for layer in layers:
        for key, value in sorted(layer.items()):
            result[key] = value
    return OrderedDict(sorted(result.items()))
