"""Reviews texts through the server, as an editor does, or with the bare model, and keeps the results."""

from __future__ import annotations

import argparse
import asyncio
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.eval import examples, naive, tested
from bench.eval.cases import Case
from bench.eval.client import Client
from bench.fix.trial import How

from postil.core.suppression.baseline import Baseline
from postil.engine.choose import choose_engine
from postil.engine.download.store import cache_dir
from postil.settings import settings_of

REPOSITORY = Path(__file__).resolve().parents[2]
EXTENSIONS = {"python": "py", "javascript": "js", "typescript": "ts", "go": "go", "rust": "rs"}


class Store:
    """Results on disk, by a digest of the text, the model, and all files of the server that influence an answer."""

    def __init__(self, model: str, engine: str, persona: str, definitions: int | None) -> None:
        self._folder = cache_dir() / "eval"
        self._folder.mkdir(parents=True, exist_ok=True)
        server = REPOSITORY / "server" / "postil"
        # What has no part in a review may change.
        aside = ("completion", "actions", "modelfile", "verify", "calibrate", "findings", "rewrites", "reports")
        core = [path for path in (server / "core").rglob("*.py") if path.parent.name not in aside]
        profiles = server / "data" / "profiles.toml"
        review = [
            *core,
            profiles,
            *(server / "service" / "review").rglob("*.py"),
            *(REPOSITORY / "Modelfiles").iterdir(),
        ]
        fix = [*(server / "core").rglob("*.py"), *(server / "service" / "verify").rglob("*.py"), profiles]
        ways = {"postil": review, "examples": review, "naive": [Path(naive.__file__)], "tests": fix}
        # Without any they are those of the profiles, which are among the files.
        beside = "" if definitions is None else f"\0definitions {definitions}"
        said = f"{model}\0{engine}\0{persona}{beside}".encode()
        self._code = {
            way: sha256(b"\0".join([said, *(path.read_bytes() for path in sorted(paths))]))
            for way, paths in ways.items()
        }

    def path(self, way: str, language: str, text: str, baseline: str) -> Path:
        code = self._code[way].hexdigest()
        digest = sha256("\0".join(filter(None, (code, baseline, language, text))).encode()).hexdigest()
        return self._folder / f"{digest}.json"


class Asker:
    """Reviews texts through the server (`postil`, `examples`) or with the bare model (`naive`), and stores the
    results."""

    def __init__(self, options: argparse.Namespace, root: Path) -> None:
        self._options = options
        self._root = root
        self._store = Store(options.model, options.engine, options.persona, options.definitions)
        self._client: Client | None = None
        self._baseline: Baseline | None = None
        self._engine: Any = None
        self._count = 0
        self.baselines: tuple[Baseline, ...] = ()

    async def ask(self, way: str, language: str, text: str, fold: int, case: Case | None = None) -> dict[str, Any]:
        baseline = self.baselines[fold] if way == "examples" else None
        said = "" if baseline is None else repr(baseline.examples("reviewer", language, examples.EXAMPLES))
        # Without an example in its language the result is that of `postil`.
        path = self._store.path(way if said not in ("", "()") else "postil" if baseline else way, language, text, said)
        if not path.is_file():
            if way == "naive":
                found = await self._naive(language, text)
            elif way == "tests" and case is not None:
                found = await self._tested(case, text)
            else:
                found = await self._postil(language, text, baseline)
            path.write_text(json.dumps(found), encoding="utf-8")
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    async def _postil(self, language: str, text: str, baseline: Baseline | None) -> dict[str, Any]:
        if self._client is not None and self._baseline is not baseline:
            await self._stop_client()
        if self._client is None:
            await self._stop_engine()
            self._baseline = baseline
            self._root = self._root.parent / f"{self._root.name}-"
            self._root.mkdir()
            if baseline is not None:
                examples.put(self._root, baseline)
            settings = {
                "engine": self._options.engine,
                "model": {"review": self._options.model},
                "review": {"show": "all", "personas": [self._options.persona], "examples": examples.EXAMPLES},
                "embedded": {"parallel": 1, "threads": self._options.threads},
            }
            self._client = await Client.start(self._root, settings, definitions=self._options.definitions)
        self._count += 1
        file = self._root / f"case{self._count}" / f"subject.{EXTENSIONS[language]}"
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
        seen = await self._client.review(file, language)
        notes = [
            {
                "first": item["range"]["start"]["line"] + 1,
                "last": item["range"]["end"]["line"] + 1,
                "score": item["data"]["score"],
                "fix": item["data"]["fix"],
                "message": item["message"],
            }
            for item in seen.diagnostics
        ]
        return {"notes": notes, "figures": dict(seen.figures)}

    async def _tested(self, case: Case, text: str) -> dict[str, Any]:
        await self._stop_client()
        await self._stop_engine()
        how = How(self._options.model, self._options.engine, 8, 300, self._options.threads, self._options.definitions)
        loop = asyncio.get_running_loop()
        began = loop.time()
        found = await asyncio.to_thread(tested.notes, case, text, how)
        figures = {"promptTokens": 0, "outputTokens": 0, "seconds": loop.time() - began}
        return {"notes": found or [], "figures": figures}

    async def _naive(self, language: str, text: str) -> dict[str, Any]:
        if self._engine is None:
            await self._stop_client()
            settings = settings_of({"engine": self._options.engine, "embedded": {"parallel": 1}})
            self._engine = (await choose_engine(settings)).engine
        loop = asyncio.get_running_loop()
        began = loop.time()
        listed = await naive.review(self._engine, self._options.model, text, language)
        figures = {
            "promptTokens": listed.usage.prompt_tokens,
            "cachedTokens": listed.usage.cached_tokens or 0,
            "outputTokens": listed.usage.output_tokens,
            "seconds": loop.time() - began,
        }
        notes = [{"first": line, "last": line, "score": 1.0, "fix": None} for line in listed.lines]
        return {"notes": notes, "figures": figures}

    async def _stop_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.stop()

    async def _stop_engine(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.aclose()

    async def stop(self) -> None:
        await self._stop_client()
        await self._stop_engine()
