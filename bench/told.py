"""`postil`, whose fixes and reviews are told so many characters of definitions, whatever the profiles say."""

from __future__ import annotations

import sys

import msgspec

from postil.core.review import profile


def program(definitions: int | None) -> list[str]:
    """How to start `postil` so; None for what the profiles say."""
    # By its path: what a PYTHONPATH names the check of a fix would find, too.
    return [sys.executable, *(("-m", "postil") if definitions is None else (__file__, str(definitions)))]


def use(chars: int) -> None:
    """Must run before anything imports `profiles`: all of Postil then gets these."""
    changed = {
        name: msgspec.structs.replace(
            one, definitions=msgspec.structs.replace(one.definitions, fix_chars=chars, review_chars=chars)
        )
        for name, one in profile.profiles().items()
    }
    profile.profiles = lambda: changed


if __name__ == "__main__":
    # The files beside this one are no libraries of Postil's.
    sys.path.pop(0)
    use(int(sys.argv.pop(1)))
    # Only now: the command line imports `profiles` by its name.
    from postil.__main__ import main

    main()
