"""The keys of servers: from the environment, else from the system's keyring; never from a file."""

from __future__ import annotations

import asyncio
import base64
import os
from urllib.parse import unquote, urlsplit

from postil.core.models.names import runs_elsewhere
from postil.engine.base import EngineRefused
from postil.engine.hosts import Address
from postil.logs import keep_out
from postil.settings import OllamaSettings, OpenAISettings

# The name of our service in the keyring: `keyring set postil NAME`.
SERVICE = "postil"
VARIABLE = "POSTIL_OLLAMA_API_KEY"


def api_key(settings: OpenAISettings | OllamaSettings) -> str | None:
    """The key, which is kept out of the log from now on; None where there is none. May wait for the user to unlock the
    keyring. EngineRefused, with the next step, when the keyring's entry that the settings name can't be read."""
    section = _section(settings)
    key = os.environ.get(settings.api_key_env) or _from_keyring(settings.api_key_keyring, section)
    if key:
        keep_out(key)
    return key


def _section(settings: OpenAISettings | OllamaSettings) -> str:
    return "ollama" if isinstance(settings, OllamaSettings) else "openai"


def _from_keyring(name: str, section: str) -> str | None:
    if not name:
        return None
    try:
        # Here, because the package is optional, takes a tenth of a second to import, and few need it.
        import keyring
        import keyring.errors
    except ImportError as error:
        raise EngineRefused(
            f"{section}.api_key_keyring needs one more package: pip install 'postil[keyring]'."
        ) from error
    try:
        key = keyring.get_password(SERVICE, name)
    except keyring.errors.KeyringError as error:
        raise EngineRefused(
            f"The system's keyring can't be read ({type(error).__name__}: {error}): unlock it, or put the key into the"
            f" variable that {section}.api_key_env names."
        ) from error
    if not key:
        raise EngineRefused(f"The system's keyring has no key {name!r} for {SERVICE}: `keyring set {SERVICE} {name}`.")
    return key


class OllamaKey:
    """What is sent as Authorization to an Ollama: the name and password of its address, else the key of the settings.
    `named`: whether the user has named the address; whoever listens at the default one gets no key."""

    def __init__(self, address: Address, keys: OllamaSettings, *, named: bool) -> None:
        self._address = address
        self._keys = keys
        self._named = named
        self._header: str | None = None
        self._read = False
        # Where the credentials come from, for messages; "" without any.
        self._source = ""

    async def header(self) -> str | None:
        """Read once, in a thread: a keyring may ask the user for its password. EngineRefused as `api_key`."""
        if not self._read:
            self._header = await asyncio.to_thread(self._made)
            self._read = True
        return self._header

    def _made(self) -> str | None:
        user, at, _ = urlsplit(self._address.url).netloc.rpartition("@")
        if at:
            name, _, password = user.partition(":")
            self._source = "the name and password in its address"
            return _basic(unquote(name), unquote(password))
        key = api_key(self._keys) if self._named else None
        if key is None:
            return None
        in_environment = bool(os.environ.get(self._keys.api_key_env))
        self._source = (
            f"the key in the variable {self._keys.api_key_env}"
            if in_environment
            else f"the key {self._keys.api_key_keyring!r} in the system's keyring"
        )
        if self._keys.username:
            return _basic(self._keys.username, key)
        if not (key.isascii() and key.isprintable()):
            raise EngineRefused(f"{self._source[0].upper()}{self._source[1:]} has characters that no key has.")
        return f"Bearer {key}"

    def refusal(self, who: str, status: int, reason: str, model: str = "") -> EngineRefused:
        """The error for a 401 or 403."""
        said = f"{status}: {reason}" if reason else str(status)
        if status == 401 and runs_elsewhere(model):
            step = f"refused to run {model}, which runs elsewhere ({said}): sign in with `ollama signin`."
        elif self._source:
            step = f"refused {self._source} ({said}): correct it."
        elif status == 401:
            step = (
                f"wants a key ({said}): put it into the variable {self._keys.api_key_env or VARIABLE}, or into the"
                " system's keyring and its name into ollama.api_key_keyring."
            )
            if not self._named:
                step += " The key is only sent to an address that ollama.host or OLLAMA_HOST names."
        else:
            step = f"refused the request ({said}): a proxy or its own settings don't let this machine in."
        return EngineRefused(f"{who} {step} Its own log says more.", status)


def _basic(name: str, password: str) -> str:
    token = base64.b64encode(f"{name}:{password}".encode()).decode("ascii")
    # Too short a password stands in many a word of the log.
    for secret in (token, password):
        if len(secret) > 3:
            keep_out(secret)
    return f"Basic {token}"
