"""Feature flags from an environment variable."""

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})


def parse_flags(text: str) -> dict[str, bool]:
    """The flags in a text such as `new-search=on, beta=false, dark-mode`.

    A flag without a value is on; with a value it is on only if that is one of TRUE_WORDS.
    """
    flags: dict[str, bool] = {}
    for item in text.split(","):
        if not item.strip():
            continue
        name, separator, value = item.partition("=")
        if not separator:
            flags[name.strip()] = True
            continue
        flags[name.strip()] = value.strip().lower() in TRUE_WORDS
    return flags
