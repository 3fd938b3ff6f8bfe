"""Which calls are allowed, asked about or denied, and what "always" holds for."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.agent.approval.commands import Shape, commands, covers, never_kept, shape_of
from postil.core.agent.approval.rules import Kept, Mode, Standing, rule
from postil.core.agent.events import FileChange
from postil.core.agent.permission import PermissionRequest
from postil.core.agent.tool import ToolCall, ToolKind

ROOT = "/home/ada/shop"
KINDS: tuple[ToolKind, ...] = ("read", "edit", "check", "run", "network", "mcp")
MODES: tuple[Mode, ...] = ("ask", "edit", "auto")


def request(
    kind: ToolKind, command: str = "", *, paths: tuple[str, ...] = (), name: str = "tool", server: str = ""
) -> PermissionRequest:
    changes = tuple(FileChange(path, None, "x") for path in paths)
    return PermissionRequest(ToolCall("1", name, "{}"), kind, "t", tuple(shlex.split(command)), changes, server)


def standing(mode: Mode = "edit", *kept: Kept, trusted: bool = True) -> Standing:
    return Standing(ROOT, mode, trusted, kept)


def run_of(argv: tuple[str, ...]) -> PermissionRequest:
    return PermissionRequest(ToolCall("1", "run", "{}"), "run", "t", argv)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("ask", ("allow", "deny", "deny", "deny", "deny", "deny")),
        ("edit", ("allow", "ask", "allow", "ask", "ask", "ask")),
        ("auto", ("allow", "allow", "allow", "ask", "ask", "ask")),
    ],
)
def test_what_each_mode_allows(mode: Mode, expected: tuple[str, ...]) -> None:
    """Read, edit, check, run, network, mcp."""
    said = [rule(request(kind, "pytest" if kind == "run" else ""), standing(mode)).verdict for kind in KINDS]
    assert tuple(said) == expected


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS[1:])
def test_in_an_untrusted_workspace_nothing_but_reading(mode: Mode, kind: ToolKind) -> None:
    kept = (Kept("edit", tool="tool"), Kept("run", Shape(("pytest",), (), True)), Kept("mcp", tool="tool", server="s"))
    asked = request(kind, "pytest" if kind == "run" else "", server="s")
    ruling = rule(asked, standing(mode, *kept, trusted=False))
    assert ruling.verdict == "deny" and "trusted" in ruling.why
    assert rule(asked, standing("auto", *kept)).verdict in ("allow", "ask"), "the control"


def test_a_check_that_nobody_has_said_yes_to_is_asked_about_each_time() -> None:
    for kind in ("check", "edit"):
        ruling = rule(request(kind, "'make test'"), standing("auto"))
        assert (ruling.verdict, ruling.keep) == ("ask", None)


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "/home/ada/shopping/a.py", f"{ROOT}/../b.py", f"{ROOT}/src/../../b.py", "a.py", ROOT, f"{ROOT}//a",
     f"{ROOT}/.git/hooks/pre-commit", f"{ROOT}/sub/.GIT/config", f"{ROOT}/a\0b", ""],
)  # fmt: skip
@pytest.mark.parametrize("mode", MODES)
def test_what_is_outside_or_gits_is_never_written(mode: Mode, path: str) -> None:
    kept = Kept("edit", tool="tool")
    assert rule(request("edit", paths=(f"{ROOT}/a.py", path)), standing(mode, kept)).verdict == "deny"


@pytest.mark.parametrize(
    "name", [".vscode/tasks.json", ".github/workflows/x.yml", "a/.envrc", "postil.toml", ".mcp.json"]
)
def test_files_that_start_programs_are_asked_about_in_every_mode(name: str) -> None:
    ruling = rule(request("edit", paths=(f"{ROOT}/{name}",)), standing("auto", Kept("edit", tool="tool")))
    assert (ruling.verdict, ruling.keep) == ("ask", None)
    assert rule(request("edit", paths=(f"{ROOT}/src/a.py",)), standing("auto")).verdict == "allow", "the control"


def test_edits_may_be_agreed_to_for_ever_by_tool() -> None:
    asked = request("edit", paths=(f"{ROOT}/a.py",))
    keep = rule(asked, standing()).keep
    assert keep is not None and keep == Kept("edit", tool="tool")
    assert rule(asked, standing("edit", keep)).verdict == "allow"
    assert rule(request("edit", paths=(f"{ROOT}/a.py",), name="other"), standing("edit", keep)).verdict == "ask"
    assert rule(asked, standing("ask", keep)).verdict == "deny"


def test_a_tool_of_a_server_is_agreed_to_by_server_and_name() -> None:
    keep = rule(request("mcp", server="git", name="status"), standing()).keep
    assert keep is not None
    assert rule(request("mcp", server="git", name="status"), standing("edit", keep)).verdict == "allow"
    for other in (request("mcp", server="git", name="push"), request("mcp", server="x", name="status"), request("mcp")):
        assert rule(other, standing("edit", keep)).verdict == "ask"


@pytest.mark.parametrize(
    ("agreed", "also", "not_"),
    [
        ("pytest", ["pytest tests/a.py", "pytest -q tests/test_a.py::test_b", "pytest -vv"],
         ["pytest -p evil", "pytest /etc", "pytest ../x.py", "pytest x", "pytest -c x.ini", "pytest .env/x.py",
          "./pytest", "/tmp/pytest", "pytest --rootdir=/", "pytest -q -p evil.py", "pytest a/../../b.py"]),
        ("pytest -x -k 'a or b' tests/a.py", ["pytest -x -k 'a or b' tests/b.py", "pytest -k 'a or b'"],
         ["pytest -x -k other", "pytest -x tests/c.py", "pytest -n 4"]),
        ("git diff", ["git diff src/a.py", "git diff --stat -- src/a.py", "git diff --cached"],
         ["git diff --output=/x", "git diff --output /x", "git -c core.pager=evil diff", "git diff --ext-diff", "git",
          "git -C / diff", "git diff HEAD", "git log", "git diff --no-index a.py b.py", "git difftool"]),
        ("cargo test", ["cargo test -q"], ["cargo run", "cargo test evil", "cargo test --config x", "cargo -Z x test"]),
        ("python -m pytest", ["python -m pytest tests/a.py"], ["python a.py", "python -m http.server", "python -c 1",
                                                               "python -m pytest -p x", "python3 -m pytest"]),
        ("make lint", [], ["make", "make install", "make lint install", "make -q lint", "make lint ./x"]),
        ("npm run build", [], ["npm run", "npm run other", "npm build", "npm run build ./x"]),
        ("./check.sh a.py", [], ["./check.sh b.py", "./check.sh", "check.sh a.py"]),
    ],
)  # fmt: skip
def test_always_holds_for_no_more_than_was_meant(agreed: str, also: list[str], not_: list[str]) -> None:
    keep = rule(request("run", agreed), standing()).keep
    assert keep is not None
    for command in (agreed, *also):
        assert rule(request("run", command), standing("auto", keep)).verdict == "allow", command
        assert rule(request("run", command), standing("auto")).verdict == "ask", "the control"
    for command in not_:
        assert rule(request("run", command), standing("auto", keep)).verdict == "ask", command


DISCARDS = [
    "git restore .", "git checkout -- a.py", "git checkout .", "git switch -f x", "git reset --hard", "git clean -fdx",
    "git stash", "git stash drop", "git push --force", "git branch -D x", "git -c core.pager=x log", "git commit -m x",
    "rm a", "rm -rf /", "rmdir a", "mv a b", "dd if=/dev/zero of=a", "truncate -s 0 a", "find . -delete", "shred a",
    "find . -exec rm {} +", "xargs rm", "cp a b", "sed -i s/a/b/ x", "tee a", "/bin/rm a", "RM a", "rm.exe a",
    "make clean", "npm run clean", "npm run db:reset", "npm publish", "cargo clean", "ruff check --fix", "chmod 777 a",
    "git diff --output=a", "git grep -O a", "git grep --open-files-in-pager=evil a", "tar -xf a", "curl http://a", "",
]  # fmt: skip
WRAPPED = [
    "sh -c ls", "bash -lc ls", "/bin/zsh x", "env pytest", "A=1 ls", "sudo pytest", "python -c 1", "python3.12 -c 1",
    "python x.py", "python -m http.server", "python -m timeit x", "node -e 1", "perl -e 1", "ruby x", "nohup pytest",
    "timeout 5 pytest", "npx x", "uvx x", "npm exec x", "docker run x", "awk x", "vim x", "ssh a b", "busybox sh",
    "make -f /dev/stdin", "pytest -c x", "tox exec x", "cargo run sh", "git bisect run x", "xargs ls", "time ls",
]  # fmt: skip
OPERATORS = [
    "ls | sh",
    "ls > a",
    "ls >> a",
    "ls < a",
    "ls && rm",
    "ls ; rm",
    "echo $HOME",
    "echo `ls`",
    "a & b",
    "a 2>&1",
]


@pytest.mark.parametrize("command", [*DISCARDS, *WRAPPED, *OPERATORS])
def test_what_is_asked_about_each_time(command: str) -> None:
    argv = tuple(shlex.split(command)) or ("",)
    kept = (
        Kept("run", Shape(argv)),
        Kept("run", Shape(argv[:1], argv[1:], True)),
        Kept("run", Shape(argv[:2], (), True)),
    )
    ruling = rule(run_of(argv), standing("auto", *kept))
    assert ruling.verdict != "allow" and ruling.keep is None and ruling.why


WORDS = st.one_of(
    st.sampled_from([word for command in (*DISCARDS, *WRAPPED, *OPERATORS) for word in shlex.split(command)]),
    st.sampled_from(["pytest", "git", "diff", "cargo", "test", "-q", "--", "src/a.py", "tests", "make", "npm", "run"]),
    st.text(max_size=6),
)
ARGV = st.lists(WORDS, max_size=6).map(tuple)


def kept_for(argv: tuple[str, ...], other: tuple[str, ...]) -> tuple[Kept, ...]:
    """All that a file could say of them, whoever wrote it."""
    shapes = [
        Shape(argv),
        *(Shape(argv[:n], argv[n:] + other, True) for n in range(len(argv) + 1)),
        Shape((), argv, True),
    ]
    shape = shape_of(other)
    return tuple(Kept("run", one) for one in (*shapes, *([shape] if shape else [])))


@given(ARGV, ARGV)
def test_nothing_that_may_not_be_kept_is_ever_allowed(argv: tuple[str, ...], other: tuple[str, ...]) -> None:
    ruling = rule(run_of(argv), standing("auto", *kept_for(argv, other)))
    if never_kept(argv) or not argv:
        assert ruling.verdict != "allow" and ruling.keep is None


@given(
    ARGV, ARGV, st.sampled_from(sorted(commands().wrappers | commands().discards)), st.sampled_from(["", "/bin/", "./"])
)
def test_no_shell_and_no_discard_is_ever_allowed(
    before: tuple[str, ...], after: tuple[str, ...], name: str, folder: str
) -> None:
    """As the program, and as a word of another's, but for `python -m` of a runner of tests."""
    argv = (f"{folder}{name}", *after)
    if not (len(after) > 1 and after[0] == "-m" and after[1] in commands().modules):
        assert rule(run_of(argv), standing("auto", *kept_for(argv, before))).verdict != "allow"
    argv = ("make", *before, f"{folder}{name}", *after)
    assert rule(run_of(argv), standing("auto", *kept_for(argv, before))).verdict != "allow"


@given(ARGV, ARGV, st.sampled_from(["|", ">", ">>", "<", ";", "&&", "&", "$(x)", "`x`", "2>&1", "a\nb", "\0"]))
def test_no_operator_is_ever_allowed(before: tuple[str, ...], after: tuple[str, ...], operator: str) -> None:
    for argv in ((*before, operator, *after), (*before, f"a{operator}b", *after)):
        assert rule(run_of(argv), standing("auto", *kept_for(argv, before))).verdict != "allow"


@given(ARGV)
def test_a_yes_holds_at_least_for_what_was_asked(argv: tuple[str, ...]) -> None:
    shape = shape_of(argv)
    assert (shape is None) == bool(never_kept(argv))
    if shape is not None:
        assert covers(shape, argv)
        assert not covers(shape, (*argv, "--other")) and not covers(shape, (*argv, "/etc/passwd"))


@given(ARGV, ARGV)
def test_reading_runs_nothing(argv: tuple[str, ...], other: tuple[str, ...]) -> None:
    asked = PermissionRequest(ToolCall("1", "read", "{}"), "read", "t", argv)
    assert rule(asked, standing("auto")).verdict == ("deny" if argv else "allow")
