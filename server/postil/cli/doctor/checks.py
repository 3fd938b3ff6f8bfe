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

from postil import __version__
from postil.cli.doctor.choice import GIGABYTE, Check, chosen, embedded_models, proposals
from postil.cli.doctor.trial import LACK, UPDATE, ModelAbilities, too_old
from postil.cli.user_personas import from_engine, personas_here
from postil.cli.user_settings import loaded_settings, user_file
from postil.core.persona.persona import Persona
from postil.core.review.finding import Severity
from postil.engine.base import EngineError
from postil.engine.network import tls
from postil.engine.ollama.admin import admin_of
from postil.engine.picking.machine import memory_bytes, this_machine
from postil.service.config.load import FILE_NAME
from postil.settings import Settings

# A first import from a slow disk takes some seconds; a library that hangs must not hang the doctor.
_IMPORT_SECONDS = 60.0


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


async def examine(root: Path) -> Diagnosis:
    """Checks this machine for a review in `root`. Takes as long as its slowest check, some seconds at most where an
    address doesn't answer."""
    settings, loaded = _settings(root)
    personas, completer, config = await _personas(settings, root)
    pool = settings.pool.hosts if settings.engine in ("auto", "ollama") else ()
    embedded, *ollama = await asyncio.gather(
        _embedded(), _ollama(settings, settings.ollama.host), *(_ollama(settings, host) for host in pool)
    )
    choice = await chosen(settings, personas, completer, root)
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
        *embedded_models(advised=not choice.ollama_named),
        *choice.checks,
        *proposals(choice),
    )
    return Diagnosis(__version__, ready, checks, choice.engine, choice.model, choice.threshold, choice.abilities)


def _python() -> Check:
    return Check("Python", "ok", f"{platform.python_version()} ({sys.executable})")


def _machine() -> Check:
    memory = memory_bytes()
    size = f", {memory / GIGABYTE:.1f} GB of memory" if memory else ""
    found = this_machine()
    gpu = f"{(found.gpu or 0) / GIGABYTE:.1f} GB of it for the GPU" if found.shared else "no GPU found"
    if found.gpu and not found.shared:
        gpu = f"{found.gpu / GIGABYTE:.1f} GB on the GPU"
    system = f"{platform.system()} {platform.machine()}"
    return Check("machine", "ok", f"{system}, {os.cpu_count() or 1} cores{size}, {gpu}")


def _settings(root: Path) -> tuple[Settings, list[Check]]:
    loaded = loaded_settings(root)
    read = ", ".join(loaded.sources) or f"the defaults (no {user_file()}, and no {FILE_NAME} here)"
    checks = [Check("settings", "ok", read)]
    checks += [Check("settings", "note", str(problem), f"correct {problem.source}") for problem in loaded.problems]
    return loaded.settings, checks


async def _personas(settings: Settings, root: Path) -> tuple[list[Persona], Persona | None, list[Check]]:
    """The personas that review, the one that writes completions, and what is wrong with them."""
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
    completer = known.personas.get(settings.completion.persona) if settings.completion.enabled else None
    return found, completer if completer is not None and completer.role == "complete" else None, checks


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
