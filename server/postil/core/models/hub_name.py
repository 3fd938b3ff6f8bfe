"""Names of GGUF files of the model hub (`hf.co/owner/repo:Q4_K_M`), and which file of a repository one means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.models.recognise import DEFAULT_QUANTIZATION, quantization_in

# A part without `..`, and not beginning with a dot: it becomes a folder of the cache.
_PART = r"[A-Za-z0-9_][\w-]*(?:\.[\w-]+)*"
_NAME = re.compile(
    rf"(?:https?://)?(?:hf\.co|huggingface\.co)/(?P<repo>{_PART}/{_PART})"
    rf"(?:/(?:(?:resolve|blob)/main/)?(?P<file>(?:{_PART}/){{0,3}}{_PART}\.gguf)|:(?P<tag>{_PART}))?",
    re.ASCII | re.IGNORECASE,
)
_FILE = re.compile(rf"(?:{_PART}/){{0,3}}{_PART}", re.ASCII)
_SPLIT = re.compile(r"-\d{5}-of-\d{5}\.gguf\Z", re.IGNORECASE)
# Where a repository hasn't the default: the nearest in size and quality first.
_NEAREST = ("Q4_K_M", "Q4_K_S", "UD-Q4_K_XL", "Q4_K", "IQ4_XS", "IQ4_NL", "Q4_0", "Q4_1", "Q5_K_M", "MXFP4", "Q8_0")


@dataclass(frozen=True, slots=True)
class HubName:
    """`quantization`: "" = the default. `file`: its path in the repository, "" = the one with that quantisation."""

    repo: str
    quantization: str = ""
    file: str = ""

    @property
    def shown(self) -> str:
        if self.file:
            return f"hf.co/{self.repo}/{self.file}"
        return f"hf.co/{self.repo}" + (f":{self.quantization}" if self.quantization else "")


class NoSuchFile(Exception):
    """A repository has no file that the name means; the message says what it has."""


def hub_name(text: str) -> HubName | None:
    """The name of a file of the hub; None for another text. A tag may be the name of a file, as for Ollama; `latest` is
    Ollama's word for none."""
    found = _NAME.fullmatch(text.strip().rstrip("/"))
    if found is None:
        return None
    tag, file = found["tag"] or "", found["file"] or ""
    if tag.lower().endswith(".gguf"):
        tag, file = "", tag
    return HubName(found["repo"], "" if tag.lower() == "latest" else tag.upper().replace("FP16", "F16"), file)


def chosen_file(name: HubName, files: Sequence[str]) -> str:
    """The file of a repository that a name means. Raises NoSuchFile, also for one that is split. A name that the hub
    gives becomes a path of the cache: one that could lead elsewhere is no file."""
    plain = [file for file in files if _FILE.fullmatch(file) and file.lower().endswith(".gguf")]
    weights = [file for file in plain if "mmproj" not in file.lower()]
    if name.file:
        found = [file for file in weights if file.lower() == name.file.lower()]
    elif name.quantization:
        found = with_quantization(weights, name.quantization)
    else:
        nearest = (with_quantization(weights, one) for one in _NEAREST)
        found = next(filter(None, nearest), weights if len(weights) == 1 else list[str]())
    if not found:
        raise NoSuchFile(f"{name.shown}: {_what_there_is(weights)}")
    if _SPLIT.search(found[0]):
        raise NoSuchFile(
            f"{name.shown} is split into {len(found)} files, which Postil doesn't join: take a smaller quantisation"
            f" (it has {_quantizations(weights) or 'no other'}), or join them with llama-gguf-split and set"
            " embedded.model_path"
        )
    if len(found) > 1:
        few = ", ".join(sorted(found)[:5])
        raise NoSuchFile(f"{name.shown} may be one of {len(found)} files: name one as hf.co/{name.repo}/FILE ({few})")
    return found[0]


def with_quantization(files: Sequence[str], quantization: str) -> list[str]:
    """The files with a quantisation: by their own names, else by their folders'."""
    wanted = quantization.upper()
    exact = [file for file in files if quantization_in(file.rpartition("/")[2]) == wanted]
    return exact or [file for file in files if wanted in file.upper().split("/")[:-1]]


def file_quantization(name: HubName) -> str:
    """The quantisation that a name means."""
    return quantization_in(name.file) if name.file else name.quantization or DEFAULT_QUANTIZATION


def _what_there_is(weights: Sequence[str]) -> str:
    if not weights:
        return "the repository holds no GGUF file: look for one whose name ends in GGUF"
    there = _quantizations(weights)
    return f"the repository has no such file; it has {there}" if there else "the repository has no such file"


def _quantizations(weights: Sequence[str]) -> str:
    whole = (quantization_in(file.rpartition("/")[2]) for file in weights if not _SPLIT.search(file))
    return ", ".join(sorted({one for one in whole if one}))
