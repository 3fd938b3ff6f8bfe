"""The checks of `postil doctor`. Each results in a line of the report; a failing one doesn't stop the others."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Literal

from postil import __version__
from postil.cli.doctor_trial import LACK, UPDATE, ModelAbilities, abilities_shown, lacks, too_old
from postil.cli.user_personas import from_engine, personas_here
from postil.cli.user_settings import FILE_NAME, loaded_settings, user_file
from postil.core.models.advice import AdvisedRole, advice
from postil.core.models.catalogue import MEMORY_SHARE, catalogue
from postil.core.persona.persona import Persona
from postil.core.review.finding import Severity
from postil.engine.base import EngineError, ModelMissing
from postil.engine.choose import EngineChoice, choose_engine, choose_model
from postil.engine.download.store import find_gguf, models_dir
from postil.engine.network import tls
from postil.engine.ollama.admin import admin_of
from postil.engine.passed_over import notice
from postil.settings import Settings

Status = Literal["ok", "note", "missing"]

GIGABYTE = 1e9
# A first import from a slow disk takes some seconds; a library that hangs must not hang the doctor.
_IMPORT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. `fix` is the command, or the step, that solves the problem in `text`."""

    name: str
    status: Status
    text: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The report. `ready`: a review could run now, with `engine` and `model`, showing notes from `threshold` on.
    `abilities`: of each model that would review."""

    version: str
    ready: bool
    checks: tuple[Check, ...]
    engine: str | None = None
    model: str | None = None
    threshold: float | None = None
    abilities: tuple[ModelAbilities, ...] = ()


@dataclass(frozen=True, slots=True)
class _Choice:
    checks: tuple[Check, ...]
    engine: str | None = None
    model: str | None = None
    threshold: float | None = None
    ready: bool = False
    held: tuple[str, ...] = ()
    abilities: tuple[ModelAbilities, ...] = ()
    # The user's own Ollama can't be used: that is to be mended first, and no download is proposed.
    ollama_named: bool = False


async def examine(root: Path) -> Diagnosis:
    """Checks this machine for a review in `root`. Takes as long as its slowest check, some seconds at most where an
    address doesn't answer."""
    settings, loaded = _settings(root)
    personas, config = await _personas(settings, root)
    pool = settings.pool.hosts if settings.engine in ("auto", "ollama") else ()
    embedded, *ollama = await asyncio.gather(
        _embedded(), _ollama(settings, settings.ollama.host), *(_ollama(settings, host) for host in pool)
    )
    choice = await _choice(settings, personas)
    # The embedded engine is chosen when its library is installed; whether it runs here only the import shows.
    ready = choice.ready and (choice.engine != "embedded" or embedded.status == "ok")
    checks = (
        _python(),
        _machine(),
        *loaded,
        *config,
        *_certificates(settings),
        *ollama,
        embedded,
        *_models(advised=not choice.ollama_named),
        *choice.checks,
        *_proposals(choice),
    )
    return Diagnosis(__version__, ready, checks, choice.engine, choice.model, choice.threshold, choice.abilities)


