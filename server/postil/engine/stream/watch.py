"""What an answer shows of its model: whether it continues its beginning, thinks, and has tokens with probabilities."""

from __future__ import annotations

from dataclasses import replace

from postil.core.anew import Anew
from postil.core.request import ChatRequest, Delta, InfillRequest, TokenProb
from postil.engine.dialect.observations import Observations

# Natural logarithm: what a server writes that knows no probability (vLLM: -9999).
_IMPOSSIBLE = -1000.0


class Watch:
    """Sees each delta of one answer and notes what it shows. Where the answer begins anew, the delta says so."""

    def __init__(self, request: ChatRequest | InfillRequest, observations: Observations) -> None:
        self._request = request
        self._observations = observations
        self._anew: Anew | None = None
        self._begins = isinstance(request, ChatRequest) and bool(request.prefill)
        self._text = self._told = False
        # Of text that isn't decided yet.
        self._tokens: tuple[TokenProb, ...] = ()

    def seen(self, delta: Delta) -> Delta:
        """The delta with the text that is decided by now."""
        if delta.thinking.strip():
            self._thinks()
        if self._request.top_logprobs:
            self._probabilities(delta)
        if not self._begins:
            return delta
        if delta.anew:
            # The adapter left the beginning out.
            self._begins = False
            return delta
        return self._beginning(delta)

    def _thinks(self) -> None:
        """Note a model that thinks where nobody expected it: one of which that isn't known, and one that was told not
        to."""
        request = self._request
        if isinstance(request, InfillRequest) or request.think_tokens:
            return
        if request.think is None:
            self._observations.thinks(request.model, "switch", "an answer began with thoughts")
        elif request.think is False:
            self._observations.thinks(request.model, "always", "it thought although it was told not to")

    def _probabilities(self, delta: Delta) -> None:
        self._text = self._text or bool(delta.text)
        self._told = self._told or any(_says_something(token) for token in delta.tokens)
        # Some engines send the tokens later than the text: only the end shows that there are none.
        if self._told or (self._text and delta.finish is not None):
            how = (
                "its tokens have probabilities" if self._told else "its answers have none, although they were asked for"
            )
            self._observations.logprobs(self._request.model, self._told, how)

    def _beginning(self, delta: Delta) -> Delta:
        if self._anew is None:
            if not delta.text and delta.finish is None:
                return delta
            assert isinstance(self._request, ChatRequest)
            known = self._observations.of(self._request.model).prefill
            self._anew = Anew(self._request, continued=known is not None and known.value != "none")
        text, anew = self._anew.feed(delta.text, last=delta.finish is not None)
        if anew and not self._anew.continued:
            self._observations.prefill(self._request.model, "none", "an answer began anew")
        self._begins = self._anew.watching
        tokens, self._tokens = self._tokens + delta.tokens, ()
        if not text and delta.finish is None:
            tokens, self._tokens = (), tokens
        if not anew and tokens == delta.tokens and text == delta.text:
            return delta
        return replace(delta, text=text, tokens=tokens, anew=anew)


def _says_something(token: TokenProb) -> bool:
    """Whether a token has an alternative that isn't sure. Some servers fill the field with zeros."""
    return any(other.text and _IMPOSSIBLE < other.logprob < 0 for other in token.top)
