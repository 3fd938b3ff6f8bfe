"""Reads, shifts and writes subtitles in the SubRip format (.srt)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

_TIME = re.compile(r"([0-9]{2,}):([0-5][0-9]):([0-5][0-9]),([0-9]{3})")
_ARROW = " --> "


class SubtitleError(ValueError):
    """Text that is not in the SubRip format."""


@dataclass(frozen=True)
class Cue:
    """A text that is shown from one moment to another, in milliseconds from the start of the film."""

    start_ms: int
    end_ms: int
    text: str


def parse_time(text: str) -> int:
    """Return the milliseconds of a time such as 01:02:03,004."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise SubtitleError(f"not a time: {text!r}")
    hours, minutes, seconds, milliseconds = (int(group) for group in match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds


def format_time(milliseconds: int) -> str:
    """Return a time as the format writes it."""
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02},{milliseconds:03}"


def parse_cues(lines: Iterable[str]) -> list[Cue]:
    """Return the cues of a file in its order.

    Cues are blocks of lines with one or more blank lines between them. Some programs write no blank
    line at the end of the file.
    """
    cues: list[Cue] = []
    block: list[str] = []
    for line in lines:
        text = line.strip()
        if text:
            block.append(text)
        elif block:
            cues.append(_cue_of(block))
            block = []
    if block:
        cues.append(_cue_of(block))
    return cues


def shift(cues: Iterable[Cue], by_ms: int) -> list[Cue]:
    """Return the cues moved by a number of milliseconds, which may be negative.

    A cue that would begin before the film does begins with it, and one that would be over by then is left out.
    """
    moved = (replace(cue, start_ms=cue.start_ms + by_ms, end_ms=cue.end_ms + by_ms) for cue in cues)
    return [replace(cue, start_ms=max(cue.start_ms, 0)) for cue in moved if cue.end_ms > 0]


def render(cues: Iterable[Cue]) -> str:
    """Return the text of a file with the cues, numbered from 1."""
    blocks = [
        f"{number}\n{format_time(cue.start_ms)}{_ARROW}{format_time(cue.end_ms)}\n{cue.text}\n"
        for number, cue in enumerate(cues, start=1)
    ]
    return "\n".join(blocks)


def _cue_of(block: Sequence[str]) -> Cue:
    """Return the cue of a block: its number, its times, and one or more lines of text."""
    if len(block) < 3 or not block[0].isdecimal():
        raise SubtitleError(f"not a cue: {block!r}")
    start, arrow, end = block[1].partition(_ARROW)
    if not arrow:
        raise SubtitleError(f"no times: {block[1]!r}")
    return Cue(parse_time(start), parse_time(end), "\n".join(block[2:]))
