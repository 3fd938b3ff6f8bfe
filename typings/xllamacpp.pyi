"""The part of xllamacpp, a compiled module without types, that postil.engine.embedded.child uses."""

from enum import Enum
from typing import TypedDict

class common_speculative_type(Enum):
    COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE = ...

class _DeviceInfo(TypedDict):
    type: Enum

def get_device_info() -> list[_DeviceInfo]: ...

class _Model:
    path: str

class _CpuParams:
    n_threads: int

class _NgramSimple:
    size_n: int
    size_m: int

class _Speculative:
    types: list[common_speculative_type]
    ngram_simple: _NgramSimple

class CommonParams:
    model: _Model
    n_ctx: int
    n_parallel: int
    n_batch: int
    n_ubatch: int
    hostnames: list[str]
    port: int
    api_keys: list[str]
    endpoint_slots: bool
    ui: bool
    cors_origins: str
    cors_origins_explicit: bool
    cors_credentials: bool
    n_gpu_layers: int
    cpuparams: _CpuParams
    cpuparams_batch: _CpuParams
    cache_ram_mib: int
    warmup: bool
    speculative: _Speculative

class Server:
    listening_address: str
    def __init__(self, params: CommonParams) -> None: ...
