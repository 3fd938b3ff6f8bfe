"""The report for people: notes with a code frame and the fix in colour, and a summary."""

from __future__ import annotations

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.text import Text

from postil.cli.report.report import Report, not_reviewed
from postil.core.review.finding import Severity
from postil.core.review.sarif import PlacedFinding
from postil.core.syntax.units import Unit
from postil.core.text.plain import one_line, plain
from postil.service.review.events import FindingFound, FindingUpdated, ReviewEvent, UnitFailed, UnitFinished
from postil.service.review.targets import ReviewedFile

# Lines of the file above and below the note's: enough to recognise the place, few enough to see the note.
CONTEXT = 2
# A longer frame would hide the message below it; its middle is left out.
MAX_FRAME_LINES = 30

_STYLES = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.INFORMATION: "bold blue",
    Severity.HINT: "bold cyan",
}


class ProgressLine:
    """A line that shows the unit under review, and notes that are still being written; on a terminal only."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live: Live | None = None
        self._text = ""
        self._open: dict[tuple[str, str], Group] = {}

    def reading(self, file: ReviewedFile, unit: Unit, number: int, total: int) -> None:
        self._text = one_line(f"reading {file.path}: {unit.name} ({number}/{total})")
        self._show()

    def keep(self, key: tuple[str, str], note: Group) -> None:
        self._open[key] = note
        self._show()

    def drop(self, key: tuple[str, str]) -> None:
        self._open.pop(key, None)
        self._show()

    def _show(self) -> None:
        if not self.console.is_terminal:
            return
        if self._live is None:
            # Ten frames a second look smooth and take no measurable time from the model.
            self._live = Live(console=self.console, transient=True, refresh_per_second=10)
            self._live.start()
        self._live.update(Group(*self._open.values(), Spinner("dots", Text(self._text, style="dim"))))

    def refresh(self) -> None:
        """Draws now what the next tick would draw."""
        if self._live is not None:
            self._live.refresh()

    def stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


class TextReporter:
    """Prints each note when it is complete; on a terminal also while it is written."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = ProgressLine(console)
        self._printed: set[tuple[str, str]] = set()

    def reading(self, file: ReviewedFile, unit: Unit, number: int, total: int) -> None:
        self._progress.reading(file, unit, number, total)

    def event(self, file: ReviewedFile, event: ReviewEvent) -> None:
        if isinstance(event, FindingFound | FindingUpdated):
            placed = file.place(event.unit, event.finding)
            key = file.path, event.finding.id
            if event.finding.streaming:
                if key not in self._printed:
                    self._progress.keep(key, note(placed, self._console.is_terminal))
            else:
                self._print(key, placed)
        elif isinstance(event, UnitFinished):
            for finding in event.findings:
                self._print((file.path, finding.id), file.place(event.unit, finding))
            if event.unread:
                self._failed(file, event.unit, "not reviewed ", not_reviewed(event))
        elif isinstance(event, UnitFailed):
            self._failed(file, event.unit, "failed ", event.message)

    def _failed(self, file: ReviewedFile, unit: Unit, word: str, message: str) -> None:
        text = Text.assemble((f"{plain(file.path)}:{unit.first_line + 1} ", "bold"), (word, "red"))
        self._console.print(text.append(one_line(message)), soft_wrap=True)

    def _print(self, key: tuple[str, str], placed: PlacedFinding) -> None:
        if key in self._printed:
            return
        self._printed.add(key)
        self._progress.drop(key)
        self._console.print(note(placed, self._console.is_terminal), soft_wrap=not self._console.is_terminal)
        self._console.print()

    def finish(self, report: Report) -> None:
        self._progress.stop()
        for placed in report.findings:  # notes that Ctrl-C caught in the middle of their sentence
            self._print((placed.path, placed.finding.id), placed)
        for line in summary(report):
            self._console.print(line, soft_wrap=True)


