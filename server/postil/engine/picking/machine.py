"""The memory of this machine and of its GPUs, as far as the system tells it without starting a process."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from postil.core.models.choice import Machine

# Of the memory that a Mac's GPU shares, macOS gives it about three quarters.
_MAC_SHARE = 0.75
# Graphics in a processor have a few hundred MB of their own; no model fits there.
_LEAST_GPU = 2 << 30


@cache
def this_machine() -> Machine:
    """Asked once a process: hardware doesn't change."""
    memory = memory_bytes()
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return Machine(memory, round((memory or 0) * _MAC_SHARE), shared=True)
    return Machine(memory, gpu_bytes())


def memory_bytes(root: Path = Path("/")) -> int | None:
    """The memory of this machine, or of the container around us; None where the system doesn't say."""
    found: list[int] = []
    with suppress(AttributeError, ValueError, OSError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    if sys.platform == "win32":
        with suppress(OSError, AttributeError):
            found.append(_windows_memory())
    # https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files ("max" = no limit)
    with suppress(OSError, ValueError):
        found.append(int((root / "sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return min(found) if found else None


def gpu_bytes(root: Path = Path("/")) -> int:
    """The memory of the GPUs that a model can use, those of NVIDIA and AMD; 0 when none is found."""
    return sum(size for size in (*_amd(root), *_nvidia(root)) if size >= _LEAST_GPU)


def _amd(root: Path) -> Iterator[int]:
    # https://docs.kernel.org/gpu/amdgpu/driver-misc.html#mem-info-vram-total
    for file in sorted((root / "sys/class/drm").glob("card*/device/mem_info_vram_total")):
        with suppress(OSError, ValueError):
            yield int(file.read_text(encoding="ascii"))


def _nvidia(root: Path) -> Iterator[int]:
    """By NVIDIA's library, which its driver brings along; it is asked only where the driver runs."""
    if sys.platform == "win32":
        library = str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "nvml.dll")
    elif (root / "proc/driver/nvidia/version").is_file():
        library = "libnvidia-ml.so.1"
    else:
        return
    with suppress(OSError, AttributeError):
        nvml = ctypes.CDLL(library)
        if nvml.nvmlInit_v2():
            return
        try:
            yield from _nvml_sizes(nvml)
        finally:
            nvml.nvmlShutdown()


class _NvmlMemory(ctypes.Structure):
    """nvmlMemory_t: total, free, used."""

    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


def _nvml_sizes(nvml: ctypes.CDLL) -> Iterator[int]:
    count, handle, memory = ctypes.c_uint(), ctypes.c_void_p(), _NvmlMemory()
    if nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)):
        return
    for number in range(count.value):
        if nvml.nvmlDeviceGetHandleByIndex_v2(number, ctypes.byref(handle)):
            continue
        if not nvml.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)):
            yield int(memory.total)


class _WindowsMemory(ctypes.Structure):
    """MEMORYSTATUSEX."""

    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        ("total", ctypes.c_ulonglong),
        ("others", ctypes.c_ulonglong * 6),
    )


def _windows_memory() -> int:
    status = _WindowsMemory()
    status.length = ctypes.sizeof(status)
    library = getattr(ctypes, "windll").kernel32  # noqa: B009 - only Windows has it
    if not library.GlobalMemoryStatusEx(ctypes.byref(status)):
        raise OSError("the system doesn't say how much memory there is")
    return int(status.total)
