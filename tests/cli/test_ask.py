"""`postil ask` and `postil agent`, as commands: what is printed where, what is refused, what is kept."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.acp.editing import MODEL, call, edit, says
from tests.cli.test_models import Postil

READ = call("read", path="fees.py")
EDIT = edit("fees.py", "LATE = 7", "LATE = 8")


class Asking(Postil):
    """`run("ask", …)` is `postil ask …`, with a script in the model's place."""

    def words(self, *words: str) -> tuple[str, ...]:
        script = str(self.folder.parent / "script.json")
        talks = words[0] == "ask" or (words[:1] == ("agent",) and not {"history", "forget", "approvals"} & set(words))
        return (*words, "--engine-script", script, "--model", MODEL) if talks else words

    def script(self, *rules: dict[str, Any]) -> None:
        (self.folder.parent / "script.json").write_text(json.dumps(rules), encoding="utf-8")

    def say(self, text: str, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        environment = self.environment | {"XDG_STATE_HOME": str(self.folder.parent / "state")}
        done = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done
        return done


@pytest.fixture
def postil(tmp_path: Path) -> Asking:
    made = Asking(tmp_path)
    made.environment["XDG_STATE_HOME"] = str(tmp_path / "state")
    (made.folder / "fees.py").write_text("LATE = 7\n", encoding="utf-8")
    made.script(says(READ, "how late", times=1), says("It is 7.", "LATE = 7", times=1))
    return made


def test_the_answer_is_on_stdout_and_the_work_on_stderr(postil: Asking) -> None:
    done = postil.run("ask", "how late is it?")
    assert done.stdout == "It is 7.\n" and "Read fees.py" in done.stderr


def test_as_json_each_event_is_a_line(postil: Asking) -> None:
    rows = [json.loads(line) for line in postil.run("ask", "how late is it?", "--json").stdout.splitlines()]
    kinds = [row["event"] for row in rows]
    assert "call_started" in kinds and "call_ended" in kinds and kinds[-1] == "ended"
    assert "".join(row["text"] for row in rows if row["event"] == "said") == "It is 7."


def test_what_is_piped_in_is_put_beside_the_question(postil: Asking) -> None:
    postil.script(says("A type error.", "TypeError: no"))
    assert postil.say("TypeError: no\n", "ask", "what is this?").stdout == "A type error.\n"


def test_nothing_is_changed_unless_it_is_said_so(postil: Asking) -> None:
    postil.script(says(EDIT, "raise it", times=1), says("Done.", ""))
    postil.run("ask", "raise it")
    assert (postil.folder / "fees.py").read_text() == "LATE = 7\n"
    postil.script(says(EDIT, "raise it", times=1), says("Done.", ""))
    done = postil.run("ask", "raise it", "--mode", "auto")
    assert (postil.folder / "fees.py").read_text() == "LATE = 8\n" and "+LATE = 8" in done.stderr


def test_what_a_model_writes_cannot_control_the_terminal(postil: Asking) -> None:
    postil.script(says("\x1b]0;title\x07It is \u202e7.", ""))
    out = postil.run("ask", "how late is it?").stdout
    assert "\x1b" not in out and "\x07" not in out and "\\x1b" in out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("ask", ""), 2, "say what you want to know"),
        (("ask", "x", "--persona", "nobody"), 2, "no persona to talk with"),
        (("ask", "x", "--continue", "zzz"), 2, "postil agent history"),
        (("ask", "broken"), 3, "The script says refused"),
        (("ask", "round"), 1, "round in circles"),
    ],
)
def test_what_went_wrong_is_said_with_its_code(postil: Asking, words: tuple[str, ...], code: int, told: str) -> None:
    postil.script(says("", "broken", error="refused"), says(READ, ""))
    assert told in postil.run(*words, code=code).stderr


def test_a_conversation_is_kept_gone_on_with_and_forgotten(postil: Asking) -> None:
    postil.run("ask", "how late is it?")
    (kept,) = json.loads(postil.run("agent", "history", "--json").stdout)
    assert kept["title"] == "how late is it?"
    postil.script(says("I said 7.", "again"))
    assert postil.run("ask", "say it again", "--continue", "last").stdout == "I said 7.\n"
    assert len(json.loads(postil.run("agent", "history", "--json").stdout)) == 1
    assert "forgotten" in postil.run("agent", "forget", kept["id"][:8]).stderr
    assert json.loads(postil.run("agent", "history", "--json").stdout) == []
    assert "no conversation" in postil.run("agent", "forget", "zzz", code=2).stderr