def note(placed: PlacedFinding, terminal: bool = True) -> Group:
    """A note: place, severity and persona; the code frame; the message."""
    finding = placed.finding
    head = Text.assemble(
        (f"{plain(placed.path)}:{placed.lines.first + 1}", "bold"),
        "  ",
        (finding.severity.name.lower(), _STYLES[finding.severity]),
        "  ",
        (plain(finding.persona), "dim"),
    )
    said = plain(finding.message).strip() or ("…" if finding.streaming else "Look at this code again.")
    # A terminal wraps the sentence under its indent; in a file each line stays one line, for grep.
    sentence = Padding(Text(said), (0, 0, 0, 2)) if terminal else Text("  " + said.replace("\n", "\n  "))
    return Group(head, *frame(placed, terminal), sentence)


def frame(placed: PlacedFinding, terminal: bool = True) -> list[Text]:
    """The note's lines and their neighbours: removed lines `-`, added ones `+`, others `>`."""
    source, fix = placed.source, placed.finding.fix
    span = fix.span.shifted(placed.first_line) if fix else placed.lines
    first, last = max(0, min(span.first, len(source))), max(0, min(span.last, len(source)))
    width = len(str(last + CONTEXT))
    rows = [_row(" ", number, source[number], width, "dim") for number in range(max(0, first - CONTEXT), first)]
    sign, style = ("-", "red") if fix else (">", "bold")
    rows += _shortened([_row(sign, number, source[number], width, style) for number in range(first, last)])
    if fix and fix.new:
        rows += _shortened([_row("+", None, line, width, "green") for line in fix.new.split("\n")])
    after = range(last, min(len(source), last + CONTEXT))
    rows += [_row(" ", number, source[number], width, "dim") for number in after]
    for row in rows:
        row.no_wrap, row.overflow = True, "ellipsis" if terminal else "ignore"
    return rows


def _row(sign: str, number: int | None, line: str, width: int, style: str) -> Text:
    shown = "" if number is None else str(number + 1)
    return Text(f"  {sign} {shown:>{width}} │ {plain(line).expandtabs(4)}".rstrip(), style=style)


def _shortened(rows: list[Text]) -> list[Text]:
    if len(rows) <= MAX_FRAME_LINES:
        return rows
    half = MAX_FRAME_LINES // 2
    return [*rows[:half], Text(f"    … {len(rows) - 2 * half} more lines …", style="dim"), *rows[-half:]]


def summary(report: Report) -> list[Text]:
    """The end of the report: notes by severity, cost, engine, and what was skipped."""
    parts = [_many(report.count(severity), severity.name.lower()) for severity in Severity if report.count(severity)]
    total = _many(len(report.findings), "note") + (f" ({', '.join(parts)})" if parts else "")
    first = Text("interrupted: " if report.interrupted else "", style="yellow")
    first.append(f"{total} in {_many(len(report.files), 'file')}", style="bold")
    unchanged = f" ({report.cached} unchanged)" if report.cached else ""
    usage = report.usage
    saved = f" ({usage.cached_tokens:,} of them kept from before)" if usage.cached_tokens else ""
    facts = f"{_many(report.units, 'unit')}{unchanged}, {usage.prompt_tokens:,} tokens read{saved}, "
    facts += f"{usage.output_tokens:,} written, {report.seconds:.1f} s"
    if report.engine:
        facts += f", {report.engine} with {report.model}"
    lines = [first, Text(facts, style="dim")]
    if report.dropped:
        named = ", ".join(f"{name} {count}" for name, count in report.dropped)
        lines.append(Text(f"refused by checks: {named}", style="dim"))
    lines += [Text(f"note: {plain(sentence)}", style="dim") for sentence in report.notes]
    for skipped in report.skipped:
        if skipped.named:
            lines.append(Text(f"skipped {plain(str(skipped.path))}: {skipped.reason}", style="yellow"))
    found = [skipped.reason for skipped in report.skipped if not skipped.named]
    if found:
        reasons = ", ".join(f"{found.count(reason)} {reason}" for reason in dict.fromkeys(found))
        lines.append(Text(f"left out: {reasons}", style="dim"))
    if report.not_reviewed:
        units = _many(report.units, "unit")
        text = f"{report.not_reviewed} of {units} could not be reviewed: that is no approval (exit code 3)"
        lines.append(Text(text, style="red"))
    return lines


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 or what == "information" else f"{count} {what}s"
