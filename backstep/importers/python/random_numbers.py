"""Arrays that a Python text draws, as the draws of the language; and its seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from backstep.graph.shape import Shape
from backstep.importers.python import arrays
from backstep.importers.python.values import Data, Keys, Library, Opaque, Unsaid

if TYPE_CHECKING:
    from backstep.importers.python.state import State

_NORMAL = frozenset({"randn", "standard_normal", "normal", "gauss", "normalvariate", "randn_like"})
_UNIFORM = frozenset({"rand", "random", "random_sample", "uniform", "ranf", "rand_like"})
_WHOLE = frozenset({"randint", "integers", "random_integers"})
_SEEDS = frozenset({"seed", "manual_seed", "set_seed", "set_random_seed"})
_SOURCES = frozenset({"default_rng", "RandomState", "Generator"})
_BARE = frozenset({"randn", "rand", "randn_like", "rand_like", "randint"})
_LARGEST_SEED = 2**31


def call(
    reader: State, path: tuple[str, ...], places: Sequence[object], options: Mapping[str, object]
) -> object:
    """The result of a function that draws; None for any other function."""
    name = path[-1]
    if name in _SEEDS:
        _seed(reader, places)
        return Opaque("a seed")
    inside = "random" in path[:-1] or path == ("random",)
    if inside and name in _SOURCES:
        _seed(reader, places)
        return Library(("np", "random"))
    if inside and name in ("PRNGKey", "key", "split", "fold_in"):
        if name in ("PRNGKey", "key"):
            _seed(reader, places)
        return Keys()
    known = name in _NORMAL or name in _UNIFORM or name in _WHOLE
    if not known or not (inside or name in _BARE or (path[0] == "torch" and name == "normal")):
        return None
    given = [each for each in places if not isinstance(each, Opaque | Keys)]
    made = _drawn(reader, path, name, given, options)
    if options.get("requires_grad") is True:
        made.learned = True
    return made


def _seed(reader: State, places: Sequence[object]) -> None:
    if places and isinstance(places[0], int) and 0 <= places[0] < _LARGEST_SEED:
        reader.definition.seed = places[0]


def _drawn(
    reader: State,
    path: tuple[str, ...],
    name: str,
    given: list[object],
    options: Mapping[str, object],
) -> Data:
    if name in _WHOLE:
        return _whole(reader, path, given, options)
    if name.endswith("_like"):
        shape = arrays.shape_of(reader, given[0])
        return Data(shape, draw=_of(name, (0.0, 1.0)))
    by_size = name in ("randn", "rand") or path[0] in ("jax", "tf")
    numbers = [0.0, 1.0]
    size = options.get("size", options.get("shape"))
    if by_size:
        if size is None:
            size = given[0] if len(given) == 1 or path[0] in ("jax", "tf") else given
            given = given[1:] if path[0] in ("jax", "tf") else []
        numbers = _numbers(reader, options, given)
    elif name in ("standard_normal", "random", "random_sample", "ranf"):
        size = given[0] if given and size is None else size
    else:
        if size is None and len(given) > 2:
            size = given[2]
        numbers = _numbers(reader, options, given[:2])
    sizes: Shape = ()
    if size is not None and size != []:
        parts = list(size) if isinstance(size, list | tuple) else [size]
        sizes = arrays.sizes(reader, parts) if parts else ()
    return Data(sizes, draw=_of(name, (numbers[0], numbers[1])))


def _of(name: str, numbers: tuple[float, float]) -> tuple[str, float, float]:
    return ("normal" if name in _NORMAL else "uniform", *numbers)


def _numbers(reader: State, options: Mapping[str, object], given: Sequence[object]) -> list[float]:
    """Mean and deviation, or the bounds."""
    first, second = 0.0, 1.0
    if given:
        first = float(reader.number(given[0]))
    if len(given) > 1:
        second = float(reader.number(given[1]))
    for key, each in options.items():
        if key in ("loc", "mean", "low", "minval", "a"):
            first = float(reader.number(each))
        elif key in ("scale", "std", "stddev", "high", "maxval", "b"):
            second = float(reader.number(each))
    return [first, second]


def _whole(
    reader: State, path: tuple[str, ...], given: list[object], options: Mapping[str, object]
) -> Data:
    """Whole numbers, which the language does not draw: drawn here, by the text's seed."""
    size = options.get("size", options.get("shape"))
    if path[0] == "jax" and given:
        size, given = given[0], given[1:]
    low = options.get("minval", options.get("low", given[0] if given else 0))
    high = options.get("maxval", options.get("high"))
    rest = given[1:]
    if high is None and rest and not isinstance(rest[0], list | tuple):
        high, rest = rest[0], rest[1:]
    if high is None:
        low, high = 0, low
    if size is None and rest:
        size = rest[0]
    parts = [] if size is None else (list(size) if isinstance(size, list | tuple) else [size])
    shape = arrays.sizes(reader, parts) if parts else ()
    first, last = reader.whole(low), reader.whole(high)
    if last <= first:
        raise Unsaid("bounds between which there is no whole number")
    drawn = np.random.default_rng(reader.definition.seed or 0).integers(first, last, shape)
    return arrays.listed(drawn.tolist(), shape)
