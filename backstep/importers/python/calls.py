"""Calls of functions, classes and layers of a Python text: their bodies read with the arguments put
in.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from backstep.importers.definition import Written, fitting
from backstep.importers.formulas import Unwritable, Value, spelled
from backstep.importers.python import layers, libraries
from backstep.importers.python.expressions import Expressions
from backstep.importers.python.memory import VIEWS
from backstep.importers.python.survey import last_name
from backstep.importers.python.values import (
    OF_GRADIENT,
    Class,
    Data,
    Free,
    Function,
    Gradient,
    Instance,
    Layer,
    Library,
    Method,
    Names,
    Opaque,
    Scalar,
    Scope,
    Unsaid,
)

_MOST_CALLS = 20
_ENGINES = frozenset({"Value", "Var", "Scalar", "Tensor", "Node", "Variable"})
"""What engines for scalars call their numbers, where the text does not hold the engine."""

_FRAMEWORKS = frozenset({"torch", "tf", "jax", "np", "nn"})


def _is_engine(path: Sequence[str]) -> bool:
    return path[-1] in _ENGINES and path[0] not in _FRAMEWORKS


class Returned(Exception):
    """A function's `return`."""

    def __init__(self, value: object, node: ast.Return) -> None:
        self.value = value
        self.node = node