def memory_bytes() -> int | None:
    """The memory of this machine, or of the container around us; None where the system doesn't say."""
    found: list[int] = []
    with suppress(AttributeError, ValueError, OSError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    # https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files ("max" = no limit)
    with suppress(OSError, ValueError):
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return min(found) if found else None


def _python() -> Check:
    return Check("Python", "ok", f"{platform.python_version()} ({sys.executable})")


def _machine() -> Check:
    memory = memory_bytes()
    size = f", {memory / GIGABYTE:.1f} GB of memory" if memory else ""
    system = f"{platform.system()} {platform.machine()}"
    return Check("machine", "ok", f"{system}, {os.cpu_count() or 1} cores{size}")


def _settings(root: Path) -> tuple[Settings, list[Check]]:
    loaded = loaded_settings(root)
    read = ", ".join(loaded.sources) or f"the defaults (no {user_file()}, and no {FILE_NAME} here)"
    checks = [Check("settings", "ok", read)]
    checks += [Check("settings", "note", str(problem), f"correct {problem.source}") for problem in loaded.problems]
    return loaded.settings, checks


async def _personas(settings: Settings, root: Path) -> tuple[list[Persona], list[Check]]:
    known = personas_here(settings, root)
    checks = [Check("personas", "ok" if known.personas else "missing", ", ".join(known.personas) or "none")]
    for trouble in known.problems:
        if trouble.problem.severity <= Severity.WARNING:
            place = f"{trouble.source}:{trouble.problem.line + 1}"
            checks.append(Check("personas", "note", f"{place}: {trouble.problem.message}", f"correct {trouble.source}"))
    reviewers = known.names("review")
    found: list[Persona] = []
    for name in settings.review.personas:
        persona = known.personas[name] if name in reviewers else None
        if persona is None:
            with suppress(EngineError):
                persona = await from_engine(settings, name)
        if persona is not None:
            found.append(persona)
        else:
            fix = f"set review.personas to some of: {', '.join(reviewers) or 'none is there'}"
            checks.append(Check("personas", "missing", f"review.personas names {name!r}, which isn't there", fix))
    return found, checks


async def _ollama(settings: Settings, host: str | None) -> Check:
    wanted = settings.engine == "ollama"
    try:
        admin = admin_of(settings, host)
    except EngineError as error:
        return Check("Ollama", "missing" if wanted else "note", str(error))
    try:
        version = await admin.version()
        models = await admin.models()
    except EngineError as error:
        if settings.engine in ("embedded", "openai"):
            return Check("Ollama", "note", f"{error} (engine is {settings.engine}: it isn't needed)")
        return Check("Ollama", "missing" if wanted else "note", str(error))
    finally:
        await admin.aclose()
    held = ", ".join(f"{model.name} ({(model.size or 0) / GIGABYTE:.1f} GB)" for model in models)
    text = f"{version} at {admin.host}, models: {held or 'none'}"
    if too_old(version):
        return Check("Ollama", "note", f"{text}; {LACK}", UPDATE)
    return Check("Ollama", "ok", text)


async def _embedded() -> Check:
    """Imports the library in a process of its own, which crashes when the wheel doesn't suit the processor."""
    install = f"{sys.executable} -m pip install 'postil[embedded]'"
    again = f"{sys.executable} -m pip install --force-reinstall xllamacpp"
    try:
        version = package_version("xllamacpp")
    except PackageNotFoundError:
        return Check("embedded", "note", "xllamacpp isn't installed", install)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", "import xllamacpp"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await asyncio.wait_for(process.communicate(), _IMPORT_SECONDS)
    except TimeoutError:
        return Check("embedded", "missing", f"xllamacpp {version} can't be imported: it hangs", again)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1] if lines else f"it ends with {process.returncode}"
        return Check("embedded", "missing", f"xllamacpp {version} can't be imported: {reason}", again)
    return Check("embedded", "ok", f"xllamacpp {version}")


def _certificates(settings: Settings) -> Iterable[Check]:
    """What is wrong with the files of certificates that are named, whether a connection needs them or not."""
    try:
        tls.context(settings.tls.ca_file)
    except tls.WrongCaFile as error:
        yield Check("certificates", "missing", str(error))
    else:
        if settings.tls.ca_file:
            yield Check("certificates", "ok", f"those of {settings.tls.ca_file} are trusted, too (tls.ca_file)")


def _models(*, advised: bool) -> Iterable[Check]:
    found = [(model.name, path) for model in catalogue().models if (path := find_gguf(model.name))]
    for name, path in found:
        yield Check("model", "ok", f"{name}: {path} ({path.stat().st_size / GIGABYTE:.1f} GB)")
    if not found:
        fix = f"postil models pull {catalogue().default('review').name} --engine embedded" if advised else None
        yield Check("model", "note", f"no GGUF file in {models_dir()} or in a local Ollama's store", fix)


