"""Ranks the models that are there for a role, and says why one is taken and others aren't."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from postil.core.models.catalogue import MEMORY_SHARE
from postil.core.models.names import model_name

ChosenRole = Literal["review", "complete"]

# Billions of parameters that work on one token. Without a GPU an 8b writes 5 tokens a second and a 30b-a3b 10 (an
# i7-8700): slower than that a review is waited for. Ghost text has to come between two keys.
_QUICK_REVIEW, _QUICK_GHOST, _QUICK_GHOST_GPU = 9.0, 4.0, 16.0
# Below it a model writes what looks like code.
_LEAST_GHOST = 1.0
# Below it an answer has nothing to do with the code.
_LEAST_REVIEW = 0.4
# What a file takes in memory beside its weights: the cache of two contexts of 8k, and buffers. The catalogue's own
# models have a sum of their own.
_CACHE_SHARE, _BUFFERS = 1.15, 600_000_000
# A model for code reviews as a general one of three times its size does (Aider's edits: qwen2.5-coder 3b 39, 7b 58;
# llama3.1 8b 38, 70b 59).
_CODE = 3.0
_GIGABYTE = 1e9


@dataclass(frozen=True, slots=True)
class Machine:
    """What a model runs on, in bytes; None = unknown. `gpu`: the memory of its GPUs, 0 without one. `shared`: the GPU
    works in the machine's own memory."""

    memory: int | None = None
    gpu: int | None = None
    shared: bool = False

    @property
    def whole(self) -> int | None:
        """What weights may be in at most: Ollama and llama.cpp divide a model between both."""
        if self.memory is None:
            return None
        return self.memory if self.shared else self.memory + (self.gpu or 0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model on an engine. `rank` of the engine: a smaller one goes before, where models are as quick. `size` and
    `memory` (None = guessed by the size) in bytes, `parameters` and `active` in billions; None = unknown. `kin`: its
    family is known, or the engine says that it chats. `thinks`: before each answer, and nothing turns it off.
    `measured`: we have measured how it reviews."""

    engine: str
    name: str
    rank: int = 0
    machine: Machine = field(default_factory=Machine)
    size: int | None = None
    memory: int | None = None
    parameters: float | None = None
    active: float | None = None
    kin: bool = True
    chat: bool = True
    embedding: bool = False
    infill: bool = False
    remote: bool = False
    thinks: bool = False
    measured: bool = False

    @property
    def needs(self) -> int | None:
        """Bytes of memory."""
        return self.memory or (round(self.size * _CACHE_SHARE) + _BUFFERS if self.size else None)

    @property
    def on_gpu(self) -> bool:
        """Whether it fits into the GPU; true where nothing is known of one."""
        return self.machine.gpu is None or (self.machine.gpu > 0 and (self.needs or 0) <= self.machine.gpu)

    @property
    def working(self) -> float | None:
        return self.active or self.parameters

    @property
    def tight(self) -> bool:
        """Whether it leaves too little memory for everything else."""
        memory = self.machine.memory
        return not self.on_gpu and memory is not None and (self.needs or 0) > memory * MEMORY_SHARE

    def quick(self, role: ChosenRole) -> bool:
        """Whether it answers soon enough on its machine; an unknown size counts as quick."""
        if role == "review":
            return self.on_gpu or (self.working or 0) <= _QUICK_REVIEW
        return (self.working or 0) <= (_QUICK_GHOST_GPU if self.on_gpu else _QUICK_GHOST)


@dataclass(frozen=True, slots=True)
class Passed:
    """A model that isn't taken unasked, and the reason, as the end of a sentence that begins with its name."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """The models that may be taken for a role, the best first, and those that may not."""

    role: ChosenRole
    able: tuple[Candidate, ...] = ()
    passed: tuple[Passed, ...] = ()

    @property
    def why(self) -> str:
        """Why the first is taken, as the end of a sentence."""
        best, rest = self.able[0], [one for one in self.able[1:] if one.engine == self.able[0].engine]
        reasons = [_alone(self.role) if not rest else _why(self.role, best, rest)]
        if self.role == "review" and not best.measured:
            reasons.append("how it reviews isn't measured by us")
        reasons += ["it thinks before each answer"] if best.thinks else []
        if not best.quick(self.role):
            reasons.append("it is slow without a GPU")
        if best.tight:
            reasons.append("it leaves little memory for everything else")
        return "; ".join(reasons)

    def refused(self, most: int = 3) -> str:
        """Why the others weren't taken, in a sentence's middle; "" when none was passed over."""
        told = [f"{one.candidate.name} {one.reason}" for one in self.passed[:most]]
        more = len(self.passed) - len(told)
        return ", ".join(told) + (f" and {more} more" if more > 0 else "")


def ranked(role: ChosenRole, candidates: Iterable[Candidate]) -> Ranking:
    able: list[Candidate] = []
    passed: list[Passed] = []
    for one in candidates:
        reason = refusal(role, one)
        if reason is None:
            able.append(one)
        else:
            passed.append(Passed(one, reason))
    order = _review_order if role == "review" else _ghost_order
    return Ranking(role, tuple(sorted(able, key=order)), tuple(passed))


def refusal(role: ChosenRole, one: Candidate) -> str | None:
    """Why a model isn't taken for a role unless somebody names it; None when it may be taken."""
    whole = one.machine.whole
    if one.remote:
        return "runs on another machine and isn't taken unasked"
    if one.embedding and not one.chat:
        return "makes embeddings only"
    if role == "review" and not one.chat:
        return "wasn't trained to answer"
    if role == "review" and not one.kin:
        return "is of a family that Postil doesn't know, and isn't taken unasked"
    if role == "review" and one.parameters is not None and one.parameters < _LEAST_REVIEW:
        return "is too small to review"
    if role == "complete" and not one.infill:
        return "doesn't fill in the middle"
    if whole is not None and not one.on_gpu and (one.needs or 0) > whole:
        return f"needs {_gb(one.needs)} GB of memory, and there are {_gb(whole)}"
    if role == "complete" and not one.on_gpu and (one.working or 0) > _QUICK_REVIEW:
        return "is too slow for ghost text without a GPU"
    return None


def _review_order(one: Candidate) -> tuple[object, ...]:
    slow = one.tight or not one.quick("review")
    return (slow, one.rank, not one.measured, one.thinks, -_strength(one), one.name)


def _strength(one: Candidate) -> float:
    base = model_name(one.name).base
    code = "cod" in base or "devstral" in base or one.infill
    return (one.parameters or 0.0) * (_CODE if code else 1.0)


def _ghost_order(one: Candidate) -> tuple[object, ...]:
    slow = one.tight or not one.quick("complete")
    small = (one.parameters or _LEAST_GHOST) < _LEAST_GHOST * 0.9
    # Among those too small the largest.
    size = -(one.parameters or 0) if small else (one.parameters or 0)
    return (slow, small, size, one.rank, one.name)


def _alone(role: ChosenRole) -> str:
    does = "review" if role == "review" else "fill in the middle"
    return f"the only model there that can {does}"


def _why(role: ChosenRole, best: Candidate, rest: Sequence[Candidate]) -> str:
    if role == "complete":
        larger = all((one.parameters or 0) >= (best.parameters or 0) for one in rest)
        return "the smallest there that fills in well" if larger else "it fills in well and is quick enough"
    if best.measured:
        return "measured by us"
    others = [one for one in rest if (one.parameters or 0) > (best.parameters or 0)]
    if not others:
        return "the largest model there"
    if any(one.measured for one in rest):
        return "the measured ones are slower or need more memory"
    if all(one.tight or not one.quick(role) for one in others):
        return "the largest there that is quick enough and fits into memory"
    return "the best suited to code of those there"


def _gb(size: int | None) -> str:
    return f"{(size or 0) / _GIGABYTE:.1f}"
