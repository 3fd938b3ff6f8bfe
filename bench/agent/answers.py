"""Whether a text answers a question: strings that must be in it, and such that a guess or a dump would bring."""

from __future__ import annotations

import re

import msgspec

# An answer to one of our questions is a sentence or two: a whole file read out is none.
MOST_WORDS = 120

_THOUSANDS = re.compile(r"(?<=\d)[,_\u2009\u202f'](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`all`: of each group one string must be there. `none`: none of these may be. All without regard to case, at the
    bounds of words; `12` also stands in `12.0`, `12s` and, as `1200`, in `1,200`. `right` and `wrong`: examples."""

    all: tuple[tuple[str, ...], ...]
    none: tuple[str, ...] = ()
    most_words: int = MOST_WORDS
    right: tuple[str, ...]
    wrong: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.all or not all(self.all):
            raise ValueError("all: at least one group with at least one string")
        if not self.right or not self.wrong:
            raise ValueError("right, wrong: at least one example each")


def problem(text: str, answer: Answer) -> str:
    """What is wrong with a text as an answer; "" where it is right."""
    plain = _plain(text)
    if (words := len(plain.split())) > answer.most_words:
        return f"{words} words are no answer"
    for group in answer.all:
        if not any(has(plain, one) for one in group):
            return f"lacks {' or '.join(map(repr, group))}"
    return next((f"has {one!r}" for one in answer.none if has(plain, one)), "")


def has(text: str, wanted: str) -> bool:
    """Whether a string stands in a text, at the bounds of words."""
    text, wanted = _plain(text), _plain(wanted)
    if _NUMBER.fullmatch(wanted):
        whole = wanted if "." in wanted else rf"{wanted}(?:\.0+)?"
        # A unit may follow, a sentence may end.
        return (
            re.search(rf"(?<![\w.]){whole.replace('.', '[.]') if '.' in wanted else whole}(?!\d|[.]\d|_)", text)
            is not None
        )
    before = r"(?<!\w)" if re.match(r"\w", wanted) else ""
    after = r"(?!\w)" if re.search(r"\w$", wanted) else ""
    return re.search(before + re.escape(wanted) + after, text) is not None


def _plain(text: str) -> str:
    return _THOUSANDS.sub("", " ".join(text.casefold().replace("`", "").replace("*", "").split()))
