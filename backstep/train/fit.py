"""The fit of a training as a picture: a curve over one input, a region over two.

The prediction is evaluated on a grid with the parameters of one step; nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backstep.errors import LimitError, RequestError
from backstep.evaluate.compiled.lift import Lifted
from backstep.evaluate.compiled.program import Program
from backstep.graph.node import Node
from backstep.graph.shape import size
from backstep.lang.compile.definition import Definition, Leaf
from backstep.ops.row import Array
from backstep.train.examples import Examples, reread, rows_of
from backstep.train.network import Network
from backstep.train.prediction import prediction, threshold

CURVE_POINTS = 121
REGION_SIDE = 24
_MARGIN = 0.15
_SHOWN = 400
"""Examples that are drawn, spread over all."""
_TRIED = 3
"""Examples that are evaluated alone, to test that the others have no effect."""

Kind = Literal["curve", "region"]


class NoFit(Exception):
    """There is no picture; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One coordinate of an example: its name, and the grid along it."""

    name: str
    ticks: Array


@dataclass(frozen=True, slots=True)
class Shown:
    """The examples of a picture: coordinates, with a row for each example, and targets (None:
    none).
    """

    points: Array
    targets: Array | None


class Fit:
    """The prediction over a grid. `work` and `count` are those of one evaluation.

    `threshold` is the value at which two labels have the same loss, for a region; `classes` how
    many there are if the prediction has a score for each.
    """

    def __init__(
        self, definition: Definition, start: Mapping[str, Array], examples: Examples
    ) -> None:
        # A text with single examples is for one, even if it compiles for others.
        own = None if examples.rows else rows_of(definition)
        self._rows = examples.count if examples.whole else own
        self._definition = self._read(definition)
        self._start = start
        inputs = [leaf for leaf in self._definition.leaves if leaf.role == "input"]
        found = prediction(self._definition, self._rows)
        if found is None:
            raise NoFit("no value of the definition is a prediction that is compared with a target")
        self.output = found
        self._inputs = [leaf for leaf in inputs if not leaf.label]
        self._data = _data(self._definition, start, examples)
        self.shown = self._shown()
        count = self.shown.points.shape[1]
        if count not in (1, 2):
            raise NoFit(
                f"an example has {count} inputs: a curve is drawn over one, a region over two"
            )
        self.kind: Kind = "curve" if count == 1 else "region"
        each = size(self.output.shape[1:] if self._rows is not None else self.output.shape)
        if count == 1 and each != 1:
            raise NoFit(f"the prediction has {each} numbers for an example; a curve shows one")
        self.classes = None if each == 1 else each
        self.axes = self._axes()
        self._grid = _grid(self.axes)
        self._lifted: dict[int, Program] = {}
        self._networks: dict[int | None, tuple[Network, Program, Node]] = {}
        network, program, _ = self._made(None if self._rows is None else len(self._grid))
        times = len(self._grid) if self._rows is None else 1
        self.work, self.count = times * program.work, times * program.count
        self.parameters = network.parameters
        self.threshold = self._threshold()
        self._judged = self.shown.targets is not None and (
            self.threshold is not None or self.classes is not None
        )
        if self._judged:
            shown = len(self.shown.points)
            _, straight, _ = self._made(None if self._rows is None else shown)
            times = shown if self._rows is None else 1
            self.work += times * straight.work
            self.count += times * straight.count

    def _read(self, definition: Definition) -> Definition:
        own = rows_of(definition)
        if self._rows is None or self._rows == own:
            return definition
        return reread(definition, _fed(definition), self._rows)

    def values(self, vector: Array) -> Array:
        """The prediction at every point of the grid, the first axis fastest; for classes, which."""
        return self._decided(self._worked_out(self._grid, vector)).reshape(
            tuple(len(axis.ticks) for axis in reversed(self.axes))
        )

    def right(self, vector: Array) -> int | None:
        """How many of the examples in the picture are predicted as their own label; None if they
        have no labels.
        """
        targets = self.shown.targets
        if not self._judged or targets is None:
            return None
        scores = self._worked_out(self.shown.points, vector)
        found = self._decided(scores)
        if self.threshold is not None:
            low, high = np.unique(targets)
            found = np.where(found > self.threshold, high, low)
        return int(np.sum((found == targets) & ~np.isnan(scores).any(axis=1)))

    def admit(self, vector: Array) -> None:
        """Raises NoFit if the prediction of an example depends on the others, or is not finite."""
        if self._rows is None or self._rows < 2:
            return
        points = self.shown.points[:_TRIED]
        together = self._worked_out(points, vector)
        apart = np.concatenate([self._worked_out(point[None], vector) for point in points])
        if not np.allclose(together, apart, rtol=1e-9, atol=1e-9, equal_nan=True):
            raise NoFit(
                "what is predicted of an example depends on the others beside it, so there is no "
                "function of the input alone to draw"
            )

    def _decided(self, found: Array) -> Array:
        return found[:, 0] if self.classes is None else np.argmax(found, axis=1).astype(np.float64)

    def _worked_out(self, points: Array, vector: Array) -> Array:
        """The prediction's numbers at each point, a row for each."""
        if self._rows is None:
            return self._one_by_one(points, vector)
        network, program, _ = self._made(len(points))
        (data,) = self._fed_by(points)
        found = program.at(network.values(data, vector, None))[0]
        return np.reshape(found, (len(points), -1))

    def _one_by_one(self, points: Array, vector: Array) -> Array:
        """The same for a text that is for one example: for all points at once."""
        network, _, output = self._made(None)
        count = len(points)
        if count not in self._lifted:
            moved = {leaf.node.id for leaf in self._inputs}
            lifted = Lifted([output], moved, count, network.given)
            given = [lifted.nodes[node.id] for node in network.given]
            self._lifted[count] = Program(lifted.targets, given)
        values = network.values(self._start, vector, None)
        for leaf in self._inputs:
            values[leaf.node.id] = self._split(points)[leaf.name].reshape(count, *leaf.node.shape)
        found = self._lifted[count].run(*(_run_value(values[node.id]) for node in network.given))
        return np.reshape(found[0], (count, -1))

    def _made(self, length: int | None) -> tuple[Network, Program, Node]:
        """The network compiled for so many points, and its prediction."""
        if length not in self._networks:
            read = self._definition
            if length is not None:
                read = reread(self._definition, _fed(self._definition), length)
            output = read.graph.nodes[self.output.id]
            network = Network(read)
            self._networks[length] = network, Program([output], network.given), output
        return self._networks[length]

    def _fed_by(self, points: Array) -> Iterator[Mapping[str, Array]]:
        """The inputs at the points: all at once in a batch, else one after another."""
        if self._rows is not None:
            shapes = {leaf.name: leaf.node.shape[1:] for leaf in self._definition.leaves}
            places = self._split(points)
            yield {
                **self._start,
                **{name: np.zeros((len(points), *shapes[name])) for name in _fed(self._definition)},
                **{name: part.reshape(len(points), *shapes[name]) for name, part in places.items()},
            }
            return
        for point in points:
            places = self._split(point[None])
            yield {
                **self._start,
                **{leaf.name: places[leaf.name].reshape(leaf.node.shape) for leaf in self._inputs},
            }

    def _split(self, points: Array) -> dict[str, Array]:
        """The coordinates of each input."""
        found, at = {}, 0
        for leaf in self._inputs:
            wide = size(self._one(leaf))
            found[leaf.name] = points[:, at : at + wide]
            at += wide
        return found

    def _one(self, leaf: Leaf) -> tuple[int, ...]:
        return leaf.node.shape[1:] if self._rows is not None else leaf.node.shape

    def _shown(self) -> Shown:
        parts = [self._data[leaf.name].reshape(-1, size(self._one(leaf))) for leaf in self._inputs]
        points = np.concatenate(parts, axis=1)
        targets = [leaf for leaf in self._definition.leaves if leaf.role == "target"]
        single = len(targets) == 1 and size(self._one(targets[0])) == 1
        spread = slice(None, None, -(-len(points) // _SHOWN))
        told = self._data[targets[0].name].reshape(-1) if single else None
        return Shown(points[spread], None if told is None else told[spread])

    def _axes(self) -> tuple[Axis, ...]:
        names = [
            leaf.name if size(self._one(leaf)) == 1 else f"{leaf.name}[{at}]"
            for leaf in self._inputs
            for at in range(size(self._one(leaf)))
        ]
        count = CURVE_POINTS if self.kind == "curve" else REGION_SIDE
        return tuple(
            Axis(name, _spread(self.shown.points[:, at], count)) for at, name in enumerate(names)
        )

    def _threshold(self) -> float | None:
        if self.kind == "curve" or self.classes is not None or self.shown.targets is None:
            return None
        labels = np.unique(self.shown.targets)
        if len(labels) != 2:
            return None
        network, _, output = self._made(None if self._rows is None else 1)
        data = next(self._fed_by(self.shown.points[:1]))
        vector = np.concatenate(
            [np.empty(0), *(np.ravel(self._start[each.name]) for each in network.parameters)]
        )
        (target,) = [leaf.node for leaf in network.definition.leaves if leaf.role == "target"]
        given = network.values(data, vector, None)
        ends = (float(labels[0]), float(labels[1]))
        return threshold(network.definition, output, given, target, ends)


def fit(
    definition: Definition, start: Mapping[str, Array], examples: Examples
) -> tuple[Fit | None, str | None]:
    """The picture of a training, or why there is none."""
    try:
        found = Fit(definition, start, examples)
        vectors = [np.ravel(start[each.name]) for each in found.parameters]
        found.admit(np.concatenate([np.empty(0), *vectors]))
        return found, None
    except NoFit as none:
        return None, str(none)
    except (RequestError, LimitError) as error:
        return None, error.faults[0].message


def _run_value(value: Array) -> Array | float:
    return value if np.ndim(value) else float(value)


def _fed(definition: Definition) -> list[str]:
    return [leaf.name for leaf in definition.leaves if leaf.role in ("input", "target")]


def _data(
    definition: Definition, start: Mapping[str, Array], examples: Examples
) -> Mapping[str, Array]:
    """Every input and target with its examples, a row for each."""
    if examples.whole or not examples.rows:
        return {**start, **examples.data(None)}
    return {
        **{name: np.repeat(start[name][None], examples.count, axis=0) for name in _fed(definition)},
        **examples.rows,
    }


def _spread(values: Array, count: int) -> Array:
    low, high = float(np.min(values)), float(np.max(values))
    margin = _MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, count)


def _grid(axes: tuple[Axis, ...]) -> Array:
    """Every grid point, the first axis fastest."""
    if len(axes) == 1:
        return axes[0].ticks[:, None]
    across, up = (axis.ticks for axis in axes)
    return np.stack([np.tile(across, len(up)), np.repeat(up, len(across))], axis=1)
