"""What is sent to a model, and what comes back: the one place that every request to a server passes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from postil.core.models.names import runs_elsewhere
from postil.core.redaction import Restorer, redacted, special_words, texts_of
from postil.core.request import Delta, Request
from postil.engine.hosts import Address

# What is said here is for the user, not only for a log (see `logs.forward_privacy_warnings`).
privacy = logging.getLogger("postil.privacy")
# Some files' worth; beyond that the oldest are looked for no more where they don't stand whole.
MOST_SECRETS = 500


class Redactor:
    """The way to one server. Words that would steer the model's tokenizer never get there, secrets only to this
    machine: something as long stands for each, and the answer has the word itself again."""

    def __init__(self, address: Callable[[], Address]) -> None:
        self._address = address
        self._secrets: dict[str, str] = {}
        self._told = False

    async def sent(self, request: Request, ask: Callable[[Request], AsyncGenerator[Delta]]) -> AsyncGenerator[Delta]:
        """The answer to the request, by `ask`."""
        said, back = await self._prepared(request)
        restoring = Restorer(back) if back else None
        async with aclosing(ask(said)) as stream:
            async for delta in stream:
                if restoring is None:
                    yield delta
                    continue
                text = restoring.feed(delta.text) + (restoring.rest() if delta.finish is not None else "")
                yield replace(delta, text=text) if text != delta.text else delta

    async def _prepared(self, request: Request) -> tuple[Request, dict[str, str]]:
        texts, address = texts_of(request), self._address()
        words: dict[str, str] = {}
        if not address.loopback or runs_elsewhere(request.model):
            # Not on the event loop: the detectors take a tenth of a second to import.
            found = await asyncio.to_thread(_secrets_in, texts)
            self._remember(found)
            words |= self._secrets
        said, back = redacted(request, special_words(texts) | words)
        if not self._told and any(word in self._secrets for word in back.values()):
            self._told = True
            where = address.shown if not address.loopback else f"{request.model}, which runs elsewhere"
            privacy.warning(
                "Secrets stand in code that goes to %s. Others of the same length are sent in their place, here and"
                " from now on.",
                where,
            )
        return said, back

    def _remember(self, found: dict[str, str]) -> None:
        """A part of a secret that was seen whole is known again: a request for one line's end begins in its middle."""
        for word, other in found.items():
            self._secrets.pop(word, None)
            self._secrets[word] = other
        for old in list(self._secrets)[:-MOST_SECRETS]:
            del self._secrets[old]


def _secrets_in(texts: tuple[str, ...]) -> dict[str, str]:
    from postil.engine.stream.secrets import secrets_in

    found: dict[str, str] = {}
    for text in texts:
        found |= secrets_in(text)
    return found
