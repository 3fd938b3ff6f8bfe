"""The settings: their names, types, defaults and meaning. Where they are read from is `service/config.py`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LogLevel = Literal["error", "warning", "info", "debug"]


class Section(BaseModel):
    """Frozen, and an unknown key is an error with its name."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, populate_by_name=True)


class TimeoutSettings(Section):
    """Seconds."""

    connect: float = Field(5.0, gt=0, le=600)
    """To open a connection to the engine."""
    first_token: float = Field(300.0, gt=0, le=3600)
    """From the request to its first token: loading the model and reading the prompt included."""
    between_tokens: float = Field(60.0, gt=0, le=3600)
    """Between two tokens of one answer."""


class OllamaSettings(Section):
    host: str | None = None
    """Address of Ollama. Default: OLLAMA_HOST, else http://127.0.0.1:11434. User-level settings only."""
    keep_alive: str | None = None
    """How long Ollama keeps a model loaded after a request, e.g. `5m`, `-1` for ever."""


class OpenAISettings(Section):
    base_url: str | None = None
    """Address of an OpenAI-compatible server (vLLM, TGI, llama-server, LM Studio). User-level settings only."""
    api_key_env: str = "POSTIL_API_KEY"
    """Name of the environment variable that holds its key. The key itself is never written to a file."""


class EmbeddedSettings(Section):
    model_path: str | None = None
    """A GGUF file to use in place of the catalogue's. User-level settings only."""
    threads: int | None = Field(None, ge=1, le=512)
    """CPU threads; default: one for each core that the system counts."""
    parallel: int = Field(2, ge=1, le=64)
    """Requests served at once; the context memory is this many times `num_ctx`."""
    speculation: bool = True
    """N-gram speculative decoding: copied code comes about three times faster, the answer is the same."""
    gpu_layers: int = Field(-1, ge=-1)
    """Layers on the GPU; -1 = as many as fit (none without a GPU)."""


class ModelSettings(Section):
    review: str | None = None
    """Model for reviews; default: the persona's FROM, else the best one that is installed."""
    completion: str | None = None
    """Model for completions; default: the completer persona's FROM."""


class ReviewSettings(Section):
    on_save: bool = True
    """Review a document when it is saved."""
    on_open: bool = False
    """Review a document when it is opened."""
    personas: tuple[str, ...] = ("reviewer",)
    """Names of the review personas that run."""
    method: Literal["auto", "edit", "list"] = "auto"
    """How the model is asked: `edit` (rewrite and compare), `list` (a list of findings), `auto` = as the
    persona says, else as the model catalogue says."""
    min_score: float | None = Field(None, ge=0, le=1)
    """Show notes that are at least this sure (0 = everything, 1 = nothing). Default: the measured threshold
    of the model; `postil doctor` prints it and `make eval` draws the curve."""
    hints: bool = False
    """Show notes below the threshold as hints instead of not at all."""
    max_units: int = Field(200, ge=1)
    """At most this many units of one file are reviewed in one go; the rest is said, not cut silently."""
    exclude: tuple[str, ...] = ()
    """Globs (as in .gitignore) of files that are not reviewed."""


class CompletionSettings(Section):
    enabled: bool = True
    """Offer inline completion."""


class Settings(Section):
    """All settings of Postil. A section per subject; see each key."""

    engine: Literal["auto", "ollama", "openai", "embedded"] = "auto"
    """`auto`: Ollama when it answers and holds a usable model, else the embedded engine."""
    num_ctx: int = Field(8192, ge=512, le=1_048_576)
    """Context window in tokens, for one request."""
    jobs: int = Field(1, ge=1, le=64)
    """Units reviewed at the same time. On a CPU more than one is not faster."""
    log_level: LogLevel = "info"
    """How much goes to the log (stderr, and window/logMessage)."""
    ollama: OllamaSettings = OllamaSettings()
    openai: OpenAISettings = OpenAISettings()
    embedded: EmbeddedSettings = EmbeddedSettings()
    model: ModelSettings = ModelSettings()
    timeouts: TimeoutSettings = TimeoutSettings()
    review: ReviewSettings = ReviewSettings()
    completion: CompletionSettings = CompletionSettings()
