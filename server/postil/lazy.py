"""Modules whose code runs at their first use: the one place where an import waits.

Every file of Postil imports at its top. An editor waits for the answer to `initialize`, and a server that waits keeps
in memory what it has imported. So the modules of `DEFERRED` are found by their `import`, and executed when one of their
attributes is used for the first time. A file that imports one of them writes `import httpx` or
`from postil.engine import choose`, and uses the names in it as `httpx.Client`: `from httpx import Client` executes it
at once. `lazy import` (PEP 810, Python 3.15) will take the place of this file.

The rows `start` and `memory` of `make bench` hold this to account.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # It imports `importlib.resources` and `zipfile` with it.
    from importlib.abc import Loader

# `python -m bench.lazy` prints milliseconds and MiB that each one takes with all that it imports.
DEFERRED: frozenset[str] = frozenset(
    {
        "filelock",
        "httpx",
        "ollama",
        "pathspec",
        "rapidfuzz",
        # Imported by tempfile for platformdirs, and with it bz2 and lzma.
        "shutil",
        "watchdog.events",
        "watchdog.observers",
        "watchdog.observers.polling",
        "postil.core.completion.cursor",
        "postil.core.models.catalogue",
        "postil.core.models.families",
        "postil.core.models.hub_name",
        "postil.core.models.observed",
        "postil.core.models.overrides",
        "postil.core.models.recognise",
        "postil.core.prefill",
        "postil.core.review.profile",
        "postil.core.suppression.dismissed",
        "postil.core.syntax.tree",
        "postil.core.text.markdown",
        "postil.engine.picking.candidates",
        "postil.engine.picking.embedder",
        "postil.engine.choose",
        "postil.engine.download.pull",
        "postil.engine.network.transport",
        "postil.engine.passed_over",
        "postil.engine.scripted",
        "postil.engine.stream.http_limits",
        "postil.engine.stream.secret_finder",
        "postil.lsp.client",
        "postil.service.agent.open",
        "postil.service.agent.toolbox",
        "postil.lsp.features.calibrate",
        "postil.lsp.features.code_action",
        "postil.lsp.features.commands",
        "postil.lsp.features.completion",
        "postil.lsp.features.dismiss",
        "postil.lsp.features.fix_on_demand",
        "postil.lsp.features.fixed",
        "postil.lsp.features.hover",
        "postil.lsp.features.inline_completion",
        "postil.lsp.features.model_commands",
        "postil.lsp.features.modelfile",
        "postil.lsp.features.persona_actions",
        "postil.lsp.features.persona_commands",
        "postil.lsp.features.review_files",
        "postil.lsp.features.verify.command",
        "postil.lsp.features.verify.offers",
        "postil.lsp.features.verify.resolve",
        "postil.lsp.rpc.websocket",
        "postil.lsp.sync.notebook_document",
        "postil.lsp.sync.text_document",
        "postil.service.checks.runner",
        "postil.service.completion.completer",
        "postil.service.completion.nearby",
        "postil.service.context.indexes",
        "postil.service.engines",
        "postil.service.personas.from_engine",
        "postil.service.review.definitions",
        "postil.service.review.methods.reason",
        "postil.service.review.runner",
        "postil.service.session",
        "postil.service.workspace.files",
    }
)

# Known before a module is executed: whoever looks at all modules, as `inspect` does, must not execute them.
_METADATA = frozenset({"__class__", "__file__", "__loader__", "__name__", "__package__", "__path__", "__spec__"})


class _Lazy(ModuleType):
    """A module that has not been executed."""

    def __getattribute__(self, name: str) -> object:
        if name in _METADATA:
            return object.__getattribute__(self, name)
        spec: ModuleSpec = object.__getattribute__(self, "__spec__")
        loader: Any = spec.loader
        if isinstance(loader, _LazyLoader):
            loader.execute(self)
        return object.__getattribute__(self, name)


class _LazyLoader:
    """Executes a module by its own loader, once. Two modules that import each other could wait for each other on two
    threads: ours have no cycles (tests/test_architecture.py), and the others are leaves of ours."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._lock = threading.RLock()
        self._executing = False

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__class__ = _Lazy

    def execute(self, module: ModuleType) -> None:
        """Execute the module. What it raises is raised again at the next use: a package may be mended meanwhile."""
        with self._lock:
            spec = module.__spec__
            loader: Any = spec.loader if spec is not None else None
            if self._executing or spec is None or loader is not self:
                return
            self._executing = True
            try:
                self._loader.exec_module(module)
            finally:
                self._executing = False
            spec.loader = module.__loader__ = self._loader
            module.__class__ = ModuleType


class _Finder:
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in DEFERRED:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                lazy: Any = _LazyLoader(spec.loader)
                spec.loader = lazy
                return spec
        return None


def install() -> None:
    """From now on; what was imported before stays as it is."""
    finder: Any = _Finder()
    sys.meta_path.insert(0, finder)


def waiting() -> set[str]:
    """The modules of `DEFERRED` that have been imported and not executed."""
    return {name for name in DEFERRED if isinstance(sys.modules.get(name), _Lazy)}
