"""Work with slash-separated path names, without touching the disk."""


def normalise(path):
    """Remove empty and `.` segments and resolve `..`; a path never leaves its root."""
    parts = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if parts:
                parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def split_extension(path):
    """Split `dir/name.ext` into `dir/name` and `.ext`; hidden files have no extension."""
    folder, slash, name = path.rpartition("/")
    dot = name.rfind(".")
    if dot <= 0:
        return path, ""
    return folder + slash + name[:dot], name[dot:]


def is_inside(path, folder):
    """Whether a path is the folder itself or somewhere below it."""
    path, folder = normalise(path), normalise(folder)
    return path == folder or path.startswith(folder + "/")


def common_folder(paths):
    """The deepest folder that contains all the paths."""
    split = [normalise(path).split("/")[:-1] for path in paths]
    common = []
    for parts in zip(*split):
        if len(set(parts)) != 1:
            break
        common.append(parts[0])
    return "/".join(common)
