"""`postil`, whose fixes and reviews are told so many characters of definitions, whatever the profiles say."""

from __future__ import annotations

import sys

import msgspec

from postil.core.review import profile


def use(chars: int) -> None:
    """Must run before anything imports `profiles`: all of Postil then gets these."""
    rules = {
        name: msgspec.structs.replace(one.definitions, fix_chars=chars, review_chars=chars)
        for name, one in profile.profiles().items()
    }
    changed = {name: msgspec.structs.replace(one, definitions=rules[name]) for name, one in profile.profiles().items()}
    profile.profiles = lambda: changed


if __name__ == "__main__":
    use(int(sys.argv.pop(1)))
    # Only now: the command line imports `profiles` by its name.
    from postil.__main__ import main

    main()
