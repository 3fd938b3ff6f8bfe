"""The settings about engines and the way to them, a part of `settings.py`: names, types, defaults and descriptions."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen section that rejects unknown keys. The constructor doesn't check values; `settings_of` does."""


class TimeoutSettings(Section, frozen=True, kw_only=True):
    """All values are in seconds."""

    connect: Annotated[
        float, Meta(gt=0, le=600, description="Time limit for opening a connection to the engine, in seconds.")
    ] = 5.0
    first_token: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description="Time limit from the request to the first token, in seconds. It includes loading the model and"
            " processing\nthe prompt.",
        ),
    ] = 300.0
    between_tokens: Annotated[
        float, Meta(gt=0, le=3600, description="Time limit between two tokens of a response, in seconds.")
    ] = 60.0


class OllamaSettings(Section, frozen=True, kw_only=True):
    host: Annotated[
        str | None,
        Meta(
            description="Address of Ollama. Default: the environment variable OLLAMA_HOST, or http://127.0.0.1:11434."
            " User-level settings only."
        ),
    ] = None
    allow_http: Annotated[
        bool,
        Meta(
            description="Allow unencrypted HTTP to an Ollama on another machine. Anybody on the network path can read"
            " your code.\nUser-level settings only."
        ),
    ] = False
    api_key_env: Annotated[
        str,
        Meta(
            description="Name of the environment variable that contains the key, where a server before Ollama asks for"
            " one. It is sent to\nthe addresses that you name, never to the default one. User-level settings only."
        ),
    ] = "POSTIL_OLLAMA_API_KEY"
    api_key_keyring: Annotated[
        str,
        Meta(
            description="Name of the key in the system's keyring, used if the environment variable isn't set."
            " `keyring set postil NAME`\nstores it there (requires `pip install 'postil[keyring]'`)."
            " User-level settings only."
        ),
    ] = ""
    username: Annotated[
        str,
        Meta(
            description="Name for basic authentication, with the key as its password. Without a name, the key is sent"
            " as a bearer token.\nUser-level settings only."
        ),
    ] = ""
    keep_alive: Annotated[
        str | None,
        Meta(description="How long Ollama keeps a model loaded after a request: for example `5m`, or `-1` for ever."),
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
            description="Name of the environment variable that contains the server's API key."
            " Postil never writes the key to a file."
        ),
    ] = "POSTIL_API_KEY"
    api_key_keyring: Annotated[
        str,
        Meta(
            description="Name of the API key in the system's keyring, used if the environment variable isn't set."
            " `keyring set postil\nNAME` stores it there (requires `pip install 'postil[keyring]'`)."
        ),
    ] = ""
    allow_http: Annotated[
        bool,
        Meta(
            description="Allow unencrypted HTTP to a server on another machine. Anybody on the network path can read"
            " your code and\nthe API key."
        ),
    ] = False


class TlsSettings(Section, frozen=True, kw_only=True):
    ca_file: Annotated[
        str | None,
        Meta(
            description="A file of certificates (PEM) that are trusted in addition to the usual ones, for every"
            " connection: that of your\norganisation's authority, or a server's own. The whole path, or one that begins"
            " with `~`. User-level settings only."
        ),
    ] = None


class PoolSettings(Section, frozen=True, kw_only=True):
    hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Further servers of the same kind as the first one (ollama.host, openai.base_url). Reviews are"
            " distributed\nover all of them. User-level settings only."
        ),
    ] = ()
    parallel: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="Units that each host of the pool reviews at the same time. Set Ollama's OLLAMA_NUM_PARALLEL to"
            " the same\nnumber.",
        ),
    ] = 1


class EmbeddedSettings(Section, frozen=True, kw_only=True):
    model_path: Annotated[
        str | None, Meta(description="A GGUF file to use instead of the catalogue's models. User-level settings only.")
    ] = None
    threads: Annotated[
        Annotated[int, Meta(ge=1, le=512)] | None, Meta(description="CPU threads. Default: one per core.")
    ] = None
    parallel: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="Requests processed at the same time. The context memory is this number times `num_ctx`.",
        ),
    ] = 2
    speculation: Annotated[
        bool,
        Meta(
            description="N-gram speculative decoding: copied code is generated about three times faster,"
            " with the same result."
        ),
    ] = True
    gpu_layers: Annotated[
        int, Meta(ge=-1, description="Layers on the GPU. -1: as many as fit, none without a GPU.")
    ] = -1
