"""`postil fix --tool` from a tool's findings to the verdict: a real ruff in real copies, the model is a script."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.service.reviewing import Reviewing
from tests.verify.fixing import copies, project, tree

from postil.engine.base import EngineUnavailable
from postil.engine.scripted import Chunk, Rule
from postil.service.review.context import ReviewContext
from postil.service.verify.apply import apply_changes
from postil.service.verify.events import Suspected, SuspectPassed, Tried
from postil.service.verify.findings.each import find_finding_fixes
from postil.service.verify.findings.events import FindingsEnded, FindingsEvent, FindingsFound, FindingsRequest, Wanted
from postil.service.verify.findings.program import tool_command
from postil.service.verify.look import Scope
from postil.service.verify.trouble import ApplyTrouble, CheckTrouble
from postil.service.verify.work import FixRequest

CODE = '''\
"""A shop."""

import os
from pathlib import Path


def total(items):
    """The sum of all prices."""
    return sum(itmes)


def callbacks(items):
    found = []
    for item in items:
        found.append(lambda: item)
    return found
'''
RUFF = '[tool.ruff.lint]\nselect = ["F", "B"]\n'
FILES = {"shop.py": CODE, "pyproject.toml": RUFF}
TOTAL = "    return sum(items)\n```"
CALLBACKS = (
    "    found = []\n    for item in items:\n        found.append(lambda item=item: item)\n    return found\n```"
)

E = TypeVar("E")


@pytest.fixture(autouse=True)
def _ruff_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


class Mending:
    """Mends what `tool` finds in `top` with these answers of the model, one after the other; then it writes nonsense.
    It writes ahead of the check, so an answer is for a certain finding only where each has one sample."""

    def __init__(self, folder: Path, top: Path, *answers: str, tool: str = "ruff") -> None:
        rules = [Rule("", chunks=(Chunk(text),), times=1) for text in answers]
        self.reviewing = Reviewing(folder, *rules, Rule("", chunks=(Chunk("    pass\n```"),)))
        self.top, self.tool = top, tool
        self.events: list[FindingsEvent] = []
        self.opened = 0

    async def context(self) -> ReviewContext:
        self.opened += 1
        return self.reviewing.context

    def request(self, wanted: tuple[Wanted, ...] | None = None, **more: Any) -> FindingsRequest:
        values: dict[str, Any] = {"samples": 4, "seconds": 120.0, "scope": Scope(), **more}
        guard = values.pop("guard", "")
        command = values.pop("command", "")
        drivers = values.pop("drivers", frozenset())
        if command:
            fix = FixRequest(command, self.top, self.top, **values)
            return FindingsRequest(fix, "", drivers, wanted)
        found = tool_command(self.tool, self.top, self.top, values["scope"].paths)
        return FindingsRequest(
            FixRequest(found.command, self.top, found.folder, **values), self.tool, drivers, wanted, guard
        )

    async def run(self, wanted: tuple[Wanted, ...] | None = None, **more: Any) -> FindingsEnded:
        async with aclosing(find_finding_fixes(self.request(wanted, **more), self.context)) as events:
            async for event in events:
                self.events.append(event)
        end = self.events[-1]
        assert isinstance(end, FindingsEnded)
        return end

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


def endings(end: FindingsEnded) -> list[tuple[str, str, str]]:
    return [(one.finding.rule, one.ending, one.words) for one in end.results]


NO_IMPORTS = CODE.replace("import os\nfrom pathlib import Path\n\n\n", "\n")


async def test_each_finding_is_mended_and_the_fixes_add_up(tmp_path: Path) -> None:
    top = project(tmp_path, {**FILES, "shop.py": NO_IMPORTS})
    before = tree(top)
    mending = Mending(tmp_path, top, TOTAL, CALLBACKS)
    end = await mending.run(samples=1)
    assert endings(end) == [
        ("F821", "fixed", "ruff is content: F821 is gone, no new finding"),
        ("B023", "fixed", "ruff is content: B023 is gone, no new finding"),
    ]
    assert (end.words, end.whole, mending.opened) == ("2 of 2 findings fixed and verified", True, 1)
    (change,) = end.changes
    assert change.original.decode() == NO_IMPORTS
    wanted = NO_IMPORTS.replace("itmes", "items").replace("lambda:", "lambda item=item:")
    assert change.new.decode() == wanted and change.difference.count("@@ ") >= 1
    # Twice as it is, the control of the file, twice each candidate.
    assert end.cost.runs == 7 and end.cost.tried == 2
    assert tree(top) == before and copies() == []
    apply_changes(end.changes)
    assert (top / "shop.py").read_text(encoding="utf-8") == wanted
    with pytest.raises(ApplyTrouble, match="changed meanwhile: nothing was written"):
        apply_changes(end.changes)


async def test_what_silences_brings_a_new_finding_or_mends_nothing_is_refused(tmp_path: Path) -> None:
    top = project(tmp_path, {**FILES, "shop.py": NO_IMPORTS})
    mending = Mending(
        tmp_path,
        top,
        "    return sum(itmes)  # noqa: F821\n    return 1\n```",
        # The second way to ask begins the answer with no more than the name.
        "(items):\n    return total_of(items)\n```",
        "    unused = 1\n    return sum(items)\n```",
    )
    end = await mending.run((Wanted("shop.py", 6, "F821"),), samples=8)
    assert end.words == "0 of 1 finding fixed and verified" and not end.whole and end.changes == ()
    assert [one.verdict.words for one in mending.of(Tried)][:3] == [
        "it silences the tool (# noqa) instead of mending the code",
        "ruff still says F821: Undefined name `total_of`",
        "ruff says a new thing: ruff F841: Local variable `unused` is assigned to but never used (shop.py:6)",
    ]


async def test_module_code_and_imports_are_mended(tmp_path: Path) -> None:
    top = project(tmp_path, FILES)
    # The imports stand in no unit. The answer is the code between the units.
    mending = Mending(tmp_path, top, '"""A shop."""\n```')
    end = await mending.run((Wanted("shop.py", 2, "F401"),))
    assert endings(end) == [("F401", "fixed", "ruff is content: F401 is gone, and 1 more with it, no new finding")]
    assert end.changes[0].new.decode() == CODE.replace("\nimport os\nfrom pathlib import Path\n", "")
    assert mending.of(Suspected)[0].suspects[0].unit.text == CODE.partition("\n\n\n")[0]


async def test_a_finding_that_went_with_another_counts(tmp_path: Path) -> None:
    top = project(tmp_path, FILES)
    mending = Mending(tmp_path, top, '"""A shop."""\n```', TOTAL, CALLBACKS)
    end = await mending.run(samples=1)
    assert [(rule, ending) for rule, ending, _ in endings(end)] == [
        ("F401", "fixed"), ("F821", "fixed"), ("B023", "fixed"), ("F401", "also"),
    ]  # fmt: skip
    assert end.words == "4 of 4 findings fixed and verified"


async def test_a_finding_in_a_signature_is_mended(tmp_path: Path) -> None:
    code = "def total(items, extra=[]):\n    extra.extend(items)\n    return sum(extra)\n"
    top = project(tmp_path, {**FILES, "shop.py": code})
    right = "def total(items, extra=()):\n    return sum((*items, *extra))\n"
    end = await Mending(tmp_path, top, f"{right}```").run()
    assert endings(end) == [("B006", "fixed", "ruff is content: B006 is gone, no new finding")]
    assert end.changes[0].new.decode() == right


async def test_what_the_tool_is_content_with_must_not_break_the_tests(tmp_path: Path) -> None:
    tests = (
        "from shop import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n\n\ndef test_none():\n    pass\n"
    )
    code = "def total(items, extra=[]):\n    return sum([*items, *extra])\n"
    top = project(tmp_path, {**FILES, "shop.py": code, "tests/test_shop.py": tests})
    wrong = "def total(items, extra=()):\n    return sum(extra)\n```"
    # The larger change, so that the other one is checked first.
    right = "def total(items, extra=None):\n    more = extra or ()\n    return sum([*items, *more])\n```"
    mending = Mending(tmp_path, top, wrong, right)
    end = await mending.run(samples=3, guard=f"{sys.executable} -m pytest -q")
    assert [one.verdict.words for one in mending.of(Tried)] == [
        "tests/test_shop.py::test_total began to fail",
        "ruff is content: B006 is gone, no new finding; all 2 tests pass",
    ]
    assert end.whole and end.changes[0].new.decode() == right.removesuffix("```")


async def test_tests_are_changed_only_when_they_are_named(tmp_path: Path) -> None:
    code = "def test_total():\n    assert total([1]) == 1\n"
    top = project(tmp_path, {**FILES, "shop.py": "", "tests/test_shop.py": code})
    mending = Mending(tmp_path, top)
    end = await mending.run()
    assert (end.words, end.whole, mending.opened) == ("ruff finds nothing to fix here", True, 0)
    (found,) = mending.of(FindingsFound)
    assert found.left == (("in a test, in configuration, or not among the files that may be changed", 1),)
    mending = Mending(tmp_path, top, "    assert sum([1]) == 1\n```")
    end = await mending.run(scope=Scope((top / "tests/test_shop.py",)))
    assert end.words == "1 of 1 finding fixed and verified"


async def test_only_what_differs_from_a_revision(tmp_path: Path) -> None:
    top = project(tmp_path, {**FILES, "shop.py": NO_IMPORTS})
    (top / "shop.py").write_text(NO_IMPORTS.replace("found = []", "found  = []"), encoding="utf-8")
    (top / "shop.py").write_text(NO_IMPORTS.replace("append(lambda: item)", "append(lambda: (item))"), encoding="utf-8")
    mending = Mending(tmp_path, top, CALLBACKS)
    end = await mending.run(scope=Scope(rev="HEAD"))
    assert [one.finding.rule for one in end.results] == ["B023"] and end.whole


async def test_what_the_tool_does_not_say_any_more_is_gone(tmp_path: Path) -> None:
    mending = Mending(tmp_path, project(tmp_path, FILES))
    end = await mending.run((Wanted("shop.py", 3, "E999", "nothing of this"),))
    assert endings(end) == [("E999", "gone", "ruff doesn't report it (any more)")]
    assert (end.words, end.whole, mending.opened) == ("ruff finds nothing to fix here", True, 0)


SAID = '{"file": "shop.py", "line": 6, "message": "wrong", "code": "x", "severity": "error"}'


async def test_a_tool_that_reads_another_text_proves_nothing(tmp_path: Path) -> None:
    top = project(tmp_path, {"shop.py": NO_IMPORTS, ".venv/pyvenv.cfg": ""}, git=False)
    said = top / ".venv/bin/mypy"
    said.parent.mkdir()
    said.write_text(f"#!/bin/sh\necho '{SAID}'\nexit 1\n", encoding="utf-8")
    said.chmod(0o755)
    mending = Mending(tmp_path, top, TOTAL, tool="mypy")
    end = await mending.run()
    passed = mending.of(SuspectPassed)
    assert passed and all("doesn't notice when it is broken" in one.why for one in passed)
    assert endings(end)[0][1:] == ("unfixed", "Every suspect was passed over: a fix of it would prove nothing.")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'no such option' >&2\nexit 2", r"mypy can't be used: no such option \(it was run as: /"),
        ("echo 'Traceback: bad'\nexit 1", "mypy can't be used: Traceback: bad"),
        (f"echo '{SAID}' | sed s/wrong/$$/\nexit 1", "it told of other findings when it was run again"),
        ("sleep 60", "mypy can't be used: it didn't end within 1 s"),
    ],
)
async def test_a_tool_that_cannot_be_used(tmp_path: Path, script: str, why: str) -> None:
    top = project(tmp_path, {"shop.py": NO_IMPORTS, ".venv/pyvenv.cfg": ""}, git=False)
    said = top / ".venv/bin/mypy"
    said.parent.mkdir()
    said.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    said.chmod(0o755)
    with pytest.raises(CheckTrouble, match=why):
        await Mending(tmp_path, top, tool="mypy").run(seconds=1.0 if "sleep" in script else 60.0)
    assert copies() == []


def test_where_a_tool_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    inner = tmp_path / "a/b"
    inner.mkdir(parents=True)
    with pytest.raises(
        CheckTrouble, match=r"ruff isn't installed here: there is no ruff in the project's Python env.* PATH"
    ):
        tool_command("ruff", inner, tmp_path)
    with pytest.raises(
        CheckTrouble, match=r"tsc needs a tsconfig\.json, and there is none in .*: run it in the project's folder"
    ):
        tool_command("tsc", inner, tmp_path)
    with pytest.raises(CheckTrouble, match="Get it: npm install --save-dev typescript"):
        (tmp_path / "a/tsconfig.json").touch()
        tool_command("tsc", inner, tmp_path)
    program = tmp_path / "node_modules/.bin/tsc"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    found = tool_command("tsc", inner, tmp_path)
    assert (found.folder, found.command) == (tmp_path / "a", f"{program} --noEmit --pretty false -p .")
    program = tmp_path / "a/.venv/bin/ruff"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    found = tool_command("ruff", inner, tmp_path, [inner / "x y.py"])
    assert found.command.startswith(f"{program} check ") and found.command.endswith(" 'x y.py'")
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(CheckTrouble, match="shellcheck isn't installed here"):
        tool_command("shellcheck", inner, tmp_path)


# A scanner that writes SARIF of each line with `eval(`, and of what it can't compile.
SCANNER = """\
import json, pathlib, sys
results = []
for path in sorted(pathlib.Path(".").glob("*.py")):
    if path.name == "scan.py":
        continue
    text = path.read_text()
    try:
        compile(text, path.name, "exec")
    except SyntaxError:
        text = "eval(" + text
    for number, line in enumerate(text.splitlines(), 1):
        if "eval(" in line:
            place = {"artifactLocation": {"uri": path.name}, "region": {"startLine": number}}
            at = [{"physicalLocation": place}]
            results.append({"ruleId": "E1", "message": {"text": "eval is dangerous"}, "locations": at})
