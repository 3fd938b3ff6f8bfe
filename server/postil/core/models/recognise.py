"""Which model of the catalogue a name means, however it is spelt, and which name somebody may have meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from postil.core.models.catalogue import Model, OllamaSource, catalogue
from postil.core.models.names import full_name, has_tag, model_name, same_size

# "q4_k_m", "iq4_xs", "ud-q4_k_xl", "fp16": what an engine or a file calls a quantisation.
_QUANTIZATION = re.compile(
    r"(?<![a-z0-9])((?:ud-)?i?q\d[a-z0-9]*(?:_[a-z0-9]+)*|bf16|fp16|f16|fp32|f32|mxfp4(?:_moe)?)(?![a-z0-9])"
)
# Every model of the catalogue that answers has it; hubs and Ollama give it where no other is named.
DEFAULT_QUANTIZATION = "Q4_K_M"
_SIZE = re.compile(r"\d{1,4}(?:\.\d{1,2})?[bm]")
# What a name may add without meaning another model.
_SAME = frozenset({"instruct", "it", "chat", "latest", "gguf"})
# Below it names are different words, not misspellings ("llama3" and "gemma3").
_CLOSE = 0.72


def quantization_in(text: str) -> str:
    """The quantisation that a name or a file's name tells, in capitals as GGUF files have it; "" when it tells none."""
    found = _QUANTIZATION.findall(text.lower().replace("fp16", "f16").replace("fp32", "f32"))
    return found[-1].upper() if found else ""


def recognised(
    name: str, parameters: float | None = None, size: int | None = None, quantization: str = ""
) -> Model | None:
    """The model of the catalogue that these are the weights of, whatever their quantisation. `parameters` in billions,
    `size` in bytes: what the engine tells of it; without them the name alone decides, as Ollama's library means it."""
    listed = catalogue().get(full_name(name))
    if listed is not None:
        # Somebody may have made another model under that name.
        return listed if parameters is None or same_size(parameters, listed.parameters / 1e9) else None
    kin = [model for model in catalogue().models if _is_kin(name, model)]
    told = parameters or model_name(name).parameters
    if told is not None:
        return next((model for model in kin if same_size(told, model.parameters / 1e9)), None)
    if size is not None and (quantization or quantization_in(name) or DEFAULT_QUANTIZATION) == DEFAULT_QUANTIZATION:
        return next((model for model in kin if same_size(size, model.bytes)), None)
    return next((model for model in kin if _is_latest(name, model)), None)


def same_weights(wanted: str, name: str, parameters: float | None, size: int | None, quantization: str) -> bool:
    """Whether an engine's model is the catalogue's model that `wanted` means, in the quantisation that it means."""
    meant = recognised(wanted)
    if meant is None or recognised(name, parameters, size, quantization) != meant:
        return False
    has = quantization.upper() or quantization_in(name) or DEFAULT_QUANTIZATION
    return has == (quantization_in(wanted) or DEFAULT_QUANTIZATION)


def same_family(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that differ from this one in their tags only."""
    base = _without_tag(name)
    return tuple(other for other in names if _without_tag(other) == base)


def closest(name: str, names: Iterable[str]) -> str | None:
    """The name that somebody who wrote `name` may have meant: of the same family, else spelt alike."""
    found = list(names)
    kin = same_family(name, found)
    wanted, tagged = full_name(name), has_tag(name)

    def likeness(other: str) -> float:
        full = full_name(other)
        # Names are written with other signs between their parts, and with the size in them.
        bare = full if tagged or _SIZE.search(wanted) else full.rpartition(":")[0]
        alike = SequenceMatcher(None, _letters(wanted), _letters(bare)).ratio()
        return max(SequenceMatcher(None, wanted, full).ratio(), alike)

    if kin:
        return max(kin, key=likeness)
    best = max(found, key=likeness, default=None)
    return best if best is not None and likeness(best) >= _CLOSE else None


def _letters(name: str) -> str:
    """The letters and digits of a name, without its origin and the tag that stands for none."""
    return re.sub(r"[^a-z0-9]", "", name.removesuffix(":latest").rpartition("/")[2])


def _without_tag(name: str) -> str:
    head, _, last = full_name(name).rpartition("/")
    return f"{head}/{last.partition(':')[0]}"


def _is_kin(name: str, model: Model) -> bool:
    """Whether a name is that of the model's family and adds nothing but size, quantisation and that it chats."""
    written, family = model_name(name), model_name(model.name).base
    if written.base != family and not written.base.startswith(f"{family}-"):
        return False
    said = f"{written.base[len(family) :]}-{written.tag}"
    if written.tag and quantization_in(written.tag):
        said = said.replace(_QUANTIZATION.findall(written.tag)[-1], "")
    words = [word for word in re.split(r"[-_ ]", _QUANTIZATION.sub("", said)) if word]
    return all(word in _SAME or _SIZE.fullmatch(word) for word in words)


def _is_latest(name: str, model: Model) -> bool:
    """Whether this is the model that Ollama's library gives for the family's name alone."""
    latest = any(isinstance(source, OllamaSource) and source.latest for source in model.sources)
    return latest and full_name(name) == f"{model_name(model.name).base}:latest"
