"""The settings: their names, types, defaults and meaning. Where they are read from is `service/config.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

LogLevel = Literal["error", "warning", "info", "debug"]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Frozen, and an unknown key is an error with its name. A value made in code is not checked: `settings_of` does."""


class TimeoutSettings(Section, frozen=True, kw_only=True):
    """Seconds."""

    connect: Annotated[
        float,
        Meta(gt=0, le=600, description="To open a connection to the engine."),
    ] = 5.0
    first_token: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description="From the request to its first token: loading the model and reading the prompt included.",
        ),
    ] = 300.0
    between_tokens: Annotated[
        float,
        Meta(gt=0, le=3600, description="Between two tokens of one answer."),
    ] = 60.0


class OllamaSettings(Section, frozen=True, kw_only=True):
    host: Annotated[
        str | None,
        Meta(
            description="Address of Ollama. Default: OLLAMA_HOST, else http://127.0.0.1:11434."
            " User-level settings only."
        ),
    ] = None
    allow_http: Annotated[
        bool,
        Meta(
            description="Speak plain http to an Ollama on another machine: whoever is on the way can read your code."
            " User-level\nsettings only."
        ),
    ] = False
    keep_alive: Annotated[
        str | None,
        Meta(description="How long Ollama keeps a model loaded after a request, e.g. `5m`, `-1` for ever."),
    ] = None


class OpenAISettings(Section, frozen=True, kw_only=True):
    base_url: Annotated[
        str | None,
        Meta(
            description="Address of an OpenAI-compatible server (vLLM, TGI, llama-server, LM Studio)."
            " User-level settings only."
        ),
    ] = None
    api_key_env: Annotated[
        str,
        Meta(
            description="Name of the environment variable that holds its key."
            " The key itself is never written to a file."
        ),
    ] = "POSTIL_API_KEY"
    api_key_keyring: Annotated[
        str,
        Meta(
            description="Name of its key in the system's keyring, where the variable isn't set: `keyring set postil"
            " NAME` puts it\nthere (`pip install 'postil[keyring]'`)."
        ),
    ] = ""
    allow_http: Annotated[
        bool,
        Meta(
            description="Speak plain http to a server on another machine: whoever is on the way can read your code and"
            " the key."
        ),
    ] = False


class PoolSettings(Section, frozen=True, kw_only=True):
    hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Further servers of the engine's kind beside the first one (ollama.host, openai.base_url):"
            " reviews are\nspread over all of them. User-level settings only."
        ),
    ] = ()
    parallel: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="Units that each host of a pool reads at once; Ollama's own OLLAMA_NUM_PARALLEL should be as"
            " many.",
        ),
    ] = 1


class EmbeddedSettings(Section, frozen=True, kw_only=True):
    model_path: Annotated[
        str | None,
        Meta(description="A GGUF file to use in place of the catalogue's. User-level settings only."),
    ] = None
    threads: Annotated[
        Annotated[int, Meta(ge=1, le=512)] | None,
        Meta(description="CPU threads; default: one for each core that the system counts."),
    ] = None
    parallel: Annotated[
        int,
        Meta(ge=1, le=64, description="Requests served at once; the context memory is this many times `num_ctx`."),
    ] = 2
    speculation: Annotated[
        bool,
        Meta(
            description="N-gram speculative decoding: copied code comes about three times faster,"
            " the answer is the same."
        ),
    ] = True
    gpu_layers: Annotated[
        int,
        Meta(ge=-1, description="Layers on the GPU; -1 = as many as fit (none without a GPU)."),
    ] = -1


class ModelSettings(Section, frozen=True, kw_only=True):
    review: Annotated[
        str | None,
        Meta(description="Model for reviews; default: the persona's FROM, else the best one that is installed."),
    ] = None
    completion: Annotated[
        str | None,
        Meta(description="Model for completions; default: the completer persona's FROM."),
    ] = None