class Terminal:
    """A `postil agent` at a terminal."""

    def __init__(self, postil: Asking, *words: str) -> None:
        ours, its = pty.openpty()
        self.keys = ours
        self.process = subprocess.Popen(
            postil.command("agent", *words),
            cwd=postil.folder,
            env=postil.environment,
            stdin=its,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        os.close(its)
        self.text, self.seen = "", 0

    def until(self, text: str, seconds: float = 60.0) -> None:
        """Read until it shows this, behind what was read before."""
        assert self.process.stdout is not None
        ends = time.monotonic() + seconds
        while text not in self.text[self.seen :]:
            assert time.monotonic() < ends, self.text
            if select.select([self.process.stdout], [], [], 1.0)[0]:
                self.text += os.read(self.process.stdout.fileno(), 4096).decode("utf-8", "replace")
        self.seen = self.text.index(text, self.seen) + len(text)

    def type(self, text: str) -> None:
        os.write(self.keys, f"{text}\n".encode())

    def interrupt(self) -> None:
        os.kill(self.process.pid, signal.SIGINT)

    def end(self) -> int:
        assert self.process.stdout is not None
        code = self.process.wait(60)
        self.process.stdout.close()
        os.close(self.keys)
        return code


@pytest.mark.slow
def test_a_talk_asks_before_it_changes_anything_and_undoes_it(postil: Asking, tmp_path: Path) -> None:
    fees = postil.folder / "fees.py"
    held = str(tmp_path / "never")
    postil.script(
        says(EDIT, "raise it", times=2),
        says("It takes", "for ever", hold=held),
        says("Here.", "there"),
        says("Done.", ""),
    )
    talk = Terminal(postil)
    talk.until("> ")
    talk.type("raise it")
    talk.until("[y]es")
    assert "+LATE = 8" in talk.text
    talk.type("n")
    talk.until("> ")
    assert fees.read_text() == "LATE = 7\n"
    # Ctrl-C ends a turn, any number of them, and takes no line with it.
    for _ in range(2):
        talk.type("wait for ever")
        talk.until("It takes")
        talk.interrupt()
        talk.until("stopped")
    talk.type("are you there?")
    talk.until("Here.")
    talk.until("> ")
    talk.type("raise it")
    talk.until("[y]es")
    talk.type("y")
    talk.until("Done.")
    talk.until("> ")
    assert fees.read_text() == "LATE = 8\n"
    talk.type("/undo")
    talk.until("byte for byte")
    assert fees.read_text() == "LATE = 7\n"
    talk.type("/quit")
    assert talk.end() == 0


def test_in_a_pipe_no_line_is_taken_for_a_yes(postil: Asking) -> None:
    postil.script(says(EDIT, "raise it"), says("Done.", ""))
    done = postil.say("raise it\ny\n/context\n", "agent")
    assert (postil.folder / "fees.py").read_text() == "LATE = 7\n" and "no terminal" in done.stderr
    assert "Instructions and tools" in done.stdout


@pytest.mark.slow
def test_a_signal_ends_a_wait_for_what_is_piped_in(postil: Asking) -> None:
    process = subprocess.Popen(
        postil.command("ask", "how late is it?"),
        cwd=postil.folder,
        env=postil.environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None and process.stdin is not None
    code = None
    ends = time.monotonic() + 60
    while code is None and time.monotonic() < ends:
        # It may not have its handler yet, but then it ends by the signal itself.
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(1)
    process.stdin.close()
    process.stderr.close()
    assert code in (130, -signal.SIGTERM)


@pytest.mark.slow
def test_a_signal_ends_it_and_leaves_nothing(postil: Asking, tmp_path: Path) -> None:
    postil.script(says("It is", "how late", hold=str(tmp_path / "never")))
    process = subprocess.Popen(
        postil.command("ask", "how late is it?"),
        cwd=postil.folder,
        env=postil.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert os.read(process.stdout.fileno(), 5) == b"It is"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and b"stopped" in errors, (out, errors)
    assert time.monotonic() - began < 30
