"""Parts A and B: forward and backward, and text to first gradient, beside other libraries.

Values are each library's own arrays before the clock starts, and each answers the loss and all
gradients; ours and NumPy by hand are given arrays at each call. One thread each. What a library
cannot do, or needs more than the patience to build, is a dash.
"""

from __future__ import annotations

import contextlib
import importlib
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

import backstep
from backstep.binding.bind import _read, bind
from backstep.binding.compiled import Compiled
from backstep.evaluate.compiled import code
from backstep.lang.syntax import parser, tokens
from benchmarks.nets import NETS, Net
from benchmarks.timing import in_turns, installed, machine, ratio, rows, short

PEERS = {
    "PyTorch eager": ("torch", "with_torch"),
    "jax.jit": ("jax", "with_jax"),
    "PyTensor": ("pytensor", "with_pytensor"),
    "CasADi SX": ("casadi", "with_casadi"),
}
"""By the name that is shown the package and the module here."""
PATIENCE = 25
"""Seconds that a library may take to build one net."""
PACKAGES = ("backstep-learn", "numpy", *(package for package, _ in PEERS.values()))


class Tired(Exception):
    """The patience is over."""


@contextlib.contextmanager
def patience(seconds: int) -> Iterator[None]:
    """Raises Tired in the block after so many seconds, between two steps of Python."""

    def ring(*_: object) -> None:
        raise Tired

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def peers() -> tuple[dict[str, Any], list[str]]:
    """The modules of the libraries that are installed, and the names of the others."""
    found = {}
    for name, (package, module) in PEERS.items():
        if installed(package):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found[name] = importlib.import_module(f"benchmarks.frameworks.{module}")
    return found, [name for name in PEERS if name not in found]


def values_of(net: Net) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays of a net's parameters, and of all else."""
    prepared = bind(net.text)
    learned = [leaf.name for leaf in prepared.definition.leaves if leaf.role == "param"]
    arrays = {name: np.array(each) for name, each in prepared.leaves.items()}
    return {name: arrays[name] for name in learned}, {
        name: each for name, each in arrays.items() if name not in learned
    }


def agree(net: Net, name: str, found: Any, wanted: Any) -> None:
    """Raises AssertionError where a loss or a gradient is another's than to 1e-9."""

    def plain(value: Any) -> Any:
        return np.asarray(value.detach() if hasattr(value, "detach") else value, dtype=float)

    loss, gradients = found
    np.testing.assert_allclose(plain(loss).ravel(), wanted[0], 1e-9, err_msg=f"{net.name}, {name}")
    for key, each in wanted[1].items():
        np.testing.assert_allclose(
            plain(gradients[key]).reshape(np.shape(each)),
            each,
            1e-9,
            1e-12,
            err_msg=f"{net.name}, {name}: {key}",
        )


def first_of_ours(net: Net) -> Any:
    """From the text to the first gradients, nothing kept of a text or of a line before."""
    for kept in (_read, code._compiled, parser._read_kept, tokens._scan_kept):
        kept.cache_clear()
    return backstep.Network(net.text).evaluate().gradients


def built(net: Net, libraries: Mapping[str, Any]) -> tuple[dict[str, Callable[[], Any]], dict]:
    """Calls of those libraries that have the net, and the seconds each took to its first answer."""
    learned, fixed = values_of(net)
    found, firsts = {}, {}
    for name, library in libraries.items():
        start = time.process_time()
        try:
            with patience(PATIENCE), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                call = library.net(net.name[0], learned, fixed)
                call()
        except (NotImplementedError, Tired):
            continue
        firsts[name] = time.process_time() - start
        found[name] = call
    return found, firsts


