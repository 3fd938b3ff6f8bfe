"""A number that outlives the process."""

import tempfile
from pathlib import Path


class Counter:
    """Counts in a file."""

    def __init__(self, name):
        self.path = Path(tempfile.gettempdir()) / f"{name}.count"

    def increase(self):
        """The number after it was increased."""
        number = int(self.path.read_text()) + 1 if self.path.exists() else 1
        self.path.write_text(str(number))
        return number
