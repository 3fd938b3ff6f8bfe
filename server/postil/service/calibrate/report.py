"""What a calibration has found, in lines for people: for the terminal and the editor."""

from __future__ import annotations

from postil.core.calibrate.choose import Rates
from postil.service.calibrate.calibrating import Calibrating


def report(calibrating: Calibrating) -> list[str]:
    """What was found, in lines for people."""
    choice, result, kept = calibrating.choice, calibrating.result, calibrating.kept
    if choice is None or result is None or kept is None:
        return []
    lines = [f"{result.model}, read by {choice.method}, notes from {choice.min_score:.2f} on:"]
    lines += [
        f"{name}: {_told(rates)}" for name, rates in (("half that chose", choice.chose), ("other half", choice.held))
    ]
    if calibrating.ended:
        lines.append(f"{calibrating.ended}: run it again to go on (--minutes)")
    if result.why_not:
        lines.append(f"Its opinions stay hints: {result.why_not}.")
    else:
        lines.append('Its opinions are shown as information where review.show is "calibrated" (or "all").')
    return [*lines, f"picture: {kept.picture}"]


def _told(rates: Rates) -> str:
    low, high = rates.j_interval
    least, most = rates.noise_interval
    noise = (
        "no quiet code"
        if rates.noise is None
        else f"{rates.noise:.1f} [{least:.1f}, {most:.1f}] notes on 1,000 of {rates.quiet_lines} quiet lines"
    )
    return (
        f"{rates.fixes} fixes, found {rates.detection:.2f}, false alarm {rates.false_alarm:.2f},"
        f" J {rates.j:+.2f} [{low:+.2f}, {high:+.2f}], {noise}, {rates.seconds:.1f} s a function"
    )
