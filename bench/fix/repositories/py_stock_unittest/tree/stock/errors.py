"""What can go wrong."""


class NotEnough(Exception):
    """There are fewer items than are wanted."""
