"""The end of `postil fix`: the result on standard output, the files that are to be written, the exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from postil.cli.fix.options import EXIT_NOT_FIXED, FixOptions
from postil.cli.fix.show import tell_cost
from postil.cli.running import say
from postil.service.models.stores import WrongUsage
from postil.service.verify.apply import apply_changes
from postil.service.verify.events import Change, Cost
from postil.service.verify.trouble import ApplyTrouble


def applied_changes(options: FixOptions, changes: Sequence[Change]) -> bool:
    """Whether the changes were wanted and have been written."""
    if not options.apply or not changes:
        return False
    try:
        apply_changes(changes)
    except ApplyTrouble as trouble:
        say(str(trouble))
        return False
    return True


def tell_result(
    options: FixOptions, text: str, changes: Sequence[Change], cost: Cost, *, applied: bool, code: int
) -> int:
    """Print the result, write what is to be written, and say what it took; the exit code."""
    sys.stdout.write(text)
    sys.stdout.flush()
    if changes and options.output is not None:
        try:
            options.output.write_bytes(b"".join(change.patch_data for change in changes))
        except OSError as error:
            raise WrongUsage(f"--output: can't write {options.output}: {error.strerror or error}") from None
    tell_cost(cost)
    if applied:
        paths = ", ".join(change.path for change in changes)
        say(f"{paths} is fixed" if len(changes) == 1 else f"{paths} are fixed")
    elif changes and options.apply:
        return EXIT_NOT_FIXED
    elif changes:
        say("nothing was changed: --apply writes it")
    return code
