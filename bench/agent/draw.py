"""Draws the share of tasks solved, by kind, model and form, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from bench.agent.figures import solved
from bench.agent.score import Record
from bench.agent.tasks import KINDS

from postil.core.calibrate.choose import interval

HEIGHT, MARGIN, BAR, GAP = 320, 48, 22, 36
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")


def bars(groups: Mapping[tuple[str, str], Sequence[Record]], title: str) -> str:
    """A group of bars for each kind, a bar for each model and form, a whisker for its 95 % interval."""
    names = list(groups)
    width = 2 * MARGIN + len(KINDS) * (BAR * len(names) + GAP) + 240
    floor = HEIGHT - MARGIN

    def y(share: float) -> float:
        return floor - share * (HEIGHT - 2 * MARGIN)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{MARGIN}" y="24" font-size="14">{escape(title)}</text>',
    ]
    end = width - 240
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<text x="{MARGIN - 34}" y="{y(share) + 4:.1f}">{share:.2f}</text>')
        parts.append(f'<line x1="{MARGIN}" y1="{y(share):.1f}" x2="{end}" y2="{y(share):.1f}" stroke="#eee"/>')
    for at, kind in enumerate(KINDS):
        left = MARGIN + GAP / 2 + at * (BAR * len(names) + GAP)
        parts.append(f'<text x="{left:.1f}" y="{floor + 18}">{kind}</text>')
        for number, name in enumerate(names):
            rows = [one for one in groups[name] if one.kind == kind]
            if not rows:
                continue
            x, top = left + BAR * number, y(solved(rows))
            low, high = interval(rows, solved)
            said = escape(f"{' '.join(name)}: {solved(rows):.2f} ({low:.2f} to {high:.2f})")
            parts.append(
                f'<rect x="{x:.1f}" y="{top:.1f}" width="{BAR - 4}" height="{floor - top:.1f}" '
                f'fill="{_COLOURS[number % len(_COLOURS)]}"><title>{said}</title></rect>'
            )
            middle = x + (BAR - 4) / 2
            parts.append(
                f'<line x1="{middle:.1f}" y1="{y(low):.1f}" x2="{middle:.1f}" y2="{y(high):.1f}" stroke="black"/>'
            )
    for number, name in enumerate(names):
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(
            f'<text x="{end + 12}" y="{MARGIN + 18 * number + 12}" fill="{colour}">{escape(", ".join(name))}</text>'
        )
    parts.append(f'<text x="{MARGIN}" y="{HEIGHT - 8}">share of tasks solved, with its 95 % interval</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
