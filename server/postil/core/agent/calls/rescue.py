"""Tool calls in a streamed answer, in every dress that models give them, apart from the text that is shown.

Where dresses come from: `<tool_call>` Hermes and Qwen, `<function=…>` Llama 3.1 and Qwen3-Coder, `<|python_tag|>` Llama
3, `[TOOL_CALLS]` Mistral, `functools[…]` Phi, `<|tool_call|>` Granite, ```tool_code Gemma; bare or fenced JSON: all of
them, at times. Edits come as blocks to search and replace, so that code never travels in JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from postil.core.agent.calls.written import (
    Mend,
    Signatures,
    Written,
    begins_call,
    from_json,
    from_python,
    from_xml,
    json_end,
)
from postil.core.agent.tool import ToolCall

# Characters of one call; a longer one is an answer that never ends.
MOST_CALL = 60_000

_MARKS = ("<tool_call>", "<|tool_call|>", "<|python_tag|>", "[TOOL_CALLS]", "functools[", "<function_call>", "<tool>")
_FUNCTION = "<function="
_CLOSERS = (
    "</tool_call>",
    "</function_call>",
    "</tool>",
    "<|/tool_call|>",
    "<|tool_call_end|>",
    "<|eom_id|>",
    "<|eot_id|>",
)
_CLOSING = re.compile(r"\s*(?:" + "|".join(map(re.escape, _CLOSERS)) + ")")
_OPENER = re.compile(
    "|".join(map(re.escape, _MARKS))
    + "|(?P<closer>"
    + "|".join(map(re.escape, _CLOSERS))
    + ")"
    + r"|(?P<function><function=(?P<named>[\w.-]+)>)"
    # A fence is looked at where what follows may be a call, or a block to search and replace.
    + r"|^(?P<fence>[ \t]*`{3,}(?P<info>[\w+.-]*)[ \t]*\n\s*)(?=[{\[<A-Za-z_])"
    + r"|^(?P<search><{5,9} ?SEARCH[^\n]*\n)"
    + r"|^(?P<bare>[ \t]*)(?=\{\s*\"|\[\s*\{)",
    re.MULTILINE,
)
_OF_A_LINE = ("fence", "search", "bare")
# What may still become the beginning of one.
# A path alone in its line, which belongs to the block below.
_LONE = r"[#*`]{0,6} ?[\w./\\@+-]{0,200}[`*:]{0,6}"
_LONE_LINE = re.compile(rf"(?:^|(?<=\n))[ \t]*(?P<path>{_LONE}\n)\Z")
_BEGUN = re.compile(
    rf"(?:^|\n)[ \t]*(?:{_LONE}(?:\n[ \t]*|\Z))?"
    r"(?:`{1,3}|`{3,}[\w+.-]*[ \t]*(?:\n\s*[<\w]{0,40})?|[{\[]\s*|<{1,9}[ SEARCH]*[^\n]*)?\Z"
)
_SEARCH = re.compile(
    r"<{5,9} ?SEARCH[^\n]*\n(?P<old>.*?)(?:^|(?<=\n))={5,9}[ \t]*\n"
    r"(?P<new>.*?)(?:^|(?<=\n))>{5,9}(?: ?REPLACE)?[ \t]*(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
_CODE_INFO = frozenset({"tool", "tool_code", "tool_call", "tools"})
_LONGEST_MARK = max(map(len, (*_MARKS, *_CLOSERS, _FUNCTION)))
_PATH = re.compile(r"[\w./\\@+-]*[\w-]\.[A-Za-z]\w*|[\w./-]+/[\w.-]+|Makefile|Dockerfile")

_Parsed = tuple[int, tuple[Written, ...]] | Literal["incomplete", "none"]


@dataclass(frozen=True, slots=True)
class Read:
    """What has become certain: text to show, and calls, in their order (the text stands before the calls)."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


