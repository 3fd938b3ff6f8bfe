"""The key of an OpenAI-compatible server: from the environment, else from the system's keyring; never from a file."""

from __future__ import annotations

import os

from postil.engine.base import EngineRefused
from postil.logs import keep_out
from postil.settings import OpenAISettings

# The name of our service in the keyring: `keyring set postil NAME`.
SERVICE = "postil"


def api_key(settings: OpenAISettings) -> str | None:
    """The key, which is kept out of the log from now on; None where there is none. May wait for the user to unlock the
    keyring. EngineRefused, with the next step, when the keyring's entry that the settings name can't be read."""
    key = os.environ.get(settings.api_key_env) or _from_keyring(settings.api_key_keyring)
    if key:
        keep_out(key)
    return key


def _from_keyring(name: str) -> str | None:
    if not name:
        return None
    try:
        # Here, because the package is optional, takes a tenth of a second to import, and few need it.
        import keyring
        import keyring.errors
    except ImportError as error:
        raise EngineRefused("openai.api_key_keyring needs one more package: pip install 'postil[keyring]'.") from error
    try:
        key = keyring.get_password(SERVICE, name)
    except keyring.errors.KeyringError as error:
        raise EngineRefused(
            f"The system's keyring can't be read ({type(error).__name__}: {error}): unlock it, or put the key into the"
            " variable that openai.api_key_env names."
        ) from error
    if not key:
        raise EngineRefused(f"The system's keyring has no key {name!r} for {SERVICE}: `keyring set {SERVICE} {name}`.")
    return key