class Calls(Expressions):
    """What a call stands for."""

    def _call(self, node: ast.Call) -> object:
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return Opaque("super()", node)
        if isinstance(node.func, ast.Attribute):
            inner = node.func.value
            if isinstance(inner, ast.Call) and last_name(inner.func) == "super":
                return None
        function = self.evaluate(node.func)
        places = self._parts(node.args)
        options = {each.arg: self.evaluate(each.value) for each in node.keywords if each.arg}
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("eval", "train"):
            self.serving = node.func.attr == "eval" or places == [False]
        made = self.call(function, places, options, node)
        if last_name(node.func) in VIEWS:
            of = function.of if isinstance(function, Method) else next(iter(places), None)
            for each in made if isinstance(made, list | tuple) else [made]:
                self.memory.show(each, of)
        return made

    def call(
        self,
        function: object,
        places: Sequence[object],
        options: Mapping[str, object],
        node: ast.AST,
    ) -> object:
        """The value of a call. Raises Unsaid or Unwritable."""
        match function:
            case Library(path=path) if places and _is_engine(path):
                return self._scalar(places[0], node)
            case Library(path=path):
                return libraries.call(self, path, places, options, node)
            case Method(of=of, name=name):
                return libraries.method(self, of, name, places, options, node)
            case Function():
                return self._inlined(function, places, options, node)
            case Class():
                return self._instance(function, places, options, node)
            case Layer() if places:
                return layers.apply(self, function, places, node)
            case Instance(of=of):
                for name in ("forward", "__call__"):
                    if name in of.methods:
                        called = Function(of.methods[name], of.scope, function)
                        return self._inlined(called, places, options, node)
            case Gradient():
                return self._differentiated(function, places, options, node)
            case Free(name=name) if name in _ENGINES and places:
                return self._scalar(places[0], node)
            case Free(name=name):
                raise Unsaid(f"{name} is not defined in the text", node, free=True)
            case Opaque(message=message, node=where):
                raise Unsaid(message, where)
        raise Unsaid("a call of what is no function", node)

    def _inlined(
        self,
        function: Function,
        places: Sequence[object],
        options: Mapping[str, object],
        node: ast.AST,
    ) -> object:
        if self._calls >= _MOST_CALLS:
            raise Unsaid("functions that call each other too deep", node)
        frame = self._frame(function, places, options, node)
        written = self._written(function, frame)
        if written is not None:
            return written
        self.callers.append(self.scope)
        self.scope = Scope(frame, function.scope)
        self._calls += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.evaluate(function.node.body)
            self.run_inside(function.node.body)
        except Returned as returned:
            if isinstance(returned.value, Opaque):
                raise Unsaid(returned.value.message, returned.value.node) from None
            return returned.value
        finally:
            self._calls -= 1
            self.scope = self.callers.pop()
        return None

    def _frame(
        self,
        function: Function,
        places: Sequence[object],
        options: Mapping[str, object],
        node: ast.AST,
    ) -> Names:
        spec = function.node.args
        names = [each.arg for each in (*spec.posonlyargs, *spec.args)]
        given = list(places)
        if function.owner is not None:
            given.insert(0, function.owner)
        frame: Names = {}
        if len(given) > len(names):
            if spec.vararg is None:
                raise Unsaid(f"{function.name} takes {len(names)} arguments", node)
            frame[spec.vararg.arg] = tuple(given[len(names) :])
        frame.update(zip(names, given, strict=False))
        for name, default in zip(reversed(names), reversed(spec.defaults), strict=False):
            if name not in frame and name not in options:
                frame[name] = self.evaluate(default)
        for each, otherwise in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
            if each.arg not in options and otherwise is not None:
                frame[each.arg] = self.evaluate(otherwise)
        frame.update(options)
        line = getattr(node, "lineno", 0)
        for name in names:
            if name not in frame:
                frame[name] = Free(name, line)
        # A formula that is read several times gets the parameter's name.
        for name, value in frame.items():
            if isinstance(value, Value) and len(value.text) > 12 and value.uses:
                body = function.node.body
                count = sum(
                    isinstance(part, ast.Name) and part.id == name
                    for each in (body if isinstance(body, list) else [body])
                    for part in ast.walk(each)
                )
                if count > 1 and self._single(function) is None:
                    frame[name] = self._give(name, value, node)
        return frame

    def _single(self, function: Function) -> ast.expr | None:
        """The one formula that a function returns, if it does nothing else."""
        if isinstance(function.node, ast.Lambda):
            return None
        body = [
            each
            for each in function.node.body
            if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        ]
        if len(body) == 1 and isinstance(body[0], ast.Return) and function.owner is None:
            return body[0].value
        return None

    def _written(self, function: Function, frame: Mapping[str, object]) -> Value | None:
        """The call of a function of one formula, which becomes one of the definition."""
        body = self._single(function)
        tensors = all(isinstance(each, Value | Data | Scalar) for each in frame.values())
        if body is None or not frame or not tensors or function.node in self.unwritten:
            return None
        given = {name: self.tensor(each) for name, each in frame.items()}
        if any(each.condition for each in given.values()):
            return None
        parameters = {
            name: Value(name, 5, self.formulas.leaf(each.shape)) for name, each in given.items()
        }
        before, self.scope = self.scope, Scope(dict(parameters), function.scope)
        self._calls += 1
        try:
            made = self.tensor(self.evaluate(body))
        except (Unsaid, Unwritable):
            self.unwritten.add(function.node)
            return None
        finally:
            self._calls -= 1
            self.scope = before
        return self._called(function.name, given, made)

    def _called(self, name: str, given: Mapping[str, Value], made: Value) -> Value | None:
        if made.uses or made.condition or fitting(name) != name:
            return None
        known = self.definition.functions.get(name)
        parameters = tuple(given)
        if any(fitting(each) != each for each in parameters):
            return None
        if known is None:
            known = self.definition.functions[name] = Written(name, parameters, made.text)
        if known.text != made.text or known.parameters != parameters:
            return None
        return self.formulas.applied(name, list(given.values()), made)

    def _instance(
        self, of: Class, places: Sequence[object], options: Mapping[str, object], node: ast.AST
    ) -> object:
        if of.scalar:
            return self._scalar(places[0] if places else options.get("data"), node)
        made = Instance(of)
        start = of.methods.get("__init__")
        if start is not None:
            self._inlined(Function(start, of.scope, made), places, options, node)
        return made

    def _scalar(self, number: object, node: ast.AST) -> object:
        """What an engine for scalars wraps."""
        if isinstance(number, int | float):
            return Data((), value=spelled(number), numbers=number, line=_line(node))
        return number

    def _differentiable(
        self, of: Gradient, places: Sequence[object], node: ast.AST
    ) -> Sequence[object]:
        """Arguments of a gradient; a plain number is learned, by the parameter's name."""
        found = list(places)
        spec = of.function.node.args if isinstance(of.function, Function) else None
        names = [each.arg for each in (*spec.posonlyargs, *spec.args)] if spec else []
        for place in of.by:
            if place >= min(len(found), len(names)):
                continue
            number = found[place]
            if isinstance(number, int | float):
                data = Data((), value=spelled(number), numbers=number, name=names[place])
                data.line = _line(node)
                found[place] = data
        return found

    def _differentiated(
        self, of: Gradient, places: Sequence[object], options: Mapping[str, object], node: ast.AST
    ) -> object:
        places = self._differentiable(of, places, node)
        if isinstance(of.function, Gradient):
            raise Unsaid("a derivative of a derivative", node)
        for place in of.by:
            if place < len(places):
                self._learn(places[place])
        found = self.call(of.function, places, options, node)
        loss = found[0] if of.more and isinstance(found, tuple | list) and found else found
        for place in of.by:
            if place < len(places):
                self._learn(places[place])
        self.differentiate(loss, node)
        gradient = Opaque(OF_GRADIENT, node)
        return (found, gradient) if of.with_value else gradient


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)
