"""The library's facade: a network, and every result computed from it as frozen dataclasses.

    net = Network("input x = 2\\nparam w = 0.5\\nL = (w*x - 3)^2")
    net.evaluate(w=0.7).gradients["w"]

Arrays, numbers and nested lists go in, NumPy arrays come out. Methods take `values`, by name, and
keyword arguments, which replace the numbers in the text; the network itself never changes. Errors
are the exceptions of `backstep.errors`; a DefinitionError shows the lines of the text, with the
errors marked, as its note.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from backstep.binding.bind import BoundModel, bind
from backstep.binding.closed_gradients import (
    ClosedFormula,
    Form,
    RefusedFormula,
    ScalarForm,
    derive,
)
from backstep.binding.compiled import Compiled
from backstep.binding.cost import CostReport, cost
from backstep.binding.evaluation import Evaluation, evaluate
from backstep.binding.matrix_gradients import MatrixForm, MatrixFormula, SharedForm
from backstep.derivation.answer import Derivation, derivation
from backstep.derivation.path_products import PathSum, path_list
from backstep.drawing import Direction
from backstep.drawing.answer import DrawnGraph, drawn, graph, svg
from backstep.drawing.steps import WalkSteps, walk_steps
from backstep.drawing.svg import Theme
from backstep.errors import BackstepError
from backstep.export.exporting import ExportedFile, TargetName, export
from backstep.gradient_check.result import GradientCheck
from backstep.gradient_check.run import check
from backstep.lang.diagnostics.report import format_faults
from backstep.marking.compare import Verdict, WrongVerdict, compare
from backstep.second_order.hessian import Hessian, hessian
from backstep.train.events import SavedState, TrainStart, TrainStep, TrainSummary
from backstep.train.run import Run
from backstep.train.setup import TrainOptions
from backstep.walk import Zoom
from backstep.walk.walk_for import walk_for

Values = Mapping[str, object]
"""Numbers, arrays or nested lists, by name."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The graph at a step of the walk: as a picture that stands alone, and as data."""

    svg: str
    graph: DrawnGraph

    def save(self, path: str | PathLike[str]) -> None:
        """Write the picture to a file whose name ends in .svg. Raises ValueError for any other."""
        if Path(path).suffix != ".svg":
            raise ValueError(f"a drawing is saved as .svg, not as {Path(path).name!r}")
        Path(path).write_text(self.svg, encoding="utf-8")

    def _repr_svg_(self) -> str:
        # What a notebook shows.
        return self.svg


class Training:
    """A training, computed while it is iterated over: the steps that are reported, in order."""

    def __init__(self, run: Run) -> None:
        self._run = run
        begun = run.begin()
        self.start: TrainStart = begun.start
        """The parameters that are trained, and the optimiser with its settings."""
        self.summary: TrainSummary | None = None
        """The end of the training; None until then."""
        self._state = begun.state

    def __iter__(self) -> Iterator[TrainStep]:
        state: SavedState | None = self._state
        while state is not None:
            piece = self._run.go_on(state)
            yield from piece.steps
            state, self.summary = piece.state, piece.summary


