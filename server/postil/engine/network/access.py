"""What a connection needs besides an address: whom it trusts, and which settings its messages name."""

from __future__ import annotations

from dataclasses import dataclass, field

from postil.settings import OllamaSettings, Settings


@dataclass(frozen=True, slots=True)
class Access:
    """`ca_file`: the setting tls.ca_file. `address`: the setting or variable that holds the address, `allow_http` the
    one that allows plain http to it; "" where there is none."""

    address: str
    allow_http: str = ""
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class OllamaAccess(Access):
    """`keys`: where Ollama's key is."""

    address: str = "ollama.host"
    allow_http: str = "ollama.allow_http"
    keys: OllamaSettings = field(default_factory=OllamaSettings)


def ollama_access(settings: Settings) -> OllamaAccess:
    return OllamaAccess(ca_file=settings.tls.ca_file, keys=settings.ollama)


def openai_access(settings: Settings) -> Access:
    return Access("openai.base_url", "openai.allow_http", settings.tls.ca_file)
