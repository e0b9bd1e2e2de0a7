"""Takes from a worker the rights that mathematics does not need: network, files, processes.

Linux's own means, for the rest of the process's life: `no_new_privs`, a seccomp filter of system
calls (linux/seccomp.h, linux/filter.h), Landlock's rules for files (linux/landlock.h), and limits.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import site
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PART = "confinement"
"""How the health names it where the kernel has less than all of it."""
FILES = 64
"""Open files of a worker: its socket, what it logs to, and what a library may read."""

_NO_NEW_PRIVS = 38
_FILTER_MODE, _ALL_THREADS = 1, 1

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERRNO = 0x00050000
_LOAD, _IF_EQUAL, _IF_ANY_BIT, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16

_OTHER_NUMBERS = 0x40000000
"""From here on x86-64 numbers all calls once more, for pointers of 32 bits."""
_CLONE_THREAD = 0x00010000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class _Machine:
    """An architecture: its number, and those of its system calls."""

    audit: int
    refused: tuple[int, ...]
    """Sockets, other processes, namespaces, mounts, keys, modules, and whatever goes around."""
    starting: tuple[int, ...]
    """New programs and processes, but for `clone`."""
    writing: tuple[int, ...]
    """Changes of files that need no open file."""
    clone: int
    openat: int
    own: tuple[int, ...]
    """Calls whose first argument is a process, which may only be this one: `kill`, `tgkill`."""
    prlimit: int
    seccomp: int
    open: int | None = field(default=None)


# Of every architecture the same since 2019: pidfd_*, io_uring_*, open_tree to fspick, openat2,
# mount_setattr, fchmodat2.
_LATER = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 437, 438, 442, 452)
_CLONE3 = 435

_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        refused=(
            29, 41, 42, 43, 49, 50, 53, 64, 68, 101, 129, 135, 155, 161, 163, 165, 166, 167, 168,
            169, 170, 171, 175, 176, 200, 240, 246, 248, 249, 250, 272, 288, 297, 298, 300, 303,
            304, 308, 310, 311, 313, 319, 320, 321, 323, *_LATER,
        ),
        starting=(57, 58, 59, 322),
        writing=(
            76, 77, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 132, 133, 188, 189, 190, 197,
            198, 199, 235, 258, 259, 260, 261, 263, 264, 265, 266, 268, 280, 316,
        ),
        clone=56, openat=257, own=(62, 234), prlimit=302, seccomp=317, open=2,
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        refused=(
            39, 40, 41, 51, 89, 92, 97, 104, 105, 106, 117, 130, 138, 142, 161, 162, 180, 186, 190,
            194, 198, 199, 200, 201, 202, 203, 217, 218, 219, 224, 225, 240, 241, 242, 262, 264,
            265, 268, 270, 271, 273, 279, 280, 282, 294, *_LATER,
        ),
        starting=(221, 281),
        writing=(5, 6, 7, 14, 15, 16, 33, 34, 35, 36, 37, 38, 45, 46, 52, 53, 54, 55, 88, 276),
        clone=220, openat=56, own=(129, 131), prlimit=261, seccomp=277,
    ),
}  # fmt: skip


def confine(writable: Sequence[str] = (), programs: bool = False) -> list[str]:
    """Give up this process's rights for good. Returns the parts that the kernel cannot take away.

    `writable` are folders that it may still write to, and with `programs` it may start others.
    Called once, by a worker that has loaded all it needs.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None or sys.maxsize < 1 << 62:
        return [PART]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        return [PART]
    scoped = _scope_files(libc, writable, programs)
    filtered = _filter_calls(libc, machine, bool(writable), programs)
    return [] if scoped and filtered else [PART]


# Files