def _proposals(choice: _Choice) -> Iterable[Check]:
    """The model that suits this machine's memory, for each of the two roles, with the command that fetches it."""
    memory = memory_bytes()
    if memory is None:
        return
    roles: tuple[tuple[AdvisedRole, str], ...] = (("review", "for reviews"), ("complete", "for ghost text"))
    for role, label in roles:
        row = advice().for_memory(role, memory)
        if row is None:
            yield Check(label, "note", f"no model of the catalogue fits into {memory / GIGABYTE:.1f} GB of memory")
            continue
        here = row.model in choice.held or (choice.engine != "ollama" and find_gguf(row.model) is not None)
        engine = choice.engine if choice.engine in ("ollama", "embedded") else "auto"
        fix = None if here or choice.ollama_named else f"postil models pull {row.model} --engine {engine}"
        yield Check(label, "ok", f"{row.model} suits this machine: {row.why}", fix)


async def _choice(settings: Settings, personas: list[Persona]) -> _Choice:
    """The engine and the models that a review would use."""
    try:
        choice = await choose_engine(settings)
    except EngineError as error:
        return _Choice((Check("engine", "missing", str(error)),))
    try:
        chosen = [_chosen(settings, choice, persona) for persona in personas]
        tried = await _tried(settings, choice, personas, chosen)
        models = dict.fromkeys(name for _, name, _ in chosen if name is not None)
        abilities = [await abilities_shown(choice, name) for name in models]
    finally:
        await choice.engine.aclose()
    facts = choice.facts
    told = notice(facts)
    checks = [Check("engine", "note" if told else "ok", f"{facts.name} ({choice.reason})")]
    checks += [check for checked, _, _ in chosen for check in checked]
    checks += tried
    names = [name for _, name, _ in chosen]
    return _Choice(
        tuple(checks),
        facts.name,
        names[0] if names else None,
        chosen[0][2] if chosen else None,
        ready=bool(names) and None not in names,
        abilities=tuple(abilities),
        held=tuple(model.name for model in facts.models),
        ollama_named=facts.passed_over is not None and facts.passed_over.named,
    )


async def _tried(
    settings: Settings,
    choice: EngineChoice,
    personas: list[Persona],
    chosen: list[tuple[list[Check], str | None, float | None]],
) -> list[Check]:
    """What the first persona's model was seen not to do."""
    name = chosen[0][1] if chosen else None
    if name is None:
        return []
    found = await lacks(choice, name, personas[0].load_options(settings.num_ctx))
    label = f"as {personas[0].name}"
    return [Check(label, "note", f"{name}: {lack}", UPDATE if lack == LACK else None) for lack in found]


def _chosen(settings: Settings, choice: EngineChoice, persona: Persona) -> tuple[list[Check], str | None, float | None]:
    label = f"as {persona.name}"
    try:
        name = choose_model(settings, choice.facts, persona.model, "review")
    except EngineError as error:
        model = error.model if isinstance(error, ModelMissing) else ""
        fix = f"postil models pull {model} --engine {choice.facts.name}" if model else None
        return [Check(label, "missing", str(error), fix)], None, None
    score, why = _threshold(settings, persona, name)
    checks = [Check(label, "ok", f"{name}, notes from {score:.2f} on ({why})")]
    known, memory = catalogue().get(name), memory_bytes()
    if choice.facts.name == "embedded" and known and memory and known.memory > memory * MEMORY_SHARE:
        wants, has = known.memory / GIGABYTE, memory / GIGABYTE
        text = f"{name} wants {wants:.1f} GB of memory, this machine has {has:.1f}"
        checks.append(Check(label, "note", text, "set model.review to a smaller model: postil models list"))
    return checks, name, score


def _threshold(settings: Settings, persona: Persona, model: str) -> tuple[float, str]:
    """The score from which notes are shown, and where it comes from; in the order of `service.review.unit`."""
    for score, why in ((settings.review.min_score, "review.min_score"), (persona.min_score, "the persona says so")):
        if score is not None:
            return score, why
    profile = catalogue().profile_of(model)
    return profile.min_score, "measured for this model" if profile.measured_on else "not measured for this model"
