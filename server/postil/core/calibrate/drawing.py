"""The curve of detection over noise as an SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from postil.core.calibrate.choose import Choice, point
from postil.core.calibrate.readings import METHODS, Sample, scores

WIDTH, HEIGHT, MARGIN = 640, 400, 56
_COLOURS = ("#357", "#a60")

# (notes in 1,000 lines of good code, detection 0..1, threshold)
Point = tuple[float, float, float]


def drawing(samples: Sequence[Sample], choice: Choice, title: str) -> str:
    """What each threshold does on the half that chose nothing."""
    held = [sample for sample in samples if sample.half == "reports"]
    lines = {
        method: [(*point(held, method, score), score) for score in (0.0, *scores(samples, method), 1.0)]
        for method in METHODS
    }
    found = choice.held
    low, high = found.j_interval
    said = [
        f"{found.fixes} past fixes and {found.quiet_lines} lines of quiet code that chose nothing",
        f"threshold {choice.min_score:.2f}: detection {found.detection:.2f}, false alarm {found.false_alarm:.2f},"
        f" J {found.j:+.2f} [{low:+.2f}, {high:+.2f}]",
    ]
    return curve(lines, choice.method, choice.min_score, title, said)


def curve(
    lines: Mapping[str, Sequence[Point]],
    chosen: str,
    score: float,
    title: str,
    said: Sequence[str] = (),
    bar: float = 1.0,
) -> str:
    """One line for each way of reading, with the point at threshold `score` of the way `chosen` marked. `said`: lines
    of text below the title. `bar`: the noise that is allowed."""
    most = max([noise for points in lines.values() for noise, _, _ in points] + [bar + 0.5])

    def x(noise: float) -> float:
        return MARGIN + noise / most * (WIDTH - 2 * MARGIN)

    def y(share: float) -> float:
        return HEIGHT - MARGIN - share * (HEIGHT - 2.5 * MARGIN)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{MARGIN}" y="24" font-size="14">{escape(title)}</text>',
        *(f'<text x="{MARGIN}" y="{42 + 15 * row}">{escape(text)}</text>' for row, text in enumerate(said)),
        f'<line x1="{x(bar):.1f}" y1="{y(0):.1f}" x2="{x(bar):.1f}" y2="{y(1):.1f}" stroke="#c33" '
        'stroke-dasharray="4"/>',
        f'<text x="{x(bar) + 4:.1f}" y="{y(1) + 12:.1f}" fill="#c33">allowed: {bar:g}</text>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<text x="{MARGIN - 34}" y="{y(share) + 4:.1f}">{share:.2f}</text>')
        parts.append(
            f'<line x1="{MARGIN}" y1="{y(share):.1f}" x2="{WIDTH - MARGIN}" y2="{y(share):.1f}" stroke="#eee"/>'
        )
    for (name, points), colour in zip(lines.items(), _COLOURS, strict=False):
        path = " ".join(f"{x(noise):.1f},{y(share):.1f}" for noise, share, _ in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if len(lines) > 1 and points:
            noise, share, _ = points[0]
            end = "end" if x(noise) > WIDTH / 2 else "start"
            parts.append(
                f'<text x="{x(noise):.1f}" y="{y(share) - 8:.1f}" fill="{colour}" text-anchor="{end}">{name}</text>'
            )
        for noise, share, at in points:
            near = name == chosen and abs(at - score) < 1e-6
            parts.append(
                f'<circle cx="{x(noise):.1f}" cy="{y(share):.1f}" r="{5 if near else 2.5}" '
                f'fill="{"#c33" if near else colour}"><title>min_score {at:.2f}</title></circle>'
            )
    # At most some ten numbers on the axis, however noisy it is.
    step = max(1, round(most / 10))
    for noise in range(0, int(most) + 1, step):
        parts.append(f'<text x="{x(noise) - 3:.1f}" y="{HEIGHT - MARGIN + 18}">{noise}</text>')
    parts.append(f'<text x="{WIDTH / 2 - 90}" y="{HEIGHT - 16}">notes per 1,000 lines of good code</text>')
    parts.append(f'<text transform="translate(14 {HEIGHT / 2 + 30}) rotate(-90)">detection</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
