"""Fetches a page from whoever has it."""

from attempts import attempts


class Missing(Exception):
    """Nobody has it."""


def fetch(read, name, most=3):
    try:
        return attempts(lambda: read(name), most)
    except OSError as error:
        raise Missing(name) from error
