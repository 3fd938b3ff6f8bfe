"""What `postil doctor` tells of the choice: the engines, the model for each persona and for ghost text, why, and which
model would suit the machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from postil.cli.doctor.trial import LACK, UPDATE, ModelAbilities, abilities_shown, lacks
from postil.core.models.advice import AdvisedRole, advice
from postil.core.models.catalogue import catalogue
from postil.core.persona.persona import Persona
from postil.core.review.calibration import Calibration
from postil.core.review.profile import profiles
from postil.engine.base import EngineError, EngineRefused, ModelMissing
from postil.engine.choose import choose_engine
from postil.engine.download.store import find_gguf, hub_models, models_dir
from postil.engine.passed_over import notice
from postil.engine.picking.candidates import candidate, own_name
from postil.engine.picking.machine import this_machine
from postil.engine.picking.pick import EngineChoice, ModelChoice, pick
from postil.service.calibrate.store import readings
from postil.settings import Settings

Status = Literal["ok", "note", "missing"]

GIGABYTE = 1e9


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. `fix` is the command, or the step, that solves the problem in `text`."""

    name: str
    status: Status
    text: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The lines about the choice, and what would review, showing notes from `threshold` on."""

    checks: tuple[Check, ...]
    engine: str | None = None
    model: str | None = None
    threshold: float | None = None
    ready: bool = False
    engines: EngineChoice | None = None
    abilities: tuple[ModelAbilities, ...] = ()
    # The user's own Ollama can't be used: that is to be mended first, and no download is proposed.
    ollama_named: bool = False


async def chosen(settings: Settings, personas: list[Persona], completer: Persona | None, root: Path) -> Choice:
    """The engines and the models that reviews and ghost text would use."""
    try:
        engines = await choose_engine(settings)
    except EngineError as error:
        return Choice((Check("engine", "missing", str(error)),))
    facts = engines.facts
    said = notice(facts)
    checks = [Check("engine", "note" if said else "ok", f"{facts.name} ({engines.reason})")]
    try:
        found: list[ModelChoice | None] = []
        threshold: float | None = None
        for persona in personas:
            lines, one, score = await _reader(settings, engines, persona, root)
            checks += lines
            found.append(one)
            threshold = score if len(found) == 1 else threshold
        if completer is not None:
            checks.append(await _ghost(settings, engines, completer))
        first = found[0] if found else None
        if first is not None:
            label, load = f"as {personas[0].name}", personas[0].load_options(settings.num_ctx)
            for lack in await lacks(first.choice, first.model, load):
                checks.append(Check(label, "note", f"{first.model}: {lack}", UPDATE if lack == LACK else None))
        models = {(one.choice.facts.name, one.model): one for one in found if one is not None}
        abilities = [await abilities_shown(one.choice, one.model) for one in models.values()]
    finally:
        await engines.aclose()
    return Choice(
        tuple(checks),
        first.choice.facts.name if first is not None else facts.name,
        first.model if first is not None else None,
        threshold,
        ready=bool(found) and None not in found,
        engines=engines,
        abilities=tuple(abilities),
        ollama_named=facts.passed_over is not None and facts.passed_over.named,
    )


async def _reader(
    settings: Settings, engines: EngineChoice, persona: Persona, root: Path
) -> tuple[list[Check], ModelChoice | None, float | None]:
    label = f"as {persona.name}"
    try:
        found = await pick(settings, engines, persona.model, "review", persona.name)
    except EngineError as error:
        return [Check(label, "missing", str(error), _fix(error))], None, None
    info = await found.choice.engine.describe(found.choice.facts.model(found.model))
    kept = readings(root, info, persona).calibration()
    score, why = _threshold(settings, persona, info.profile, kept)
    text = f"{found.model} on {found.choice.facts.name}, notes from {score:.2f} on ({why}): {found.reason}"
    checks = [Check(label, "ok", text), _opinions(label, settings, info.profile, kept)]
    if found.notice:
        checks.append(Check(label, "note", found.notice))
    wanted = candidate(found.choice.facts, info, 0)
    if wanted.tight and wanted.machine.memory:
        wants, has = (wanted.needs or 0) / GIGABYTE, wanted.machine.memory / GIGABYTE
        text = f"{found.model} wants {wants:.1f} GB of memory, this machine has {has:.1f}"
        checks.append(Check(label, "note", text, "set model.review to a smaller model: postil models list"))
    return checks, found, score


async def _ghost(settings: Settings, engines: EngineChoice, completer: Persona) -> Check:
    """Ghost text is no condition of a review: without it the report is a note."""
    try:
        found = await pick(settings, engines, completer.model, "complete", completer.name)
        info = await found.choice.engine.describe(found.choice.facts.model(found.model))
        if not info.fills_in:
            raise EngineRefused(f"{found.model} has no fill-in-the-middle: set model.completion to one that has.")
    except EngineError as error:
        return Check("ghost text", "note", f"off: {error}", _fix(error))
    return Check("ghost text", "ok", f"{found.model} on {found.choice.facts.name}: {found.reason}")


def _fix(error: EngineError) -> str | None:
    if not isinstance(error, ModelMissing) or not error.model or error.engine not in ("ollama", "embedded"):
        return None
    return f"postil models pull {error.model} --engine {error.engine}"


def _opinions(label: str, settings: Settings, profile: str, kept: Calibration | None) -> Check:
    """What the model's opinions are worth here, and whether they are shown unasked."""
    shown = f"review.show is {settings.review.show}"
    if kept is None:
        worth = "no better than chance" if profiles()[profile].opinions == "chance" else "unmeasured"
        return Check(label, "note", f"its opinions are {worth} ({shown})", "postil calibrate")
    held = kept.held
    text = f"calibrated here on {kept.on}: J {held.j:+.2f} on {held.fixes} past fixes that chose nothing"
    if kept.holds:
        return Check(label, "ok", f"{text} ({shown})")
    return Check(label, "note", f"calibrated here on {kept.on}, and its opinions stay hints: {kept.why_not} ({shown})")