class CallReader:
    """Reads one answer. `signatures`: the tools and their parameters. `new_id` makes the id of a call. Text that may be
    the beginning of a call is held back."""

    def __init__(self, signatures: Signatures, new_id: Callable[[], str], mend: Mend | None = None) -> None:
        self._signatures = signatures
        self._new_id = new_id
        self._mend = mend
        self._held = ""
        self._line = ""
        # What stands before all that is held.
        self._before = "\n"
        self._any = False
        # Whether a call has begun that isn't finished, and the dress: a mark after which only a call can follow.
        self.begun = False

    def feed(self, text: str, *, last: bool = False) -> Read:
        self._held += text
        shown: list[str] = []
        calls: list[ToolCall] = []
        at = 0
        while True:
            found = _OPENER.search(self._held, at)
            if found is None:
                break
            if not found.start() and self._before != "\n" and any(found[kind] is not None for kind in _OF_A_LINE):
                # What is held begins within a line, and only there a line's beginning.
                self._show(shown, self._held[at : at + 1])
                at += 1
                continue
            parsed = self._parsed(found, last=last)
            if parsed == "incomplete" and not last and len(self._held) - found.start() < MOST_CALL:
                cut = self._path_line(at, found.start())
                self._show(shown, self._held[at:cut])
                self._hold(cut)
                self.begun = found["fence"] is None and found["bare"] is None
                return self._read(shown, calls)
            if isinstance(parsed, str):
                # No call: what opened it is text.
                stop = max(found.end(), found.start() + 1)
                self._show(shown, self._held[at:stop])
                at = stop
                continue
            end, written = parsed
            cut = self._path_line(at, found.start())
            # A path that the block below has taken isn't shown; any other line is.
            taken = (
                len(written) == 1 and written[0].name == "edit" and _names(self._held[cut : found.start()], written[0])
            )
            self._show(shown, self._held[at : cut if taken else found.start()])
            calls += [ToolCall(self._new_id(), one.name, one.arguments) for one in written]
            self._any = True
            at = end
        rest = self._held[at:]
        if last:
            calls += self._bare_call(rest) if not self._any and not "".join(shown).strip() else []
            if not calls or self._any:
                self._show(shown, rest)
            self._hold(len(self._held))
        else:
            keep = self._kept(rest)
            self._show(shown, rest[: len(rest) - keep])
            self._hold(len(self._held) - keep)
        self.begun = False
        return self._read(shown, calls)

    def _hold(self, start: int) -> None:
        """Hold back what begins there."""
        self._before = self._held[start - 1] if start else self._before
        self._held = self._held[start:]

    def _path_line(self, at: int, end: int) -> int:
        """Where a line with nothing but a path begins that ends at `end`; `end` where there is none."""
        found = _LONE_LINE.search(self._held[:end], max(at, end - 260))
        if found is None:
            return end
        start = found.start()
        before = self._held[start - 1] if start else self._before
        return found.start("path") if before == "\n" else end

    def _read(self, shown: list[str], calls: list[ToolCall]) -> Read:
        return Read("".join(shown), tuple(calls))

    def _show(self, shown: list[str], text: str) -> None:
        if text:
            shown.append(text)
            lines = [line for line in (self._line + text).split("\n") if line.strip()]
            self._line = (lines[-1] if lines else "")[-300:] + ("\n" if text.endswith("\n") else "")

    def _bare_call(self, rest: str) -> list[ToolCall]:
        """An answer that is nothing but a call of a known tool, in Python's way."""
        text = rest.strip()
        if not begins_call(text, 0, self._signatures):
            return []
        return [ToolCall(self._new_id(), one.name, one.arguments) for one in from_python(text, self._signatures)]

    def _kept(self, rest: str) -> int:
        """How many characters at the end may be the beginning of a call."""
        begun = _BEGUN.search(rest, max(0, len(rest) - 400))
        line = len(rest) - begun.start() if begun is not None and begun[0].strip() else 0
        word = rest.strip()
        named = any(f"{name}(".startswith(word) for name in self._signatures) if word else False
        if not self._any and not self._line and (named or begins_call(word, 0, self._signatures)):
            line = len(rest)
        partial = next(
            (
                size
                for size in range(min(_LONGEST_MARK, len(rest)), 0, -1)
                if any(mark.startswith(rest[-size:]) for mark in (*_MARKS, *_CLOSERS, _FUNCTION))
                or _half_function(rest[-size:])
            ),
            0,
        )
        return max(line, partial)

    def _parsed(self, found: re.Match[str], *, last: bool) -> _Parsed:
        if found["closer"]:
            # What a call has left behind; in an answer without calls it is text about them.
            return (found.end(), ()) if self._any else "none"
        if found["function"]:
            return self._function(found, last=last)
        if found["search"]:
            return self._block(found.start(), last=last)
        if found["fence"] is not None:
            return self._fence(found, last=last)
        if found["bare"] is not None:
            return self._json(found.end(), last=last, sure=False)
        # After a mark comes a call, whatever it is called.
        at = found.end() - (1 if found[0] == "functools[" else 0)
        body = self._held[at:].lstrip()
        at = len(self._held) - len(body)
        if not body:
            return "none" if last else "incomplete"
        if body[0] in "{[":
            return self._json(at, last=last, sure=True)
        if body.startswith(_FUNCTION):
            inner = _OPENER.match(self._held, at)
            return self._function(inner, last=last) if inner is not None else "none" if last else "incomplete"
        return self._python(at, last=last)

    def _json(self, at: int, *, last: bool, sure: bool) -> _Parsed:
        end = json_end(self._held, at)
        if end is None and not last:
            return "incomplete"
        text = self._held[at : end if end is not None else len(self._held)]
        written = from_json(text, self._mend if sure or _looks_like_call(text) else None)
        if not sure:
            written = tuple(one for one in written if one.sure or one.name in self._signatures)
            if not all(one.name in self._signatures or _exact(text) for one in written):
                written = ()
        if not written:
            return "none"
        stop = end if end is not None else len(self._held)
        after = self._closed(stop, last=last or not sure)
        return "incomplete" if after is None else (after, written)

    def _closed(self, stop: int, *, last: bool) -> int | None:
        """Where a call ends with its closing mark; None where that may still come."""
        closing = _CLOSING.match(self._held, stop)
        if closing is None and not last and self._held[stop:].strip() in _CLOSING_BEGINNINGS:
            return None
        return closing.end() if closing is not None else stop

    def _function(self, found: re.Match[str], *, last: bool) -> _Parsed:
        end = self._held.find("</function>", found.end())
        if end < 0 and not last:
            return "incomplete"
        body = self._held[found.end() : end if end >= 0 else len(self._held)]
        stop = end + len("</function>") if end >= 0 else len(self._held)
        after = self._closed(stop, last=last)
        written = from_xml(found["named"], body.removesuffix("</tool_call>"), self._mend)
        return "incomplete" if after is None else (after, (written,))

    def _python(self, at: int, *, last: bool) -> _Parsed:
        closing = _CLOSING.search(self._held, at)
        if closing is None and not last:
            return "incomplete"
        written = from_python(self._held[at : closing.start() if closing else len(self._held)], self._signatures)
        return (closing.end() if closing else len(self._held), written) if written else "none"

    def _fence(self, found: re.Match[str], *, last: bool) -> _Parsed:
        at = found.end()
        ticks = re.match(r"[ \t]*(`+)", found["fence"])
        mark = ticks[1] if ticks else "```"
        if self._held.startswith("<", at):
            if _SEARCH.match(self._held, at):
                parsed = self._block(at, last=last)
            elif "<<<<<<< SEARCH".startswith(self._held[at : at + 14]) or self._held.startswith("<<<<<", at):
                return "incomplete" if not last else "none"
            else:
                inner = _OPENER.match(self._held, at)
                if inner is None:
                    half = any(mark.startswith(self._held[at:]) for mark in (*_MARKS, _FUNCTION))
                    return "incomplete" if not last and (half or _half_function(self._held[at:])) else "none"
                parsed = self._parsed(inner, last=last)
        elif self._held[at] in "{[":
            parsed = self._json(at, last=last, sure=False)
        elif found["info"] in _CODE_INFO:
            close = self._held.find("\n" + mark, at)
            if close < 0 and not last:
                return "incomplete"
            written = from_python(self._held[at : close if close >= 0 else len(self._held)], self._signatures)
            return (close + 1 if close >= 0 else len(self._held), written) if written else "none"
        else:
            return "none"
        if isinstance(parsed, str):
            return parsed
        end, written = parsed
        close = re.compile(r"\s*" + re.escape(mark) + r"[ \t]*\n?").match(self._held, end)
        if close is None and not last and not self._held[end:].strip(" \t\r\n`"):
            return "incomplete"
        return close.end() if close is not None else end, written

    def _block(self, at: int, *, last: bool) -> _Parsed:
        found = _SEARCH.match(self._held, at)
        if found is None:
            return "none" if last else "incomplete"
        if not last and found.end() == len(self._held) and not found[0].endswith("\n"):
            return "incomplete"
        path = self._path_before(at)
        arguments = {"path": path, "old": found["old"], "new": found["new"]}
        return found.end(), (Written("edit", json.dumps(arguments, ensure_ascii=False)),)

    def _path_before(self, at: int) -> str:
        """The path in the last line before a block; "" where there is none."""
        before = self._line + self._held[:at]
        lines = [line for line in before.split("\n") if line.strip() and not line.strip().startswith("```")]
        found = _PATH.findall(lines[-1]) if lines else []
        return found[-1] if found else ""


_CLOSING_BEGINNINGS = frozenset(mark[:size] for mark in _CLOSERS for size in range(len(mark)))


def _names(line: str, edit: Written) -> bool:
    path: object = json.loads(edit.arguments).get("path")
    return isinstance(path, str) and bool(path) and path in line


def _half_function(text: str) -> bool:
    return re.fullmatch(r"<function=[\w.-]*", text) is not None


def _looks_like_call(text: str) -> bool:
    return re.search(r'"(?:name|tool|function)"\s*:', text) is not None


def _exact(text: str) -> bool:
    """Whether a JSON text has the shape of a call and nothing else, so that it is one of a tool that isn't there."""
    return re.match(r'[\[\s]*\{\s*"name"\s*:\s*"[\w.-]+"\s*,\s*"(?:arguments|parameters)"\s*:\s*\{', text) is not None
