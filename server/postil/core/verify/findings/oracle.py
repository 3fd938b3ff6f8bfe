"""The verdict of a tool: its finding is gone, and none is new."""

from __future__ import annotations

import posixpath
import shlex
from dataclasses import dataclass

from postil.core.syntax.units import Unit
from postil.core.verify.findings.finding import ToolFinding, is_gone, new_findings
from postil.core.verify.findings.reports import placed, read_report
from postil.core.verify.findings.sarif import read_sarif
from postil.core.verify.findings.silenced import silenced
from postil.core.verify.outcome import Outcome
from postil.core.verify.runners import TEXT_CHARS, Prepared
from postil.core.verify.verdict import Verdict

# In a command of the user's, the file that it is to write its SARIF log to.
SARIF_PLACE = "{sarif}"


@dataclass(frozen=True, slots=True)
class ToolReader:
    """A tool of the table. `root`: the copy it runs in; `folder`: where in it; `stderr`: whether its report is there,
    too."""

    tool: str
    root: str
    folder: str
    stderr: bool = False

    def prepared(self, command: str, report: str, options: str) -> Prepared:
        # Standard error stays apart, because warnings between the lines of a document make it unreadable.
        both = " 2>&1" if self.stderr else ""
        return Prepared(f"{command} >{shlex.quote(report)}{both}", {})

    def outcome(self, exit_code: int, text: str, report: str | None, stopped: str, seconds: float) -> Outcome:
        findings = None if stopped else read_report(self.tool, report or "", self.root, self.folder)
        return _outcome(exit_code, text or (report or ""), findings, stopped, seconds)


@dataclass(frozen=True, slots=True)
class SarifReader:
    """A command of the user's that writes a SARIF log: to standard output, or to `{sarif}`. `wanted`: the names of the
    tools in the log that count."""

    root: str
    folder: str
    wanted: frozenset[str]

    def prepared(self, command: str, report: str, options: str) -> Prepared:
        quoted = shlex.quote(report)
        if SARIF_PLACE in command:
            return Prepared(command.replace(SARIF_PLACE, quoted), {})
        return Prepared(f"{{ {command}\n}} >{quoted}", {})

    def outcome(self, exit_code: int, text: str, report: str | None, stopped: str, seconds: float) -> Outcome:
        findings: tuple[ToolFinding, ...] | None = None
        if report and not stopped:
            try:
                runs = read_sarif(report)
            except ValueError as error:
                text = f"{text}\n{error}"
            else:
                own = [run for run in runs if run.driver in self.wanted]
                findings = tuple(one for run in own for one in placed(run.driver, run.found, self.root, self.folder))
                # A log without a run of the tool says nothing of it.
                findings = findings if own else None
        return _outcome(exit_code, text, findings, stopped, seconds)


def _outcome(
    exit_code: int, text: str, findings: tuple[ToolFinding, ...] | None, stopped: str, seconds: float
) -> Outcome:
    # A tool that fails and has found nothing has failed before it looked.
    if exit_code != 0 and not findings:
        findings = None
    return Outcome(exit_code, None, text[-TEXT_CHARS:], (), stopped, False, seconds, findings)


@dataclass(frozen=True, slots=True)
class FindingOracle:
    """One finding of a tool, with all findings of the run before the change. `name`: the tool's, for people."""

    before: tuple[ToolFinding, ...]
    finding: ToolFinding
    name: str

    def reads_text(self, *, traced: bool) -> bool:
        return True

    def refusal(self, unit: Unit, text: str) -> str:
        return silenced(unit.language, unit.text, text, self.finding.message)

    def verdict(self, after: Outcome) -> Verdict:
        if after.stopped:
            return Verdict(False, after.stopped)
        if after.findings is None:
            last = after.text.strip().rpartition("\n")[2]
            return Verdict(False, f"{self.name} failed: {last or f'exit code {after.exit_code}'}")
        new = new_findings(self.before, after.findings)
        rule = self.finding.rule or "the finding"
        # The same rule in the same file in other words is the finding that stayed.
        same = next((one for one in new if one.rule == self.finding.rule and one.path == self.finding.path), None)
        if same is not None or not is_gone(self.finding, self.before, after.findings):
            return Verdict(False, f"{self.name} still says {rule}: {(same or self.finding).message}")
        if new:
            others = len(new) - 1
            more = f" and {others} more" if others else ""
            return Verdict(
                False, f"{self.name} says a new thing: {new[0].title}: {new[0].message} ({new[0].place}){more}"
            )
        others = len(self.before) - len(after.findings) - 1
        also = f", and {others} more with it" if others > 0 else ""
        return Verdict(True, f"{self.name} is content: {rule} is gone{also}, no new finding")

    def noticed(self, broken: Outcome, mark: str) -> bool:
        if broken.stopped:
            return False
        if broken.findings is None:
            return True
        path = self.finding.path
        folder = posixpath.dirname(path)
        # A compiler names the file where it gave up, which may be another one of the package.
        return any(
            posixpath.dirname(one.path) == folder or not one.path for one in new_findings(self.before, broken.findings)
        )