def _threshold(settings: Settings, persona: Persona, name: str, kept: Calibration | None) -> tuple[float, str]:
    """The score from which notes are shown, and where it comes from; in the order of
    `service.review.methods.unit_review`."""
    for score, why in ((settings.review.min_score, "review.min_score"), (persona.min_score, "the persona says so")):
        if score is not None:
            return score, why
    if kept is not None and kept.holds:
        return kept.min_score, "postil calibrate"
    profile = profiles()[name]
    return profile.min_score, "measured for this model" if profile.measured_on else "not measured for this model"


def embedded_models(*, advised: bool) -> Iterable[Check]:
    """The files of the embedded engine."""
    found = {model.name: path for model in catalogue().models if (path := find_gguf(model.name))} | hub_models()
    for name, path in found.items():
        yield Check("model", "ok", f"{name}: {path} ({path.stat().st_size / GIGABYTE:.1f} GB)")
    if not found:
        fix = f"postil models pull {catalogue().default('review').name} --engine embedded" if advised else None
        yield Check("model", "note", f"no GGUF file in {models_dir()} or in a local Ollama's store", fix)


def proposals(choice: Choice) -> Iterable[Check]:
    """The model that suits this machine's memory and GPU, for each of the two roles, with the command that fetches
    it."""
    machine = this_machine()
    if machine.memory is None:
        return
    roles: tuple[tuple[AdvisedRole, str], ...] = (("review", "for reviews"), ("complete", "for ghost text"))
    for role, label in roles:
        row = advice().for_machine(role, machine)
        if row is None:
            yield Check(label, "note", f"no model of ours fits into {machine.memory / GIGABYTE:.1f} GB of memory")
            continue
        there = choice.engines.all if choice.engines is not None else ()
        here = any(own_name(one.facts, row.model) for one in there) or find_gguf(row.model) is not None
        engine = choice.engine if choice.engine in ("ollama", "embedded") else "auto"
        listed = catalogue().get(row.model) is not None
        fix = f"postil models pull {row.model} --engine {engine if listed else 'ollama'}"
        measured = "measured by us" if row.measured else "not measured by us"
        text = f"{row.model} suits this machine: {row.why} ({measured})"
        yield Check(label, "ok", text, None if here or choice.ollama_named else fix)
