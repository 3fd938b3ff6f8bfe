"""All layers of a program's settings."""

import json

from layers.merge import merge


def load(*texts):
    """The settings of JSON texts; later ones win."""
    settings = {}
    for text in texts:
        settings = merge(settings, json.loads(text))
    return settings