class Network:
    """A definition, compiled once.

    Raises DefinitionError if the text has errors, LimitError if it is too large.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            bind(text)
        except BackstepError as error:
            error.add_note(format_faults(text, error.faults))
            raise

    def __repr__(self) -> str:
        return f"Network({self.text!r})"

    def evaluate(
        self, values: Values | None = None, /, *, names: Sequence[str] | None = None, **more: object
    ) -> Evaluation:
        """Forward values, backward partials and gradients; with `names`, for those alone."""
        return evaluate(self._bound(values, more), names)

    def compile(
        self,
        values: Values | None = None,
        /,
        *,
        wrt: Sequence[str] | None = None,
        copy: bool = True,
        **more: object,
    ) -> Compiled:
        """A function that computes the loss and its gradients by `wrt` (all parameters by default).

        `loss, gradients = f(w=0.7)`. Without `copy`, arrays are overwritten by the next call, so
        that only one thread may call it.
        """
        return Compiled(self._bound(values, more), wrt, copy)

    def formulas(
        self, form: Form = "auto", wrt: Sequence[str] | None = None
    ) -> ScalarForm | MatrixForm | SharedForm:
        """The loss and its gradients by `wrt` (all parameters by default), as formulas.

        `scalar` means closed formulas by SymPy, `matrix` one formula of the language for each
        gradient, `shared` the same with intermediate results; `auto` the first that fits.
        """
        return derive(self._bound(), form, wrt)

    def gradient(
        self, name: str, form: Form = "auto"
    ) -> ClosedFormula | RefusedFormula | MatrixFormula:
        """The loss's partial by one name, or by an element such as `W1[0,2]`, as a formula."""
        return self.formulas(form, [name]).gradients[name]

    def graph(
        self,
        values: Values | None = None,
        /,
        *,
        step: int | None = None,
        zoom: Zoom = "block",
        direction: Direction = "LR",
        opened: Collection[str] = (),
        theme: Theme = "light",
        **more: object,
    ) -> Drawing:
        """The drawing at a step of the walk, by default its end."""
        found = walk_for(self._bound(values, more), zoom, opened, fold=True)
        made = drawn(found, direction, step)
        return Drawing(svg(found, made, theme), graph(found, made))

    def walk(
        self,
        values: Values | None = None,
        /,
        *,
        zoom: Zoom = "tensor",
        opened: Collection[str] = (),
        **more: object,
    ) -> WalkSteps:
        """The walk: forward, then backward, one node a step."""
        return walk_steps(walk_for(self._bound(values, more), zoom, opened))

    def check(
        self, values: Values | None = None, /, *, wrt: Sequence[str] | None = None, **more: object
    ) -> GradientCheck:
        """Partials by backprop, by SymPy and by differences, element by element."""
        return check(self._bound(values, more), wrt)

    def compare(
        self, of: str, answer: str, values: Values | None = None, /, **more: object
    ) -> Verdict | WrongVerdict:
        """Whether a typed formula is the loss's partial by `of`, and what a wrong one lacks."""
        return compare(self._bound(values, more), of, answer)

    def derivation(self, of: str, values: Values | None = None, /, **more: object) -> Derivation:
        """The loss's partial by a name or an element, derived line by line as on paper."""
        return derivation(self._bound(values, more), of)

    def paths(
        self,
        of: str,
        values: Values | None = None,
        /,
        *,
        to: str | None = None,
        zoom: Zoom = "block",
        most: int = 50,
        **more: object,
    ) -> PathSum:
        """Every path from a node to the loss, the product along each, and their sum."""
        return path_list(self._bound(values, more), of, to, zoom, most)

    def cost(self) -> CostReport:
        """The operations that the loss and its gradients take, with sharing and without."""
        return cost(self._bound())

    def hessian(
        self,
        values: Values | None = None,
        /,
        *,
        wrt: Sequence[str] | None = None,
        vector: Values | None = None,
        **more: object,
    ) -> Hessian:
        """The second derivatives of the loss, or, with `vector`, their product with it."""
        given = None if vector is None else {name: _plain(each) for name, each in vector.items()}
        return hessian(self._bound(values, more), wrt, given)

    def train(
        self,
        values: Values | None = None,
        /,
        *,
        steps: int = 100,
        options: TrainOptions | None = None,
        **more: object,
    ) -> Training:
        """A training, to be iterated over: `for step in net.train(steps=20, optimiser="adam"): …`.

        Keywords that name no value of the text are fields of TrainOptions. Raises TypeError for an
        unknown field, and the errors of `backstep.errors` for a wrong value.
        """
        declared = {leaf.name for leaf in self._bound().definition.leaves}
        fields = {name: each for name, each in more.items() if name not in declared}
        named = {name: each for name, each in more.items() if name in declared}
        data = fields.get("data")
        if isinstance(data, Mapping):
            fields["data"] = {name: _plain(each) for name, each in data.items()}
        if options is None:
            options = TrainOptions(steps=steps, **fields)  # type: ignore[arg-type]
        elif fields:
            raise TypeError(f"options are given, and {', '.join(fields)} besides")
        return Training(Run(self._bound(values, named), options))

    def export(
        self,
        target: TargetName,
        path: str | PathLike[str] | None = None,
        values: Values | None = None,
        /,
        *,
        wrt: Sequence[str] | None = None,
        **more: object,
    ) -> ExportedFile:
        """The network as a file, also written to `path` if there is one: `net.export("numpy",
        "net.py")`.

        Raises RequestError for an unknown target or name, and OSError.
        """
        found = export(self._bound(values, more), target, wrt)
        if path is not None:
            Path(path).write_text(found.text, encoding="utf-8", newline="\n")
        return found

    def _bound(self, values: Values | None = None, more: Values | None = None) -> BoundModel:
        given = {**(values or {}), **(more or {})}
        return bind(self.text, {name: _plain(each) for name, each in given.items()})


def read(path: str | PathLike[str]) -> Network:
    """The network in a text file. Raises OSError, and the errors of Network."""
    return Network(Path(path).read_text(encoding="utf-8"))


def _plain(value: object) -> object:
    """Arrays as nested lists, the form in which values are bound."""
    if isinstance(value, np.ndarray | np.generic):
        return value.astype(np.float64).tolist()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return [_plain(each) for each in value] if isinstance(value, list) else value
