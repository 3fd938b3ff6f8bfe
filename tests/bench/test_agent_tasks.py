"""The tasks of `bench.agent` are sound: they load, their checkers tell right from wrong, their mends mend."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from bench.agent.__main__ import problems_of
from bench.agent.answers import Answer, has, problem
from bench.agent.calls import SIGNATURES, meets, valid
from bench.agent.talk import data, facts, turns
from bench.agent.tasks import TASKS, MendTask, Question, Task, TaskError, ToolTask, load, tasks
from bench.agent.workspace import copy_of, judged

ALL = {task.name: task for task in tasks()}
MEND = [task for task in ALL.values() if isinstance(task.spec, MendTask)]
# A right call, or two, for each tool task that wants any.
RIGHT: dict[str, list[tuple[str, dict[str, object]]]] = {
    "one_read": [("read", {"path": "./ferry/refunds.py", "from_line": 1, "to_line": 12})],
    "one_calculate": [("calculate", {"expression": "2480 * 17.5 / 100"})],
    "one_check": [("check", {"name": "tests"})],
    "one_find": [("find", {"text": "GATE_MINUTES"})],
    "one_list": [("list", {"path": "src/"})],
    "one_review": [("review", {"path": "src/label.ts"})],
    "choose_symbol": [("symbol", {"name": "Lease"})],
    "choose_git": [("git", {"what": "diff"})],
    "choose_check": [("check", {})],
    "choose_search": [("search", {"question": "parcels that got lost"})],
    "choose_diagnostics": [("diagnostics", {"path": "src/quote.ts"})],
    "choose_recall": [("recall", {"query": "winter timetable"})],
    "two_find_read": [("symbol", {"name": "Pantry"}), ("read", {"path": "src/pantry.js"})],
    "two_edit_check": [
        ("edit", {"path": "ferry/schedule.py", "old": "DWELL = 12", "new": "DWELL = 15"}),
        ("check", {"name": "tests"}),
    ],
    "two_list_read": [("list", {"path": "queue"}), ("read", {"path": "queue/lease.go"})],
    "two_read_calculate": [
        ("read", {"path": "ferry/tariff.py"}),
        ("calculate", {"expression": "2 * 2225 + 3 * 990"}),
    ],
}
# Two tasks for which one call is right.
ALIKE = {("one_check", "choose_check"), ("one_check", "two_edit_check"), ("choose_check", "two_edit_check")}


def answers() -> list[tuple[str, Answer]]:
    found = [(name, task.spec.answer) for name, task in ALL.items() if not isinstance(task.spec, MendTask)]
    return [*((name, one) for name, one in found if one), *((one.tell, one.answer) for one in data().facts)]


def test_there_are_as_many_as_we_say() -> None:
    assert Counter(task.kind for task in ALL.values()) == {"questions": 20, "tools": 20, "mend": 20}
    last = Counter(task.kind for task in ALL.values() if task.spec.split == "last-look")
    assert last == {"questions": 7, "tools": 7, "mend": 7}
    forms = Counter(task.spec.form for task in ALL.values() if isinstance(task.spec, ToolTask))
    assert forms == {"one": 6, "choose": 6, "two": 4, "none": 2, "missing": 2}
    reads = Counter(task.spec.reads for task in ALL.values() if isinstance(task.spec, Question))
    assert reads[2] >= 6
    assert {task.spec.language for task in MEND if isinstance(task.spec, MendTask)} == {"python", "javascript", "go"}


@pytest.mark.parametrize(("name", "answer"), answers(), ids=lambda one: one if isinstance(one, str) else "")
def test_a_checker_tells_right_from_wrong(name: str, answer: Answer) -> None:
    assert [problem(text, answer) for text in answer.right] == [""] * len(answer.right), name
    assert all(problem(text, answer) for text in answer.wrong), name
    # A dump: all that is right and all that is wrong, again and again.
    assert problem(" ".join([*answer.right, *answer.wrong] * 80), answer)


@pytest.mark.parametrize(
    ("text", "wanted", "there"),
    [
        ("It is 31,500 g.", "31500", True),
        ("It is 31_500g", "31500", True),
        ("7.5s", "7.5", True),
        ("12.0 seconds", "12", True),
        ("12.5 seconds", "12", False),
        ("112", "12", False),
        ("0.12", "12", False),
        ("ends with 12.", "12", True),
        ("In `src/units.py`:", "units.py", True),
        ("subunits.py", "units.py", False),
        ("after_gate_surcharge()", "gate_surcharge", False),
        ("75 seconds", "7.5", False),
        ("a '|' between", "|", True),
    ],
)
def test_a_string_stands_at_the_bounds_of_words(text: str, wanted: str, there: bool) -> None:
    assert has(text, wanted) is there


@pytest.mark.parametrize(
    "task", [task for task in ALL.values() if isinstance(task.spec, Question)], ids=lambda task: task.name
)
def test_an_answer_rests_on_the_repository_and_the_question_does_not_tell_it(task: Task) -> None:
    spec = task.spec
    assert isinstance(spec, Question)
    for one in spec.evidence:
        lines = (task.repository / one.path).read_text(encoding="utf-8").splitlines()
        assert any(one.text in line for line in (lines[one.line - 1 : one.line] if one.line else lines)), one
    assert len({one.path for one in spec.evidence}) == spec.reads
    assert not any(has(spec.ask, wanted) for group in spec.answer.all for wanted in group)
    assert 5 <= sum(path.is_file() for path in task.repository.rglob("*")) <= 15


def test_each_tool_task_knows_its_calls_and_no_others() -> None:
    wanting = {task.folder.name: task.spec for task in ALL.values() if isinstance(task.spec, ToolTask)}
    assert set(RIGHT) == {name for name, spec in wanting.items() if spec.calls}
    for name, said in RIGHT.items():
        for group, (tool, arguments) in zip(wanting[name].calls, said, strict=True):
            text = json.dumps(arguments)
            assert valid(tool, text) and any(meets(tool, text, one) for one in group), (name, tool)
    for name, said in RIGHT.items():
        for other, spec in wanting.items():
            if other == name or tuple(sorted((name, other))) in {tuple(sorted(pair)) for pair in ALIKE}:
                continue
            for tool, arguments in said:
                text = json.dumps(arguments)
                assert not any(meets(tool, text, one) for group in spec.calls for one in group), (name, other)


@pytest.mark.parametrize(
    ("name", "arguments", "good"),
    [
        ("read", '{"path": "a"}', True),
        ("read", '{"path": "a", "from_line": 3, "to_line": null}', True),
        ("read", '{"path": "a", "from_line": "3"}', True),
        ("read", '{"path": "a", "from_line": "three"}', False),
        ("git", '{"what": "log", "revision": "HEAD"}', True),
        ("git", '{"what": "push"}', False),
        ("read", '{"path": "a", "from_line": true}', False),
        ("read", "{}", False),
        ("read", '{"file": "a", "path": "b"}', False),
        ("read", '{"path": ["a"]}', False),
        ("read", "path=a", False),
        ("list", "{}", True),
        ("teleport", "{}", False),
    ],
)
def test_a_call_is_valid_or_not(name: str, arguments: str, good: bool) -> None:
    assert valid(name, arguments) is good
    assert "teleport" not in SIGNATURES


@pytest.mark.parametrize("task", MEND, ids=lambda task: task.name)
def test_a_program_names_its_check_and_keeps_its_mend_apart(task: Task) -> None:
    spec = task.spec
    assert isinstance(spec, MendTask)
    settings = tomllib.loads((task.repository / "postil.toml").read_text(encoding="utf-8"))
    assert shlex.split(settings["checks"]["tests"]["command"]) == list(spec.check)
    mended = {path.relative_to(task.folder / "mend").as_posix() for path in (task.folder / "mend").rglob("*.*")}
    assert mended == set(spec.faulty)
    for name in mended:
        assert (task.repository / name).read_text("utf-8") != (task.folder / "mend" / name).read_text("utf-8")
    hidden = [path.relative_to(task.folder / "hidden") for path in (task.folder / "hidden").rglob("*.*")]
    assert hidden and not any((task.repository / path).exists() for path in hidden)


@pytest.mark.slow
@pytest.mark.parametrize("task", MEND, ids=lambda task: task.name)
def test_a_program_fails_before_its_mend_and_passes_after(task: Task) -> None:
    assert isinstance(task.spec, MendTask)
    if shutil.which(task.spec.check[0]) is None:
        pytest.skip(f"there is no {task.spec.check[0]} here")
    assert problems_of(task, task.spec) == []


def test_a_mend_that_mends_nothing_is_found_out(tmp_path: Path) -> None:
    """The control of the test above."""
    task = ALL["mend/seat_rows"]
    shutil.copytree(task.folder, tmp_path / "seat_rows")
    shutil.copyfile(task.folder / "repo" / "seats.py", tmp_path / "seat_rows" / "mend" / "seats.py")
    copied = load("mend", tmp_path / "seat_rows")
    assert isinstance(copied.spec, MendTask)
    assert problems_of(copied, copied.spec) == ["mended: the tests fail"]
    shutil.copyfile(task.folder / "mend" / "seats.py", tmp_path / "seat_rows" / "repo" / "seats.py")
    assert "passes before" in problems_of(copied, copied.spec)


def test_changed_tests_and_overfit_code_are_no_mend() -> None:
    task = ALL["mend/seat_rows"]
    assert isinstance(task.spec, MendTask)
    with copy_of(task, mended=True) as folder:
        (folder / "test_hall.py").write_text("", encoding="utf-8")
        assert judged(task, task.spec, folder).why == "the tests were changed"
    with copy_of(task) as folder:
        seats = (folder / "seats.py").read_text("utf-8")
        cheat = seats.replace("    return row * width + seat\n", '    return {"A2": 1, "B3": 5}.get(name, 0)\n')
        (folder / "seats.py").write_text(cheat, encoding="utf-8")
        assert judged(task, task.spec, folder).why == "the tests that it didn't see fail"
    with copy_of(task, mended=True) as folder:
        (folder / "test_own.py").write_text("", encoding="utf-8")
        assert judged(task, task.spec, folder).mended, "a test may be added"


def test_a_change_is_made_after_the_commit() -> None:
    with copy_of(ALL["tools/choose_git"]) as folder:
        done = subprocess.run(["git", "diff", "--name-only"], cwd=folder, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["greenhouse/poll.py"]


@pytest.mark.parametrize(
    ("kind", "name", "old", "new", "words"),
    [
        ("questions", "ferry_late", "reads = 1", "reads = 1\nread = 2", "unknown field"),
        ("questions", "ferry_late", 'split = "tune"', 'split = "later"', "later"),
        ("questions", "ferry_late", 'repository = "ferry"', 'repository = "feri"', "there is no"),
        ("tools", "one_list", 'name = "list"', 'name = "dir"', "no tool 'dir'"),
        ("tools", "one_list", "equals", "is", "unknown field"),
        ("tools", "one_list", "path = {", "folder = {", "list has no folder"),
        ("tools", "one_list", 'form = "one"', 'form = "two"', "two needs 2"),
        ("tools", "none_hello", "[answer]", "[reply]", "unknown field"),
        ("mend", "seat_rows", "faulty = ", "broken = ", "unknown field"),
    ],
)
def test_a_malformed_task_is_refused(tmp_path: Path, kind: str, name: str, old: str, new: str, words: str) -> None:
    shutil.copytree(TASKS / kind / name, tmp_path / name)
    path = tmp_path / name / "task.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(TaskError, match=words):
        load(kind, tmp_path / name)


def test_what_is_told_is_told_once_and_early() -> None:
    known = data()
    said = facts(known, 40_000)
    assert said == facts(known, 40_000) and turns(known) == turns(known)
    assert len(known.facts) == 20 and len(turns(known)) == 30
    assert sum(len(line.text) for line in said) >= 160_000
    assert [line.purpose for line in said[:4]] == ["told"] * 4
    assert [line.fact for line in said[-20:]] == list(known.facts)
    later = " ".join(line.text for line in said[4:])
    for fact in known.facts:
        assert not all(any(has(later, one) for one in group) for group in fact.answer.all), fact.tell
        assert all(any(has(fact.tell, one) for one in group) for group in fact.answer.all), fact.tell
