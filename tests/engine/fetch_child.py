"""A fetch in a process of its own.

`fetch_child.py FOLDER SIZE SHA256 [blind] [limit=BYTES]`, hub by HF_ENDPOINT.

Prints each stage when it comes to it, then the last progress, or the error's class and message. `blind`: there seems to
be room on every disk.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from contextlib import aclosing
from pathlib import Path
from types import SimpleNamespace

from msgspec import structs
from tests.engine.hub_server import FILE, REPO

from postil.core.models.catalogue import HubSource, catalogue
from postil.engine.download.fetch import fetch
from postil.engine.download.sink import FetchFailed


async def main() -> None:
    folder, size, sha256, *rest = sys.argv[1:]
    for word in rest:
        if word == "blind":
            shutil.disk_usage = lambda _: SimpleNamespace(free=1 << 40)
        if word.startswith("limit="):
            import resource

            limit = int(word.removeprefix("limit="))
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    known = catalogue().models[0]
    model = structs.replace(known, size=int(size), sha256=sha256, file=FILE)
    source = HubSource(repo=REPO, file=FILE)
    stages: set[str] = set()
    where = ""
    try:
        async with aclosing(fetch(model, [source], Path(folder))) as steps:
            async for step in steps:
                where = step.what.partition(" from ")[2] or where
                what = step.what.partition(": ")[2].partition(" ")[0]
                if what not in stages:
                    stages.add(what)
                    print(what, flush=True)
        print("done from", where or "cache", ",".join(sorted(stages)))
    except FetchFailed as error:
        print(type(error).__name__, error)


asyncio.run(main())
