"""The curve of detection over noise as an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, MARGIN = 640, 400, 56


def curve(points: Sequence[tuple[float, float, float]], chosen: float, title: str) -> str:
    """`points`: (noise in notes per 1,000 lines, detection 0..1, threshold); `chosen` is the default threshold."""
    most = max([noise for noise, _, _ in points] + [3.5])

    def x(noise: float) -> float:
        return MARGIN + noise / most * (WIDTH - 2 * MARGIN)

    def y(share: float) -> float:
        return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)

    path = " ".join(f"{x(noise):.1f},{y(share):.1f}" for noise, share, _ in points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{MARGIN}" y="24" font-size="14">{escape(title)}</text>',
        f'<line x1="{x(3):.1f}" y1="{y(0):.1f}" x2="{x(3):.1f}" y2="{y(1):.1f}" stroke="#c33" stroke-dasharray="4"/>',
        f'<text x="{x(3) + 4:.1f}" y="{y(1) + 12:.1f}" fill="#c33">bar: 3</text>',
        f'<polyline points="{path}" fill="none" stroke="#357" stroke-width="2"/>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<text x="{MARGIN - 34}" y="{y(share) + 4:.1f}">{share:.2f}</text>')
        parts.append(
            f'<line x1="{MARGIN}" y1="{y(share):.1f}" x2="{WIDTH - MARGIN}" y2="{y(share):.1f}" stroke="#eee"/>'
        )
    for noise, share, score in points:
        near = abs(score - chosen) < 1e-6
        parts.append(
            f'<circle cx="{x(noise):.1f}" cy="{y(share):.1f}" r="{5 if near else 2.5}" '
            f'fill="{"#c33" if near else "#357"}"><title>min_score {score:.2f}</title></circle>'
        )
    for step in range(int(most) + 1):
        parts.append(f'<text x="{x(step) - 3:.1f}" y="{HEIGHT - MARGIN + 18}">{step}</text>')
    parts.append(f'<text x="{WIDTH / 2 - 90}" y="{HEIGHT - 16}">notes per 1,000 lines of good code</text>')
    parts.append(f'<text transform="translate(14 {HEIGHT / 2 + 30}) rotate(-90)">detection</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