class ReviewSettings(Section, frozen=True, kw_only=True):
    on_save: Annotated[bool, Meta(description="Review a document when it is saved.")] = True
    on_open: Annotated[bool, Meta(description="Review a document when it is opened.")] = False
    personas: Annotated[tuple[str, ...], Meta(description="Names of the review personas that run.")] = ("reviewer",)
    method: Annotated[
        Literal["auto", "edit", "list"],
        Meta(
            description="How the model is asked: `edit` (rewrite and compare), `list` (a list of findings),"
            " `auto` = as the\npersona says, else as the model catalogue says."
        ),
    ] = "auto"
    min_score: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None,
        Meta(
            description="Show notes that are at least this sure (0 = everything, 1 = nothing). Default: the measured"
            " threshold\nof the model; `postil doctor` prints it and `make eval` draws the curve."
        ),
    ] = None
    hints: Annotated[bool, Meta(description="Show notes below the threshold as hints instead of not at all.")] = False
    examples: Annotated[
        int,
        Meta(
            ge=0,
            le=10,
            description="At most so many dismissed notes are told to the model as examples of what not to report, the"
            " newest\nfirst. Fewer false notes, and fewer right ones; 0 = none.",
        ),
    ] = 0
    max_units: Annotated[
        int,
        Meta(
            ge=1,
            description="At most this many units of one file are reviewed in one go; the rest is said,"
            " not cut silently.",
        ),
    ] = 200
    exclude: Annotated[
        tuple[str, ...], Meta(description="Globs (as in .gitignore) of files that are not reviewed.")
    ] = ()


class CompletionSettings(Section, frozen=True, kw_only=True):
    enabled: Annotated[bool, Meta(description="Offer inline completion.")] = True
    persona: Annotated[str, Meta(description="Name of the completer persona.")] = "completer"
    menu: Annotated[
        Literal["auto", "always", "never"],
        Meta(
            description="Offer it in the completion menu too. `auto`: when the editor doesn't know inline completion."
        ),
    ] = "auto"
    candidates: Annotated[
        int,
        Meta(
            ge=1,
            le=8,
            description="At most so many different completions when you ask for one by key; further ones only\n"
            "while the engine is quick.",
        ),
    ] = 3
    prefix_chars: Annotated[
        int,
        Meta(
            ge=200,
            le=200_000,
            description="Characters before the cursor that the model sees; half of it right after the window has"
            " moved.",
        ),
    ] = 3000
    suffix_chars: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            description="Characters behind the cursor that the model sees; it reads them again with every key.",
        ),
    ] = 256
    timeout: Annotated[
        float,
        Meta(
            gt=0,
            le=600,
            description="Seconds until a request is answered with nothing; the model writes on, for the next one.",
        ),
    ] = 20.0


class CacheSettings(Section, frozen=True, kw_only=True):
    """What a server keeps in memory, by number; the least recently used goes."""

    reviews: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            description="Reviews of functions that are remembered, about 1 kB each: what hasn't changed isn't asked"
            " again.",
        ),
    ] = 4096
    completions: Annotated[
        int,
        Meta(ge=1, le=1_000_000, description="Completions that are remembered, about 1 kB each."),
    ] = 500
    files: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            description="Files without notes that were read without being open and are remembered with their text, so"
            " that another\npersona reads them again. Files with notes always are.",
        ),
    ] = 500


class Settings(Section, frozen=True, kw_only=True):
    """All settings of Postil. A section per subject; see each key."""

    engine: Annotated[
        Literal["auto", "ollama", "openai", "embedded"],
        Meta(description="`auto`: Ollama when it answers and holds a usable model, else the embedded engine."),
    ] = "auto"
    num_ctx: Annotated[
        int,
        Meta(ge=512, le=1_048_576, description="Context window in tokens, for one request."),
    ] = 8192
    jobs: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="Units reviewed at the same time; each host of a pool gets its share in any case. On a CPU"
            " more than\none is not faster.",
        ),
    ] = 1
    trust_workspace: Annotated[
        bool,
        Meta(
            description="Whether a workspace's own postil.toml and personas count. Only the user's settings and the"
            " client\nsay this."
        ),
    ] = True
    log_level: Annotated[
        LogLevel,
        Meta(description="How much goes to the log (stderr, which editors show)."),
    ] = "info"
    ollama: OllamaSettings = OllamaSettings()
    openai: OpenAISettings = OpenAISettings()
    pool: PoolSettings = PoolSettings()
    embedded: EmbeddedSettings = EmbeddedSettings()
    model: ModelSettings = ModelSettings()
    timeouts: TimeoutSettings = TimeoutSettings()
    review: ReviewSettings = ReviewSettings()
    completion: CompletionSettings = CompletionSettings()
    cache: CacheSettings = CacheSettings()

    @property
    def units_at_once(self) -> int:
        """`jobs`, or more where a pool of hosts would idle otherwise."""
        hosts = self.pool.hosts if self.engine != "embedded" else ()
        return max(self.jobs, (1 + len(hosts)) * self.pool.parallel) if hosts else self.jobs


def settings_of(values: Mapping[str, Any]) -> Settings:
    """The settings in a nested mapping of plain values; what it doesn't name has its default.

    ValueError tells the first key that is unknown, or whose value isn't of its very type. What people write goes
    through `service/config.py`, which is more lenient and tells all of them.
    """
    return msgspec.convert(values, Settings)
