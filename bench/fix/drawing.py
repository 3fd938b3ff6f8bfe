"""The curve of mended cases by the number of answers as an SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from postil.core.calibrate.drawing import HEIGHT, MARGIN, WIDTH

_COLOURS = ("#357", "#c33", "#393", "#a60", "#737")
# Room for the legend.
_LEGEND = 150


def curves(shares: Mapping[str, Sequence[float]], greedy: Mapping[str, float], title: str) -> str:
    """`shares`: by name, of the cases mended with at most 1, 2, … answers (0..1). `greedy`: by the same names, of those
    mended by one greedy answer, as a dashed line."""
    most = max((len(points) for points in shares.values()), default=1)

    def x(answers: int) -> float:
        return MARGIN + (answers - 1) / max(most - 1, 1) * (WIDTH - 2 * MARGIN - _LEGEND)

    def y(share: float) -> float:
        return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{MARGIN}" y="24" font-size="14">{escape(title)}</text>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<text x="{MARGIN - 34}" y="{y(share) + 4:.1f}">{share:.2f}</text>')
        parts.append(f'<line x1="{MARGIN}" y1="{y(share):.1f}" x2="{x(most):.1f}" y2="{y(share):.1f}" stroke="#eee"/>')
    for number, (name, points) in enumerate(shares.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{x(answers):.1f},{y(share):.1f}" for answers, share in enumerate(points, 1))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if name in greedy:
            level = y(greedy[name])
            parts.append(
                f'<line x1="{MARGIN}" y1="{level:.1f}" x2="{x(most):.1f}" y2="{level:.1f}" stroke="{colour}" '
                'stroke-dasharray="4"><title>one greedy answer</title></line>'
            )
        parts.append(
            f'<text x="{x(most) + 16:.1f}" y="{MARGIN + 18 * number + 12}" fill="{colour}">{escape(name)}</text>'
        )
    parts.append(f'<text x="{x(most) + 16:.1f}" y="{HEIGHT - MARGIN}">dashed: one greedy</text>')
    for answers in range(1, most + 1):
        parts.append(f'<text x="{x(answers) - 3:.1f}" y="{HEIGHT - MARGIN + 18}">{answers}</text>')
    parts.append(f'<text x="{MARGIN + 120}" y="{HEIGHT - 16}">answers of the model at most</text>')
    parts.append(f'<text transform="translate(14 {HEIGHT / 2 + 50}) rotate(-90)">share of cases mended</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
