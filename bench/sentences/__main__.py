"""`make eval EVAL=sentences`: each case's fix and the way back, with what a note would say of it."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections import Counter
from collections.abc import Iterator

from bench.eval.cases import CASES, Case, load_cases

from postil.core.change.describe import describe
from postil.core.change.words import sentence
from postil.core.syntax.split import split_units
from postil.core.syntax.units import Unit

# Sentences that quote the lines because nothing more exact is known.
BY_LINES = frozenset({"add", "add_lines", "remove", "remove_lines", "replace", "rewrite_lines"})


def changes(case: Case) -> Iterator[tuple[Unit, Unit]]:
    """The units that differ, from the fault to the fix and back."""
    pairs = zip(split_units(case.faulty, case.language), split_units(case.correct, case.language), strict=False)
    for faulty, correct in pairs:
        if faulty.text != correct.text:
            yield faulty, correct
            yield correct, faulty


def hunk(old: Unit, new: Unit) -> tuple[list[str], list[str]]:
    """The lines from the first difference to the last."""
    matcher = difflib.SequenceMatcher(None, old.lines, new.lines, autojunk=False)
    places = [one for one in matcher.get_opcodes() if one[0] != "equal"]
    return old.lines[places[0][1] : places[-1][2]], new.lines[places[0][3] : places[-1][4]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make eval EVAL=sentences", description=__doc__)
    parser.add_argument("--split", default="all", choices=("tune", "held-out", "ablation", "last-look", "all"))
    parser.add_argument("--language", default="en", choices=("en", "zh"))
    options = parser.parse_args()
    kinds: Counter[str] = Counter()
    for case in load_cases(CASES):
        if options.split not in ("all", case.split):
            continue
        for old, new in changes(case):
            before, after = hunk(old, new)
            said = describe(old.text, new.text, old.language, old.kind, before, after)
            kinds["by its lines" if said[0].key in BY_LINES else "by its meaning"] += 1
            print(f"\n{case.name}, {old.name}")
            print("\n".join([*(f"-{line}" for line in before), *(f"+{line}" for line in after)]))
            print(f"=> the fix {sentence(said, options.language)}.")
    print(f"\n{sum(kinds.values())} changes: " + ", ".join(f"{count} told {kind}" for kind, count in kinds.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
