"""Settings of the gateway, taken from environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


class SettingsError(ValueError):
    """A variable has a value that cannot be understood."""


@dataclass(frozen=True)
class Settings:
    """What an operator can set."""

    upstream: str
    workers: int
    verify_tls: bool
    debug: bool
    allowed_origins: tuple[str, ...]


def load_settings(env: Mapping[str, str]) -> Settings:
    """Return the settings; GATEWAY_UPSTREAM is required.

    All else is optional, and safe when left out: certificates are verified, debugging is off,
    no other origin is allowed, and there are four workers.
    """
    if not env.get("GATEWAY_UPSTREAM"):
        raise SettingsError("GATEWAY_UPSTREAM is not set")
    return Settings(
        upstream=env["GATEWAY_UPSTREAM"].rstrip("/"),
        workers=_positive(env, "GATEWAY_WORKERS", default=4),
        verify_tls=_flag(env, "GATEWAY_VERIFY_TLS", default=True),
        debug=_flag(env, "GATEWAY_DEBUG", default=False),
        allowed_origins=_names(env, "GATEWAY_ALLOWED_ORIGINS"),
    )


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if not text:
        return default
    if text not in _TRUE | _FALSE:
        raise SettingsError(f"{name} must be true or false, not {text!r}")
    return text in _TRUE


def _positive(env: Mapping[str, str], name: str, *, default: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise SettingsError(f"{name} must be a positive number, not {text!r}")
    return int(text)


def _names(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())
