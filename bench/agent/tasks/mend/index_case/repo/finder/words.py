"""The words of a text."""

import re


def words(text):
    """In lower case, in their order."""
    return re.findall(r"[a-zäöüß]+", text.casefold().replace("ß", "ss"))
