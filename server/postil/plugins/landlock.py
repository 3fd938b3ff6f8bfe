"""Confines itself by Landlock, and then becomes a program: `python -I -S landlock.py POLICY argv...`.

POLICY is a file of JSON, removed before the program starts: {"confine": bool, "write": [paths], "devices": [paths],
"tcp": bool, "processes": int, "file_bytes": int}. Below the paths of `write` everything may be written but devices;
everywhere else nothing may. Without `tcp` no TCP connection may be made or accepted. Where it can't be confined, it
says so and nothing is started: exit code 126; 127 = there is no such program.

It runs in Postil's own Python, imports nothing of Postil's, and starts with a process of its own, because code between
fork and exec isn't safe in a program with threads.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import stat
import struct
import sys

# The same on every architecture but alpha.
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_NO_NEW_PRIVS, _DROP_FROM_BOUNDING = 38, 24
# Of root, in a container say: net_admin, net_raw, sys_module, sys_rawio, sys_chroot, sys_ptrace, sys_admin, sys_boot,
# sys_resource, mknod, perfmon, bpf. With them it could look into other processes, or write to a disk itself.
_DROPPED = (12, 13, 16, 17, 18, 19, 21, 22, 24, 27, 38, 39)
# include/uapi/linux/landlock.h, by the version of the interface (ABI) that has brought them.
_WRITE_FILE, _TRUNCATE, _IOCTL = 1 << 1, 1 << 14, 1 << 15
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE = sum(1 << bit for bit in range(6, 13))
_DEVICES = 1 << 6 | 1 << 11
_REFER = 1 << 13
_TCP = 0b11
_SCOPES = 0b11
_BENEATH = 1


def _rights(abi: int) -> int:
    rights = _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE
    rights |= _REFER if abi >= 2 else 0
    rights |= _TRUNCATE if abi >= 3 else 0
    return rights | (_IOCTL if abi >= 5 else 0)


def _confine(write: list[str], devices: list[str], tcp: bool) -> None:
    """Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call(number: int, *words: object) -> int:
        done = int(libc.syscall(ctypes.c_long(number), *words))
        if done < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return done

    abi = call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    rights = _rights(abi)
    # struct landlock_ruleset_attr; an older kernel knows only its beginning.
    words = (rights, 0 if tcp else _TCP, _SCOPES)[: 1 if abi < 4 else 2 if abi < 6 else 3]
    about = struct.pack(f"={len(words)}Q", *words)
    rules = call(_CREATE, about, ctypes.c_size_t(len(about)), ctypes.c_uint32(0))
    for path in (*write, *devices):
        # A link among them isn't followed: it may lead anywhere.
        try:
            opened = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            mode = os.fstat(opened).st_mode
            if stat.S_ISLNK(mode):
                continue
            allowed = rights & ~_DEVICES if stat.S_ISDIR(mode) else rights & (_WRITE_FILE | _TRUNCATE)
            rule = struct.pack("=Qi", allowed, opened)
            call(_ADD, ctypes.c_int(rules), ctypes.c_int(_BENEATH), rule, ctypes.c_uint32(0))
        finally:
            os.close(opened)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if os.geteuid() == 0:
        for capability in _DROPPED:
            # An older kernel doesn't know all of them.
            libc.prctl(_DROP_FROM_BOUNDING, capability, 0, 0, 0)
    call(_RESTRICT, ctypes.c_int(rules), ctypes.c_uint32(0))
    os.close(rules)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def main() -> int:
    file, argv = sys.argv[1], sys.argv[2:]
    try:
        # Without pathlib, which takes a third of its start.
        with open(file, "rb") as opened:  # noqa: PTH123
            policy = json.loads(opened.read())
        os.unlink(file)  # noqa: PTH108
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_NPROC, policy["processes"])
        _limit(resource.RLIMIT_FSIZE, policy["file_bytes"])
        if policy["confine"]:
            _confine(policy["write"], policy["devices"], policy["tcp"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"postil: nothing was started, it can't be confined: {error}", file=sys.stderr)
        return 126
    try:
        os.execvp(argv[0], argv)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        print(f"postil: can't start {argv[0]}: {why}", file=sys.stderr)
    return 127


if __name__ == "__main__":
    sys.exit(main())