_ABI_CALL, _ADD_RULE_CALL, _RESTRICT_CALL = 444, 445, 446
_ABI_FLAG, _PATH_BENEATH = 1, 1
_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
_OF_FILES = _EXECUTE | 1 << 1 | _READ_FILE | 1 << 14 | 1 << 15
"""The rights that a rule for a single file may have."""
_FILE_RIGHTS = ((1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1, (1 << 15) - 1, (1 << 16) - 1)
"""All rights that the kernel can take, by the version of its interface less one."""
_BIND_AND_CONNECT = 3
_NETWORK_SINCE = 4


def _scope_files(libc: ctypes.CDLL, writable: Iterable[str], programs: bool) -> bool:
    """Allow reading what Python and the libraries are made of, and nothing else."""
    abi = libc.syscall(_ABI_CALL, None, 0, _ABI_FLAG)
    if abi < 1:
        return False
    handled = _FILE_RIGHTS[min(abi, len(_FILE_RIGHTS)) - 1]
    asked = struct.pack("=QQ", handled, _BIND_AND_CONNECT if abi >= _NETWORK_SINCE else 0)
    size = len(asked) if abi >= _NETWORK_SINCE else 8
    rules = libc.syscall(_ABI_CALL, asked, ctypes.c_size_t(size), 0)
    if rules < 0:
        return False
    try:
        read = _READ_FILE | _READ_FOLDER | (_EXECUTE if programs else 0)
        places = [("/", read)] if programs else [(place, read) for place in _readable()]
        for place, rights in [*places, *((place, handled) for place in writable)]:
            _allow(libc, rules, place, rights & handled)
        return not libc.syscall(_RESTRICT_CALL, rules, 0)
    finally:
        os.close(rules)


def _readable() -> Iterator[str]:
    """Where Python, its packages and this program are, and the system's libraries."""
    own = Path(__file__).resolve().parents[2]
    found = {sys.prefix, sys.base_prefix, sys.exec_prefix, str(own), *site.getsitepackages()}
    found |= {entry for entry in sys.path if entry}
    broad = {"/", "/home", "/root", "/tmp", "/var", "/etc", str(Path.home())}
    yield from sorted(found - broad)
    yield from ("/usr/lib", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")
    yield from ("/dev/urandom", "/dev/null", "/proc/self", "/sys/devices/system/cpu")


def _allow(libc: ctypes.CDLL, rules: int, place: str, rights: int) -> None:
    try:
        at = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # there is no such place here
    try:
        rights = rights if Path(place).is_dir() else rights & _OF_FILES
        rule = struct.pack("=Qi", rights, at)
        libc.syscall(_ADD_RULE_CALL, rules, _PATH_BENEATH, rule, 0)
    finally:
        os.close(at)


# System calls


def _filter_calls(libc: ctypes.CDLL, machine: _Machine, writes: bool, programs: bool) -> bool:
    """Have the kernel refuse system calls that no mathematics makes."""
    code = b"".join(_program(machine, writes, programs, os.getpid()))
    held = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(held))
    asked = libc.syscall(machine.seccomp, _FILTER_MODE, _ALL_THREADS, program)
    return bool(asked == 0)


def _program(machine: _Machine, writes: bool, programs: bool, pid: int) -> Iterator[bytes]:
    """The filter's instructions."""
    denied, missing = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
    yield _one(_LOAD, _ARCHITECTURE_AT)
    yield from _unless(_IF_EQUAL, machine.audit, _KILL)
    yield _one(_LOAD, _NUMBER_AT)
    yield from _if(_IF_AT_LEAST, _OTHER_NUMBERS, denied)
    for number in machine.own:
        # The kernel takes no more than the lower half of a process's number either.
        yield from _by_argument(number, 0, (_IF_EQUAL,), (pid,), _ALLOW, denied)
    yield from _by_argument(machine.prlimit, 0, (_IF_EQUAL,) * 2, (0, pid), _ALLOW, denied)
    if not programs:
        yield from _by_argument(machine.clone, 0, (_IF_ANY_BIT,), (_CLONE_THREAD,), _ALLOW, denied)
    if not writes:
        opened = [(machine.openat, 2)] + ([(machine.open, 1)] if machine.open is not None else [])
        for number, flags in opened:
            yield from _by_argument(number, flags, (_IF_ANY_BIT,), (_WRITING,), denied, _ALLOW)
    yield _one(_LOAD, _NUMBER_AT)
    refused = [*machine.refused, *(() if writes else machine.writing)]
    for number in [*refused, *(() if programs else machine.starting)]:
        yield from _if(_IF_EQUAL, number, denied)
    # Its flags lie in memory, where no filter sees them: a library then takes `clone`.
    yield from _if(_IF_EQUAL, _CLONE3, missing)
    yield _one(_RETURN, _ALLOW)


def _by_argument(
    number: int,
    argument: int,
    tests: Sequence[int],
    values: Sequence[int],
    then: int,
    otherwise: int,
) -> Iterator[bytes]:
    """Of one system call: a result if any test of an argument's lower half holds, else another."""
    found = [
        _one(_LOAD, _ARGUMENTS_AT + 8 * argument),
        *(
            part
            for test, value in zip(tests, values, strict=True)
            for part in _if(test, value, then)
        ),
        _one(_RETURN, otherwise),
    ]
    yield _one(_LOAD, _NUMBER_AT)
    yield _one(_IF_EQUAL, number, 0, len(found))
    yield from found


def _if(test: int, value: int, result: int) -> Iterator[bytes]:
    yield _one(test, value, 0, 1)
    yield _one(_RETURN, result)


def _unless(test: int, value: int, result: int) -> Iterator[bytes]:
    yield _one(test, value, 1, 0)
    yield _one(_RETURN, result)


def _one(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, true, false, value)
