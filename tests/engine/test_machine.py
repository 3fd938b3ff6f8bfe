"""What is found out about the memory of a machine and of its GPUs."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import pytest

from postil.engine.picking import machine
from postil.engine.picking.machine import gpu_bytes, memory_bytes, this_machine


def test_memory_is_that_of_the_container_where_there_is_one(tmp_path: Path) -> None:
    whole = memory_bytes(tmp_path)
    assert whole is None or whole > 100_000_000
    limit = tmp_path / "sys/fs/cgroup/memory.max"
    limit.parent.mkdir(parents=True)
    limit.write_text("50000000\n", encoding="ascii")
    assert memory_bytes(tmp_path) == 50_000_000
    limit.write_text("max\n", encoding="ascii")
    assert memory_bytes(tmp_path) == whole


def card(root: Path, number: int, size: str) -> None:
    file = root / f"sys/class/drm/card{number}/device/mem_info_vram_total"
    file.parent.mkdir(parents=True)
    file.write_text(size, encoding="ascii")


def test_amd_s_cards_are_added_up_and_graphics_in_a_processor_is_none(tmp_path: Path) -> None:
    assert gpu_bytes(tmp_path) == 0
    card(tmp_path, 0, "536870912\n")
    assert gpu_bytes(tmp_path) == 0
    card(tmp_path, 1, "17163091968\n")
    card(tmp_path, 2, "8573157376\n")
    card(tmp_path, 3, "what?\n")
    assert gpu_bytes(tmp_path) == 17163091968 + 8573157376


class Nvml:
    """Plays NVIDIA's library, with two cards."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.closed = False

    def nvmlInit_v2(self) -> int:
        return int(self.fails == "init")

    def nvmlShutdown(self) -> int:
        self.closed = True
        return 0

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:
        count._obj.value = 2
        return int(self.fails == "count")

    def nvmlDeviceGetHandleByIndex_v2(self, number: int, handle: Any) -> int:
        return int(self.fails == "handle" and number == 0)

    def nvmlDeviceGetMemoryInfo(self, handle: Any, memory: Any) -> int:
        memory._obj.total = 25_769_803_776
        return 0


@pytest.mark.parametrize(("fails", "cards"), [("", 2), ("init", 0), ("count", 0), ("handle", 1)])
def test_nvidia_s_cards_are_asked_of_its_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str, cards: int
) -> None:
    nvml = Nvml(fails)
    loaded: list[str] = []

    def load(name: str) -> Nvml:
        loaded.append(name)
        return nvml

    monkeypatch.setattr(machine.ctypes, "CDLL", load)
    assert gpu_bytes(tmp_path) == 0 and not loaded, "without the driver nothing is loaded"
    version = tmp_path / "proc/driver/nvidia/version"
    version.parent.mkdir(parents=True)
    version.touch()
    assert gpu_bytes(tmp_path) == cards * 25_769_803_776
    assert nvml.closed is (fails != "init")


def test_a_driver_without_its_library_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> ctypes.CDLL:
        raise OSError("no such file")

    monkeypatch.setattr(machine.ctypes, "CDLL", fail)
    version = tmp_path / "proc/driver/nvidia/version"
    version.parent.mkdir(parents=True)
    version.touch()
    assert gpu_bytes(tmp_path) == 0


def test_this_machine_is_asked_once() -> None:
    assert this_machine() is this_machine()
