"""`postil fix --tool` and `--sarif`: from the options to what is asked, and the result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from postil.cli.running import say
from postil.core.verify.findings.oracle import SARIF_PLACE
from postil.core.verify.findings.sarif import MAX_SARIF_BYTES, SarifRun, read_sarif, scheme_of
from postil.core.verify.findings.tools import tool_of_driver, tools
from postil.core.verify.places import inside
from postil.service.models.stores import WrongUsage
from postil.service.verify.findings.events import FindingsRequest, Wanted
from postil.service.verify.findings.program import tool_command
from postil.service.verify.work import FixRequest


def unknown_tool(name: str) -> str:
    """The sentence for a name that isn't in the table."""
    return (
        f"--tool: {name!r} isn't known, use {', '.join(tools())}; of another tool name the log that it writes: "
        "--sarif FILE --check 'CMD'"
    )


def tool_request(name: str, request: FixRequest, wanted: tuple[Wanted, ...] | None = None) -> FindingsRequest:
    """What `--tool` asks for. Raises CheckTrouble."""
    # A log names its files itself.
    paths = request.scope.paths if wanted is None else ()
    command = tool_command(name, request.folder, request.workspace, paths)
    return FindingsRequest(replace(request, command=command.command, folder=command.folder), name, wanted=wanted)


def sarif_request(file: Path, tool: str | None, check: str, request: FixRequest) -> FindingsRequest | None:
    """What `--sarif` asks for: the results of the log, which their tool or the command `check` is asked about again;
    None when it has none. Raises WrongUsage, CheckTrouble."""
    runs = _runs(file)
    if tool is not None:
        runs = tuple(run for run in runs if tool_of_driver(run.driver) == tool)
    wanted, elsewhere = _wanted(runs, str(request.workspace))
    if elsewhere:
        say(f"{_results(elsewhere)} of {file.name} left out: not of a file in {request.workspace}")
    if not wanted:
        if elsewhere:
            raise WrongUsage(
                f"--sarif: no result of {file.name} is about a file in {request.workspace}: its paths must be relative "
                "to it"
            )
        return None
    drivers = frozenset(run.driver for run in runs if run.found)
    if check:
        return FindingsRequest(replace(request, command=check), "", drivers, wanted)
    known = {tool_of_driver(driver) for driver in drivers}
    if None in known:
        raise WrongUsage(
            f"--sarif: {_results(len(wanted))} of {', '.join(sorted(drivers))} can't be verified: Postil doesn't know "
            "how it is run. Name the command that writes its log again, to standard output or to "
            f"{SARIF_PLACE}: --check 'scanner --format sarif --output {SARIF_PLACE} .'"
        )
    names = sorted(name for name in known if name is not None)
    if len(names) > 1:
        raise WrongUsage(f"--sarif: {file.name} has results of {' and '.join(names)}: name one with --tool NAME")
    return tool_request(names[0], request, wanted)


def _runs(file: Path) -> tuple[SarifRun, ...]:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_SARIF_BYTES + 1)
    except OSError as error:
        raise WrongUsage(f"--sarif: can't read {file}: {error.strerror or error}") from None
    if len(data) > MAX_SARIF_BYTES:
        raise WrongUsage(f"--sarif: {file} is larger than {MAX_SARIF_BYTES // 1_000_000} MB: let it hold fewer rules")
    try:
        return read_sarif(data.decode("utf-8-sig"))
    except ValueError as error:
        raise WrongUsage(f"--sarif: {file}: {error}") from None


def _wanted(runs: tuple[SarifRun, ...], workspace: str) -> tuple[tuple[Wanted, ...], int]:
    """The results about files in the workspace, and the number of the others."""
    found: list[Wanted] = []
    elsewhere = 0
    for one in (one for run in runs for one in run.found):
        path = None if not one.path or scheme_of(one.path) else inside(one.path, workspace, "")
        if path is None or not one.line:
            elsewhere += 1
        else:
            found.append(Wanted(path, one.line - 1, one.rule, one.message))
    return tuple(dict.fromkeys(found)), elsewhere


def _results(count: int) -> str:
    return "1 result" if count == 1 else f"{count} results"