log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Scan"}}, "results": results}]}
out = open(sys.argv[1], "w") if len(sys.argv) > 1 else sys.stdout
out.write(json.dumps(log))
"""


@pytest.mark.parametrize("into", ["", " {sarif}"])
async def test_a_scanner_that_writes_sarif_is_asked_again(tmp_path: Path, into: str) -> None:
    code = "import ast\n\n\ndef value(text):\n    return eval(text)\n"
    top = project(tmp_path, {"shop.py": code, "scan.py": SCANNER})
    # The second one holds what the scanner looks for, too.
    answers = ("eval(text.strip())", "ast.literal_eval(text)", "ast.parse(text)")
    heads = ("", "(text):\n", "")
    mending = Mending(
        tmp_path, top, *(f"{head}    return {one}\n```" for head, one in zip(heads, answers, strict=True))
    )
    command = f"{shlex.quote(sys.executable)} scan.py{into}"
    end = await mending.run((Wanted("shop.py", 4, "E1"),), samples=8, command=command, drivers=frozenset({"Scan"}))
    assert endings(end) == [("E1", "fixed", "Scan is content: E1 is gone, no new finding")]
    assert "ast.parse" in end.changes[0].new.decode()


async def test_the_engine_away_in_the_middle_and_a_cancel_leave_nothing(tmp_path: Path) -> None:
    top = project(tmp_path, {**FILES, "shop.py": NO_IMPORTS})
    before = tree(top)
    mending = Mending(tmp_path, top)

    async def away() -> ReviewContext:
        raise EngineUnavailable("it is away")

    with pytest.raises(EngineUnavailable, match="it is away"):
        async with aclosing(find_finding_fixes(mending.request(), away)) as events:
            async for _ in events:
                pass
    assert tree(top) == before and copies() == []

    started = asyncio.Event()

    async def waits() -> ReviewContext:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def run() -> None:
        async with aclosing(find_finding_fixes(mending.request(), waits)) as events:
            async for _ in events:
                pass

    task = asyncio.create_task(run())
    await asyncio.wait_for(started.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tree(top) == before and copies() == []


async def test_the_request_tells_the_finding_and_its_line(tmp_path: Path) -> None:
    top = project(tmp_path, {**FILES, "shop.py": NO_IMPORTS})
    mending = Mending(tmp_path, top, TOTAL)
    await mending.run((Wanted("shop.py", 6, "F821"),))
    asked = json.dumps([message.content for message in mending.reviewing.engine.asked[0].messages])
    assert "ruff, line 6: Undefined name `itmes` (F821)" in asked and "    return sum(itmes)" in asked
    assert "Rewrite `total` so that the problem is gone" in asked
