"""`explain`: the model's words about a piece of code."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

from postil.core.actions.request import ActionInput, Subject, head_of, subject_of
from postil.core.review.finding import Span
from postil.core.syntax.split import split_units
from postil.core.text.plain import plain
from postil.mcp.host import Host, Refused, Tell
from postil.mcp.places import Places
from postil.service.actions.run import WHOSE_WORDS, ActionRun
from postil.service.workspace.files import Unreadable, read_source
from postil.service.workspace.languages import language_of

_PERSONA = "explain"
_KNOWN = 30


async def explain(host: Host, tell: Tell, path: str, lines: str, symbol: str) -> str:
    """`lines`: "12" or "12-30", from 1; `symbol`: the name of a definition. Raises Refused, EngineError."""
    settings = await asyncio.to_thread(lambda: host.loaded().settings)
    file = await asyncio.to_thread(Places(host.root, settings.review.exclude).file, path)
    source = await asyncio.to_thread(read_source, file)
    if isinstance(source, Unreadable):
        raise Refused(f"{path} can't be read: {source.reason}. Name another file")
    language = language_of(file.name, source.text.partition("\n")[0])
    subject = await asyncio.to_thread(_subject, source.text, language, path, lines, symbol)
    persona = await asyncio.to_thread(host.persona, settings, _PERSONA)
    context = replace(await host.context(settings, persona), path=str(file))
    relative = file.relative_to(host.root).as_posix()
    action = ActionRun(context, subject, ActionInput("", relative, "", head_of(source.text, subject)))
    await tell(f"reading {relative}: {subject.name}")
    async with aclosing(action.steps()) as steps:
        async for step in steps:
            await tell(step.what)
    if action.why:
        raise Refused(f"{path}: {action.why}")
    span = subject.span
    return f"{relative}:{span.first + 1}-{span.last}\n\n{plain(action.answer.strip())}\n\n{WHOSE_WORDS}"


def _subject(text: str, language: str, path: str, lines: str, symbol: str) -> Subject:
    if symbol:
        units = split_units(text, language)
        named = [one for one in units if one.name == symbol] or [
            one for one in units if one.name.rpartition(".")[2] == symbol
        ]
        if not named:
            known = ", ".join(dict.fromkeys(one.name for one in units[:_KNOWN]))
            raise Refused(f"{path} has no definition {symbol!r}: there are {known}, or name lines")
        span = Span(named[0].first_line, named[0].last_line)
    else:
        span = _span(lines, text.count("\n") + 1)
    found = subject_of(text, language, span)
    if found is None:
        raise Refused(f"there is no code at these lines of {path}: name others")
    return found


def _span(lines: str, last: int) -> Span:
    if not lines.strip():
        return Span(0, last)
    first, _, end = lines.strip().partition("-")
    try:
        numbers = int(first), int(end or first)
    except ValueError:
        raise Refused(f"lines {lines[:40]!r}: write them as 12 or 12-30") from None
    if not 1 <= numbers[0] <= numbers[1] or numbers[0] > last:
        raise Refused(f"lines {lines[:40]}: the file has the lines 1 to {last}")
    return Span(numbers[0] - 1, min(numbers[1], last))
