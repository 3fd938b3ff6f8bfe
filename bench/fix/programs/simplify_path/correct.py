"""Paths of files."""


def simplify(path):
    """An absolute path without `.`, `..`, and empty parts. The folder above the root is the root."""
    parts = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if parts:
                parts.pop()
        else:
            parts.append(part)
    return "/" + "/".join(parts)
