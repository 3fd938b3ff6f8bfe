"""The settings: names, types, defaults and descriptions. `service/config` reads them from files and the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from postil.engine_settings import (
    EmbeddedSettings,
    OllamaSettings,
    OpenAISettings,
    PoolSettings,
    Section,
    TimeoutSettings,
    TlsSettings,
)

Think = bool | Literal["low", "medium", "high"]
Show = Literal["verified", "calibrated", "all"]
LogLevel = Literal["error", "warning", "info", "debug"]


class ModelSettings(Section, frozen=True, kw_only=True):
    review: Annotated[
        str | None, Meta(description="Model for reviews. Default: the persona's FROM, or the best installed model.")
    ] = None
    completion: Annotated[
        str | None,
        Meta(
            description="Model for completions. Default: the completer persona's FROM, or the smallest installed model"
            " that fills in\nwell."
        ),
    ] = None
    # None by default: what a model makes of a whole workspace takes minutes, or goes to a server.
    embedding: Annotated[
        str | None,
        Meta(
            description="Model that embeds, such as all-minilm:22m, for finding code by what it means: the index"
            " (`index.enabled`,\n`postil index`) has its vectors. It is never fetched unasked. Default: none."
        ),
    ] = None


class ReviewSettings(Section, frozen=True, kw_only=True):
    on_save: Annotated[bool, Meta(description="Review a document when it is saved.")] = True
    on_open: Annotated[bool, Meta(description="Review a document when it is opened.")] = False
    personas: Annotated[tuple[str, ...], Meta(description="Names of the enabled review personas.")] = ("reviewer",)
    method: Annotated[
        Literal["auto", "edit", "list"],
        Meta(
            description="How the model reviews: `edit` rewrites the code and compares, `list` lists findings, `auto`"
            " uses the method\nof the persona, or of the model's review profile."
        ),
    ] = "auto"
    show: Annotated[
        Show,
        Meta(
            description="The least certain notes that are shown unasked, after a save or on opening. `verified`: what a"
            " check has shown.\n`calibrated`: also the opinions of a model that `postil calibrate` has measured on this"
            " repository.\n`all`: also opinions that nothing stands behind. A review that you ask for shows all of"
            " them."
        ),
    ] = "verified"
    reason: Annotated[
        bool,
        Meta(
            description="Also ask the model for a sentence about each note, which is shown as the model's words. It"
            " costs up to 60\ntokens, and small models mostly say something wrong."
        ),
    ] = False
    scope: Annotated[
        Literal["changed", "all"],
        Meta(
            description="`changed`: opinions about lines that are the same as in the last commit are shown as hints."
            " `all`: they are shown as\nthose about changed lines."
        ),
    ] = "changed"
    min_score: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None,
        Meta(
            description="Show opinions with at least this score (0: all, 1: none). Default: what `postil calibrate` has"
            " found for this\nrepository, otherwise the threshold of the model's review profile. `postil doctor` prints"
            " it."
        ),
    ] = None
    think: Annotated[
        Think,
        Meta(
            description="Whether a model that can think does so before it answers: `true`, or `low`, `medium`, `high`"
            " for one that\nknows levels. Reviews take several times as long then. gpt-oss always thinks, at least"
            " `low`. A persona's `#: think:`\ncomes first."
        ),
    ] = False
    think_tokens: Annotated[
        int,
        Meta(
            ge=64,
            le=100_000,
            description="Tokens that a model may think before an answer, in addition to the answer's own. They must fit"
            " into `num_ctx`\ntogether with the code and the answer.",
        ),
    ] = 2048
    examples: Annotated[
        int,
        Meta(
            ge=0,
            le=10,
            description="Maximum number of dismissed notes, the newest first, that the prompt contains as examples of"
            " what not to\nreport. They reduce false notes, but also correct ones. 0: none.",
        ),
    ] = 0
    max_units: Annotated[
        int,
        Meta(
            ge=1, description="Maximum number of units of a file in one review. A message says when units are left out."
        ),
    ] = 200
    exclude: Annotated[
        tuple[str, ...], Meta(description="Globs (as in .gitignore) of files that are not reviewed.")
    ] = ()


class CompletionSettings(Section, frozen=True, kw_only=True):
    enabled: Annotated[bool, Meta(description="Offer inline completions.")] = True
    persona: Annotated[str, Meta(description="Name of the completer persona.")] = "completer"
    menu: Annotated[
        Literal["auto", "always", "never"],
        Meta(description="Also offer completions in the menu. `auto`: only if the editor has no inline completion."),
    ] = "auto"
    candidates: Annotated[
        int,
        Meta(
            ge=1,
            le=8,
            description="Maximum number of different completions when you request one by key. Only a fast engine"
            " generates more than\none.",
        ),
    ] = 3
    prefix_chars: Annotated[
        int,
        Meta(
            ge=200,
            le=200_000,
            description="Characters before the cursor that the model sees. Right after the window has moved, it sees"
            " half of them.",
        ),
    ] = 3000
    suffix_chars: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            description="Characters after the cursor that the model sees. They are processed again at each keystroke.",
        ),
    ] = 256
    context_chars: Annotated[
        Annotated[int, Meta(ge=0, le=100_000)] | None,
        Meta(
            description="Characters of other files that the model is shown beside the text, at most, from the index"
            " (`index.enabled`). A slow engine gets fewer. Default: what was measured with the model; 0 for one that"
            " nobody has measured."
        ),
    ] = None
    timeout: Annotated[
        float,
        Meta(
            gt=0,
            le=600,
            description="Seconds after which a request is answered without a completion. The model continues for the"
            " next request.",
        ),
    ] = 20.0


class CacheSettings(Section, frozen=True, kw_only=True):
    """How many entries the server keeps in memory. The least recently used ones are dropped."""

    reviews: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            description="Cached reviews of units, about 1 kB each. An unchanged unit isn't sent to the model again.",
        ),
    ] = 4096
    completions: Annotated[int, Meta(ge=1, le=1_000_000, description="Cached completions, about 1 kB each.")] = 500
    files: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            description="Files without notes that were reviewed without being open and are kept with their text, so"
            " that another\npersona can review them. Files with notes are always kept.",
        ),
    ] = 500


class IndexSettings(Section, frozen=True, kw_only=True):
    """The index of a workspace's code, in the user's cache."""

    # Off: it costs a minute of a core and disk space, and ghost text uses it only where it is told to.
    enabled: Annotated[
        bool,
        Meta(
            description="Index the code of a trusted workspace in your cache, readable by you alone, and keep the index"
            " up to date while the\nserver runs. `postil index` makes one without this setting, too."
        ),
    ] = False
    max_files: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Files that are indexed at most, in the order of their paths.")
    ] = 20_000
    max_megabytes: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="Megabytes of files that are indexed at most. The index takes about as much space on the disk.",
        ),
    ] = 500


class FixSettings(Section, frozen=True, kw_only=True):
    """What is tried for a fix that is looked for and verified, and its budget."""

    mechanical: Annotated[
        bool,
        Meta(
            description="When no answer of the model passes, try small changes that need none: another operator,"
            " one more or less, another name."
        ),
    ] = True

    # Half of what a small model mends it mends at the second or third try; eight are what a person waits for.
    samples: Annotated[int, Meta(ge=0, le=100, description="Answers of the model at most; 0 asks none.")] = 8
    seconds: Annotated[
        float, Meta(ge=1, le=86_400, description="Seconds for all of it, runs of the check included.")
    ] = 300.0


class CheckSettings(Section, frozen=True, kw_only=True):
    """One check of a project."""

    command: Annotated[
        str, Meta(description="The command, as you type it in a terminal. Without a command there is no such check.")
    ] = ""
    folder: Annotated[
        str, Meta(description="The folder in which it runs, inside the workspace. Empty: the workspace.")
    ] = ""
    on_save: Annotated[
        bool,
        Meta(description="Run it after a save, in a copy, and look for a fix if a test fails. A newer save ends it."),
    ] = False


class McpServerSettings(Section, frozen=True, kw_only=True):
    """A server of the Model Context Protocol: a command that is started, or an address."""

    command: Annotated[str, Meta(description="The program that is started: a name on your PATH, or a path.")] = ""
    args: Annotated[tuple[str, ...], Meta(description="Its arguments, each as it is: no shell reads them.")] = ()
    env: Annotated[
        Mapping[str, str],
        Meta(
            description="Environment variables for it. Of yours it gets PATH, HOME and a few more; `${env:NAME}` passes"
            " one on."
        ),
    ] = {}
    cwd: Annotated[str, Meta(description="The folder in which it runs. Empty: the workspace.")] = ""
    url: Annotated[
        str, Meta(description="The address of a server that speaks streamable HTTP, in place of a command.")
    ] = ""
    headers: Annotated[
        Mapping[str, str], Meta(description="Headers of each request to it. Keep keys out: write `${env:NAME}`.")
    ] = {}
    allow_http: Annotated[bool, Meta(description="Allow an address with unencrypted HTTP on another machine.")] = False
    tools: Annotated[
        tuple[str, ...],
        Meta(description="Which of its tools are offered, such as `git_*`. Each takes room in the model's context."),
    ] = ("*",)
    timeout: Annotated[float, Meta(gt=0, le=3600, description="Time limit for one call of a tool, in seconds.")] = 120.0
    disabled: Annotated[bool, Meta(description="Don't use this server.")] = False


CheckName = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9_-]*$")]
McpServerName = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class Settings(Section, frozen=True, kw_only=True):
    """All settings of Postil, with one section per subject."""

    engine: Annotated[
        Literal["auto", "ollama", "openai", "embedded"],
        Meta(
            description="`auto`: Ollama if it answers and holds a model that can review, otherwise the embedded engine."
            " What one of\nthem doesn't hold, the other may serve: a persona's model, ghost text."
        ),
    ] = "auto"
    num_ctx: Annotated[int, Meta(ge=512, le=1_048_576, description="Context window of a request, in tokens.")] = 8192
    jobs: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="Units reviewed at the same time; with a pool, at least `pool.parallel` per host."
            " On a CPU, more than one\nisn't faster.",
        ),
    ] = 1
    trust_workspace: Annotated[
        bool,
        Meta(
            description="Whether to use the workspace's postil.toml, personas and baseline. Only the user's settings"
            " and the client\ncan set this."
        ),
    ] = True
    log_level: Annotated[
        LogLevel, Meta(description="How much is logged. The log goes to stderr, which editors show.")
    ] = "info"
    ollama: OllamaSettings = OllamaSettings()
    openai: OpenAISettings = OpenAISettings()
    tls: TlsSettings = TlsSettings()
    pool: PoolSettings = PoolSettings()
    embedded: EmbeddedSettings = EmbeddedSettings()
    model: ModelSettings = ModelSettings()
    timeouts: TimeoutSettings = TimeoutSettings()
    review: ReviewSettings = ReviewSettings()
    completion: CompletionSettings = CompletionSettings()
    cache: CacheSettings = CacheSettings()
    index: IndexSettings = IndexSettings()
    fix: FixSettings = FixSettings()
    checks: Annotated[
        Mapping[CheckName, CheckSettings],
        Meta(
            description="The commands that check a project, by name (lower-case letters, digits, `-`, `_`)."
            " `postil fix --check NAME` runs one.\nYour own postil.toml may name any. One that a workspace or an editor"
            " names runs once you have said yes to its very\ncommand line."
        ),
    ] = msgspec.field(default_factory=dict[str, CheckSettings])
    mcp_servers: Annotated[
        Mapping[McpServerName, McpServerSettings],
        Meta(
            description="Servers of the Model Context Protocol whose tools the agent may use, by name (letters, digits,"
            " `-`, `_`). Only your own postil.toml may\nname them. Those of a workspace stand in its `.mcp.json` or"
            " `.vscode/mcp.json`, and each waits for your yes (`postil mcp accept`)."
        ),
    ] = msgspec.field(default_factory=dict[str, McpServerSettings])

    def __hash__(self) -> int:
        return hash((self.engine, self.num_ctx, self.ollama, self.model, self.review, *sorted(self.checks)))

    @property
    def units_at_once(self) -> int:
        """`jobs`, or more if otherwise hosts of a pool would be idle."""
        hosts = self.pool.hosts if self.engine != "embedded" else ()
        return max(self.jobs, (1 + len(hosts)) * self.pool.parallel) if hosts else self.jobs


def settings_of(values: Mapping[str, Any]) -> Settings:
    """The settings in a nested mapping of plain values. A missing key has its default.

    Raises ValueError for the first key that is unknown or has a value of another type. Settings that people write go
    through `service/config`, which converts values and reports all problems.
    """
    return msgspec.convert(values, Settings)
