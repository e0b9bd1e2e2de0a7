"""The network: a definition, compiled once, and all that follows from it.

    net = Network("input x = 2\\nparam w = 0.5\\nL = (w*x - 3)^2")
    net.evaluate(w=0.7).gradients["w"]

Arrays, numbers and nested lists go in, NumPy arrays come out. Methods take `values`, by name, and
keyword arguments, which replace the numbers in the text; the network itself never changes. Errors
are the exceptions of `backstep.errors`, printed with the line and a caret below it. What loads
SymPy, or is seldom wanted, is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from backstep.binding.bind import BoundModel, bind
from backstep.binding.evaluation import Evaluated
from backstep.binding.points import plain
from backstep.drawing import Direction
from backstep.drawing.cascade import Theme
from backstep.network import arguments, formula
from backstep.network.drawing import Drawing
from backstep.network.evaluation import Evaluation
from backstep.network.formula import Form, Formula
from backstep.network.shown_errors import shown
from backstep.network.training import Training
from backstep.network.walk import Walk
from backstep.ops.row import Array
from backstep.train.run import Run
from backstep.train.setup import TrainOptions
from backstep.walk import Zoom
from backstep.walk.walk_for import BoundWalk, walk_for

if TYPE_CHECKING:
    from backstep.binding.closed_gradients import ScalarForm
    from backstep.binding.compiled import Compiled
    from backstep.binding.cost import CostReport
    from backstep.binding.element_gradients import ElementGradients
    from backstep.binding.jacobian_formulas import Jacobian
    from backstep.binding.matrix_gradients import MatrixForm, SharedForm
    from backstep.derivation.answer import Derivation
    from backstep.derivation.path_products import PathSum
    from backstep.export.exporting import ExportedFile, TargetName
    from backstep.gradient_check.result import GradientCheck
    from backstep.marking.compare import Verdict, WrongVerdict
    from backstep.second_order.hessian import Hessian

Values = Mapping[str, object]
"""Numbers, arrays or nested lists, by name."""

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


def _shown(
    method: Callable[Concatenate[Network, _Given], _Found],
) -> Callable[Concatenate[Network, _Given], _Found]:
    """The method, with its errors printed beside the text."""

    @wraps(method)
    def shows(self: Network, /, *args: _Given.args, **kwargs: _Given.kwargs) -> _Found:
        with shown(self.text):
            return method(self, *args, **kwargs)

    return shows


class Network:
    """A definition, compiled once.

    Raises DefinitionError if the text has errors, LimitError if it is too large.
    """

    def __init__(self, text: str) -> None:
        self.text = arguments.text(text, "a definition")
        with shown(text):
            bind(text)

    def __repr__(self) -> str:
        return f"Network({self.text!r})"

    @_shown
    def evaluate(
        self, values: Values | None = None, /, *, names: Sequence[str] | None = None, **more: object
    ) -> Evaluation:
        """Forward values, backward partials and gradients; with `names`, for those alone."""
        return Evaluation.of(Evaluated(self._bound(values, more), arguments.names(names)))

    @_shown
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
        from backstep.binding.compiled import Compiled

        return Compiled(self._bound(values, more), arguments.names(wrt), copy)

    @_shown
    def formulas(
        self, form: Form = "auto", wrt: Sequence[str] | None = None
    ) -> ScalarForm | MatrixForm | SharedForm:
        """The loss and its gradients by `wrt` (all parameters by default), as formulas.

        `scalar` means closed formulas by SymPy, `matrix` one formula of the language for each
        gradient, `shared` the same with intermediate results; `auto` the shortest that fits.
        """
        from backstep.binding.closed_gradients import derive

        arguments.choice(Form, form=form)
        return derive(self._bound(), form, arguments.names(wrt))

    @_shown
    def gradient(
        self,
        name: str,
        /,
        form: Form = "auto",
        *,
        values: Values | None = None,
        **more: object,
    ) -> Formula:
        """The loss's partial by one name, or by an element such as `W1[0,2]`, as a formula.

        It rests on values only at a tie of extremes and for class numbers.
        """
        arguments.choice(Form, form=form)
        return formula.gradient(self._bound(values, more), arguments.text(name, "a name"), form)

    @_shown
    def elements(
        self,
        wrt: Sequence[str] | None = None,
        /,
        *,
        values: Values | None = None,
        **more: object,
    ) -> ElementGradients:
        """The loss's partials by single elements: `net.elements()["W1[0, 2]"]`.

        By every element of `wrt` (all parameters by default), on scalars, with each operation there
        once. A partial is written out when it is read. Values count for class numbers alone.
        """
        from backstep.binding.closed_gradients import targets
        from backstep.binding.element_gradients import ElementGradients

        prepared = self._bound(values, more)
        return ElementGradients(prepared, targets(prepared, arguments.names(wrt)))

    @property
    def loss(self) -> Formula:
        """The loss as a formula, in the form that fits."""
        with shown(self.text):
            return formula.loss(self._bound(), "auto")

    @_shown
    def jacobian(self, of: str, by: str, values: Values | None = None, /, **more: object) -> Array:
        """The derivative of one name by another, in numbers: `net.jacobian("p", "z")`.

        Its axes are those of the first, then those of the second.
        """
        from backstep.binding.jacobian import jacobian

        return jacobian(self._bound(values, more), of, by)

    @_shown
    def jacobian_formulas(
        self, of: str, by: str, values: Values | None = None, /, **more: object
    ) -> Jacobian:
        """The same as formulas: a matrix, and an element by cases: `diag(p) - outer(p, p)`."""
        from backstep.binding.jacobian_formulas import jacobian_with_formulas

        return jacobian_with_formulas(self._bound(values, more), of, by)

    @_shown
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
        found = self._walked(zoom, opened, direction, theme, values, more)
        return Drawing(found, direction, arguments.step(step), theme)

    @_shown
    def walk(
        self,
        values: Values | None = None,
        /,
        *,
        zoom: Zoom = "block",
        opened: Collection[str] = (),
        direction: Direction = "LR",
        theme: Theme = "light",
        **more: object,
    ) -> Walk:
        """The walk: forward, then backward, one node a step."""
        return Walk(self._walked(zoom, opened, direction, theme, values, more), direction, theme)

    @_shown
    def check(
        self, values: Values | None = None, /, *, wrt: Sequence[str] | None = None, **more: object
    ) -> GradientCheck:
        """Partials by backprop, by SymPy and by differences, element by element."""
        from backstep.gradient_check.run import check

        return check(self._bound(values, more), arguments.names(wrt))

    def compare(
        self, of: str, answer: str, values: Values | None = None, /, **more: object
    ) -> Verdict | WrongVerdict:
        """Whether a typed formula is the loss's partial by `of`, and what a wrong one lacks."""
        from backstep.marking.compare import compare

        with shown(self.text, arguments.text(answer, "an answer")):
            return compare(self._bound(values, more), arguments.text(of, "a name"), answer)

    @_shown
    def derivation(self, of: str, values: Values | None = None, /, **more: object) -> Derivation:
        """The loss's partial by a name or an element, derived line by line as on paper."""
        from backstep.derivation.answer import derivation

        return derivation(self._bound(values, more), of)

    @_shown
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
        from backstep.derivation.path_products import path_list

        return path_list(self._bound(values, more), of, to, zoom, most)

    @_shown
    def cost(self) -> CostReport:
        """The operations that the loss and its gradients take, with sharing and without."""
        from backstep.binding.cost import cost

        return cost(self._bound())

    @_shown
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
        from backstep.second_order.hessian import hessian

        given = None if vector is None else {name: plain(each) for name, each in vector.items()}
        return hessian(self._bound(values, more), arguments.names(wrt), given)

    @_shown
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
            fields["data"] = {name: plain(each) for name, each in data.items()}
        arguments.options(fields)
        if options is None:
            options = TrainOptions(steps=steps, **fields)  # type: ignore[arg-type]
        elif fields:
            raise TypeError(f"options are given, and {', '.join(fields)} besides")
        return Training(Run(self._bound(values, named), options), self.text)

    @_shown
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
        from backstep.export.exporting import export

        found = export(self._bound(values, more), target, arguments.names(wrt))
        if path is not None:
            Path(path).write_text(found.text, encoding="utf-8", newline="\n")
        return found

    def _walked(
        self,
        zoom: Zoom,
        opened: Collection[str],
        direction: Direction,
        theme: Theme,
        values: Values | None,
        more: Values,
    ) -> BoundWalk:
        """The walk, at the finest zoom up to this one that can be read."""
        arguments.choice(Zoom, zoom=zoom)
        arguments.choice(Direction, direction=direction)
        arguments.choice(Theme, theme=theme)
        folds = arguments.names(list(opened) if not isinstance(opened, str) else opened)
        return walk_for(self._bound(values, more), zoom, folds or (), fold=True)

    def _bound(self, values: Values | None = None, more: Values | None = None) -> BoundModel:
        given = {**(values or {}), **(more or {})}
        return bind(self.text, {name: plain(each) for name, each in given.items()})


def read(path: str | PathLike[str]) -> Network:
    """The network in a text file. Raises OSError, and the errors of Network."""
    return Network(Path(path).read_text(encoding="utf-8-sig"))
