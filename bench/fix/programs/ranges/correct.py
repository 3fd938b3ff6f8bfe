"""Short lists of pages."""


def ranges(pages):
    """Sorted numbers as a text such as `1-3, 5, 7-8`."""
    parts = []
    index = 0
    while index < len(pages):
        first = last = pages[index]
        while index + 1 < len(pages) and pages[index + 1] == last + 1:
            index += 1
            last = pages[index]
        parts.append(str(first) if first == last else f"{first}-{last}")
        index += 1
    return ", ".join(parts)
