"""Redaction: engine adapters replace secrets and control tokens with same-length placeholders and restore them in the
response."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from postil.core.models.names import runs_elsewhere
from postil.core.redaction import Outgoing, Restorer, redacted, special_words, texts_of
from postil.engine.hosts import Address
from postil.engine.stream import secret_finder

# Its messages are for the user, not only for the log (see `logs.forward_privacy_warnings`).
privacy = logging.getLogger("postil.privacy")
# The secrets of some files; of older ones only whole occurrences are found from then on.
MAX_SECRETS = 500


class Redactor:
    """Redacts the requests to one server: control tokens of tokenizers always, secrets unless the model runs on this
    machine."""

    def __init__(self, address: Callable[[], Address], elsewhere: Callable[[str], bool] = runs_elsewhere) -> None:
        """`elsewhere`: whether the server hands requests for a model on to another machine."""
        self._address = address
        self._elsewhere = elsewhere
        self._secrets: dict[str, str] = {}
        self._warned = False

    async def redact(self, request: Outgoing) -> tuple[Outgoing, Restorer | None]:
        """The request to send, and what restores its own words in the answer (None = nothing was replaced)."""
        texts, address = texts_of(request), self._address()
        words: dict[str, str] = {}
        if not address.loopback or self._elsewhere(request.model):
            # In a thread: the first use of the detectors takes a tenth of a second.
            found = await asyncio.to_thread(_secrets_in, texts)
            self._remember(found)
            words |= self._secrets
        sent, originals = redacted(request, special_words(texts) | words)
        if not self._warned and any(word in self._secrets for word in originals.values()):
            self._warned = True
            where = address.shown if not address.loopback else f"{request.model}, which runs elsewhere"
            privacy.warning(
                "The code that goes to %s holds secrets. Placeholders of the same length are sent in their place, here"
                " and from now on.",
                where,
            )
        return sent, Restorer(originals) if originals else None

    def _remember(self, found: dict[str, str]) -> None:
        """A secret that was seen whole is recognised in part too: a later request may begin in its middle."""
        for word, placeholder in found.items():
            self._secrets.pop(word, None)
            self._secrets[word] = placeholder
        for old in list(self._secrets)[:-MAX_SECRETS]:
            del self._secrets[old]


def _secrets_in(texts: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        found |= secret_finder.secrets_in(text)
    return found