def contestants(
    net: Net, libraries: Mapping[str, Any]
) -> tuple[dict[str, Callable[[], Any]], dict[str, float]]:
    """All calls of a net, whose answers agree, and the first times of those that compile."""
    learned, fixed = values_of(net)
    wanted = net.by_hand({**learned, **fixed})
    prepared = bind(net.text)
    given = {name: each if each.shape else float(each) for name, each in learned.items()}
    fresh, views = Compiled(prepared), Compiled(prepared, copy=False)
    calls: dict[str, Callable[[], Any]] = {
        "Backstep": lambda: fresh(given),
        "Backstep, views": lambda: views(given),
        "NumPy by hand": lambda: net.by_hand({**learned, **fixed}),
    }
    theirs, firsts = built(net, libraries)
    calls |= theirs
    for name, call in calls.items():
        agree(net, name, call(), wanted)
    return calls, firsts


def measure(chosen: list[Net], rounds: int) -> tuple[dict[str, dict[str, float]], dict, list[str]]:
    """By net the seconds a call of each contestant, those to the first gradient, who is absent."""
    libraries, absent = peers()
    steady, first = {}, {}
    for net in chosen:
        calls, firsts = contestants(net, libraries)
        steady[net.name] = in_turns(calls, rounds)
        learned, fixed = values_of(net)
        starts: dict[str, Callable[[], Any]] = {"Backstep": partial(first_of_ours, net)}
        if "PyTorch eager" in libraries:
            first_of_it = libraries["PyTorch eager"].first
            starts["PyTorch eager"] = partial(first_of_it, net.name[0], learned, fixed)
        first[net.name] = {**firsts, **in_turns(starts, rounds)}
        print(net.name, {name: short(each) for name, each in steady[net.name].items()}, flush=True)
    return steady, first, absent


def left_out(absent: list[str]) -> str:
    """A sentence about the libraries that are not installed."""
    if not absent:
        return ""
    return (
        f" Left out, not installed here: {', '.join(absent)} (`uv sync --inexact --group bench`)."
    )


def steady_table(steady: Mapping[str, Mapping[str, float]], absent: list[str]) -> str:
    """Part A as Markdown."""
    wanted = {net.name: net.wanted for net in NETS}
    names = ["Backstep", "Backstep, views", "NumPy by hand", *PEERS]
    present = [name for name in names if any(name in each for each in steady.values())]
    others = [name for name in present if not name.startswith("Backstep")]
    body = []
    for net, times in steady.items():
        own = times["Backstep"]
        body.append(
            [net]
            + [short(times.get(name)) for name in present]
            + [ratio(own, times.get(name)) for name in others]
            + [str(wanted[net])]
        )
    head = ["net", *present, *(f"/ {name}" for name in others), "wanted, of NumPy by hand"]
    return (
        "Loss and all gradients in float64, one thread each: processor time, medians of turns in "
        "one process; answers agree to 1e-9. `/` is our share of the other's time: below 1 we are "
        "ahead. Ours and NumPy by hand are given all parameters at each call; *views* overwrites "
        "its arrays at the next. PyTensor is compiled to C; without a BLAS to link to, its nets 4 "
        "and 5 run by Numba; a dash is what a library cannot do or does not build in "
        f"{PATIENCE} s.{left_out(absent)}\n\n{rows(head, body)}\n\n{machine(*PACKAGES)} "
        "`python3 run.py bench --only A`"
    )


def first_table(first: Mapping[str, Mapping[str, float]], absent: list[str]) -> str:
    """Part B as Markdown."""
    names = ["Backstep", *(name for name in PEERS if any(name in each for each in first.values()))]
    body = []
    for net, times in first.items():
        aims = 3 if net[0] in "1238" else 5
        own = times["Backstep"]
        body.append(
            [net]
            + [short(times.get(name)) for name in names]
            + [ratio(own, times.get(name)) for name in names[1:]]
            + [f"≤ {aims}"]
        )
    head = ["net", *names, *(f"/ {name}" for name in names[1:]), "wanted, of PyTorch eager"]
    return (
        "From the text, of which no line was read before, to the loss and all gradients "
        "(`Network(text).evaluate().gradients`); from arrays and lines of Python that are read "
        "already, for the others. Ours and PyTorch eager: medians of turns; what compiles: once, "
        f"and PyTensor with whatever its cache has.{left_out(absent)}\n\n{rows(head, body)}\n\n"
        f"{machine(*PACKAGES)} `python3 run.py bench --only B`"
    )
