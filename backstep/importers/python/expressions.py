"""Expressions of Python as formulas, numbers, lists and functions."""

from __future__ import annotations

import ast
import operator
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from backstep.importers.formulas import Unwritable, Value
from backstep.importers.python import arrays, changes, layers, libraries
from backstep.importers.python.memory import TURNED
from backstep.importers.python.state import MOST_PASSES, State
from backstep.importers.python.values import (
    Data,
    Free,
    Function,
    Gradient,
    Instance,
    Layer,
    Library,
    Method,
    Opaque,
    Scalar,
    Scope,
    Unsaid,
)
from backstep.lang.diagnostics.fixes.foreign_names import MODULES

_PATHS: Mapping[str, tuple[str, ...]] = {
    "F": ("torch", "nn", "functional"),
    "nn": ("torch", "nn"),
    "jnp": ("jax", "numpy"),
    "np": ("np",),
    "numpy": ("np",),
    "tf": ("tf",),
    "K": ("tf", "keras", "backend"),
}
_BUILT_IN = frozenset(
    [
        "abs",
        "sum",
        "max",
        "min",
        "len",
        "range",
        "enumerate",
        "zip",
        "list",
        "tuple",
        "float",
        "int",
        "pow",
        "reversed",
        "round",
        "print",
        "isinstance",
        "sorted",
        "dict",
        "bool",
        "str",
        "any",
        "all",
        "super",
        "map",
    ]
)
_TRANSFORMS = frozenset({"grad", "value_and_grad", "jit"})
"""What JAX does with functions, called so where a text imports nothing."""
_SIGNS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.MatMult: "@",
}
_NUMBERS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARED: Mapping[type[ast.cmpop], tuple[str, Callable[[Any, Any], bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
}


class Expressions(State):
    """What an expression stands for."""

    def evaluate(self, node: ast.expr) -> object:
        """What an expression stands for. Raises Unsaid or Unwritable."""
        self._spend(node)
        try:
            return self._evaluate(node)
        except Unwritable as error:
            raise Unsaid(str(error), node, shapes=error.shapes) from None
        except Unsaid as error:
            if error.node is None:
                error.node = node
            raise

    def _evaluate(self, node: ast.expr) -> object:
        match node:
            case ast.Constant(value=value):
                if isinstance(value, complex | bytes):
                    raise Unsaid("a number that is complex, or bytes", node)
                return value
            case ast.Name(id=name):
                return self._name(name, node)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operate(op, self.evaluate(left), self.evaluate(right))
            case ast.UnaryOp(op=op, operand=operand):
                return self._unary(op, self.evaluate(operand))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compared(op, self.evaluate(left), self.evaluate(right))
            case ast.Call():
                return self._call(node)
            case ast.Attribute(value=inner, attr=name):
                of = self.evaluate(inner)
                made = self.attribute(of, name)
                if name in TURNED:
                    self.memory.show(made, of)
                return made
            case ast.Subscript(value=inner, slice=key):
                of = self.evaluate(inner)
                made = self._item(of, key)
                if isinstance(of, Value | Data) and self._is_slice(key):
                    self.memory.show(made, of)
                return made
            case ast.Tuple(elts=parts):
                return tuple(arrays.light(self._parts(parts)))
            case ast.List(elts=parts):
                return arrays.light(self._parts(parts))
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                return {self._key(k): self.evaluate(v) for k, v in pairs if k is not None}
            case ast.Slice(lower=lower, upper=upper, step=step):
                return slice(*(self._bound(each) for each in (lower, upper, step)))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._choice(node, test, body, orelse)
            case ast.Lambda():
                return Function(node, self.scope)
            case (
                ast.ListComp(elt=element, generators=generators)
                | ast.GeneratorExp(elt=element, generators=generators)
            ):
                return arrays.light(list(self._comprehended(element, generators)))
            case ast.Starred(value=value):
                return self.evaluate(value)
            case ast.JoinedStr():
                return ""
            case ast.BoolOp(op=op, values=values):
                found = [self._condition(each) for each in values]
                if None in found:
                    raise Unsaid("a condition of several comparisons", node)
                return all(found) if isinstance(op, ast.And) else any(found)
            case ast.NamedExpr(target=target, value=value):
                result = self.evaluate(value)
                self.scope.names[target.id] = result
                return result
        raise Unsaid("an expression that is not read", node)

    @abstractmethod
    def _call(self, node: ast.Call) -> object: ...

    def _is_slice(self, key: ast.expr) -> bool:
        """Whether what a key picks shows the array's elements, and is no copy of them."""
        for part in key.elts if isinstance(key, ast.Tuple) else [key]:
            if isinstance(part, ast.Name):
                picked = self.evaluate(part)
                if not isinstance(picked, int | Scalar | slice | tuple | None):
                    return False
            elif isinstance(part, ast.List | ast.Compare | ast.Call | ast.Subscript):
                return False
        return True

    def _parts(self, parts: Sequence[ast.expr]) -> list[object]:
        found: list[object] = []
        for part in parts:
            if isinstance(part, ast.Starred):
                found += self.rows(self.evaluate(part.value), part)
            else:
                found.append(self.evaluate(part))
        return found

    def _comprehended(
        self, element: ast.expr, generators: Sequence[ast.comprehension]
    ) -> Iterator[object]:
        first, *rest = generators
        rows = self.rows(self.evaluate(first.iter), first.iter)
        if len(rows) > MOST_PASSES:
            raise Unsaid(f"a list over {len(rows):,} values; {MOST_PASSES} are read", first.iter)
        before = self.scope
        for row in rows:
            self.scope = Scope({}, before)
            try:
                bind(self.scope, first.target, row)
                if all(self._condition(each) for each in first.ifs):
                    if rest:
                        yield from self._comprehended(element, rest)
                    else:
                        yield self.evaluate(element)
            finally:
                self.scope = before

    def _bound(self, node: ast.expr | None) -> int | None:
        if node is None:
            return None
        found = self.evaluate(node)
        return None if found is None else self.whole(found)

    def _name(self, name: str, node: ast.Name) -> object:
        try:
            found = self.scope.find(name)
        except KeyError:
            if name in MODULES and name not in self.survey.assigned:
                return Library(_PATHS.get(name, (name,)))
            if name in _TRANSFORMS:
                return Library(("jax", name))
            if name in _BUILT_IN:
                return Library(("builtins", name))
            return Free(name, node.lineno)
        if isinstance(found, Opaque):
            raise Unsaid(found.message, found.node or node)
        return found

    def _choice(self, node: ast.IfExp, test: ast.expr, body: ast.expr, orelse: ast.expr) -> object:
        found = self._condition(test)
        if found is not None and not self._by_value(test):
            return self.evaluate(body if found else orelse)
        if found is not None:
            sides = [self.evaluate(each) for each in (body, orelse)]
            if not any(isinstance(each, Value | Scalar) for each in sides):
                return sides[not found]
        condition = self._comparison(test)
        there, other = (self.tensor(self.evaluate(each)) for each in (body, orelse))
        made = self.formulas.call("where", condition, there, other)
        if found is None:
            return made
        chosen = self.evaluate(body if found else orelse)
        return Scalar(chosen.number, made) if isinstance(chosen, Scalar) else made

    def _comparison(self, test: ast.expr) -> Value:
        """A condition as a formula, of numbers too that are known."""
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _COMPARED:
            sides = (self.evaluate(test.left), self.evaluate(test.comparators[0]))
            return self.formulas.compare(_COMPARED[type(test.ops[0])][0], *self.pair(*sides))
        made = self.tensor(self.evaluate(test))
        if not made.condition:
            raise Unsaid("a condition of several comparisons", test)
        return made

    def _by_value(self, test: ast.expr) -> bool:
        """Whether a condition compares numbers that are computed, or learned: what it decides is
        another formula elsewhere. Whole numbers that are only written decide how a text goes on."""
        for each in ast.walk(test):
            if isinstance(each, ast.Compare):
                for side in (each.left, *each.comparators):
                    found = self.evaluate(side)
                    if isinstance(found, Scalar) and self._may_change(found):
                        return True
        return False

    def _may_change(self, number: Scalar) -> bool:
        declared = self.definition.declared(number.value)
        if declared is None:
            return bool(number.value.uses) and isinstance(number.number, float)
        learned = self.definition.entry(number.value) in self.learned
        return learned or declared.name in self.survey.updated

    def _condition(self, test: ast.expr) -> bool | None:
        try:
            found = self.evaluate(test)
        except (Unsaid, Unwritable):
            return None
        if isinstance(found, Scalar):
            found = found.number
        if isinstance(found, Value | Opaque | Free | Data):
            return None
        return bool(found)

    def _unary(self, op: ast.unaryop, value: object) -> object:
        if isinstance(value, bool) or value is None:
            return not value if isinstance(op, ast.Not) else value
        if isinstance(op, ast.UAdd):
            return value
        if isinstance(op, ast.Not | ast.Invert):
            raise Unsaid("a condition that is turned around")
        if isinstance(value, int | float):
            return -value
        if isinstance(value, Scalar):
            return Scalar(-value.number, self.formulas.negate(value.value))
        if isinstance(value, Data) and value.leaf is None and value.draw is not None:
            return arrays.scaled(value, -1.0)
        return self.formulas.negate(self.tensor(value))

    def operate(self, op: ast.operator, left: object, right: object) -> object:
        """Two values and an operator."""
        for side in (left, right):
            if isinstance(side, Opaque):
                raise Unsaid(side.message, side.node)
        if isinstance(left, list | tuple) and isinstance(right, int | Scalar | list | tuple):
            made = self._joined(op, left, right)
            if made is not None:
                return made
        plain = (int, float, Scalar)
        if isinstance(left, plain) and isinstance(right, plain):
            return self._numbers(op, left, right)
        scaled = arrays.combined(op, left, right)
        if scaled is not None:
            return scaled
        if isinstance(left, str) or isinstance(right, str):
            raise Unsaid("a text in a formula")
        first, second = self.pair(left, right, product=isinstance(op, ast.MatMult))
        return self._formula(op, first, second)

    def _formula(self, op: ast.operator, left: Value, right: Value) -> Value:
        if isinstance(op, ast.Pow):
            return self.formulas.power(left, right)
        if isinstance(op, ast.Add) and self._is_nothing(left):
            return right
        if isinstance(op, ast.BitAnd | ast.BitOr) and left.condition and right.condition:
            one, none = self.formulas.number(1), self.formulas.number(0)
            there = self.formulas.plain(right) if isinstance(op, ast.BitAnd) else one
            other = none if isinstance(op, ast.BitAnd) else self.formulas.plain(right)
            return self.formulas.call("where", left, there, other)
        sign = _SIGNS.get(type(op))
        if sign is None:
            raise Unsaid("an operator that the language does not have")
        return self.formulas.binary(sign, left, right)

    def _is_nothing(self, value: Value) -> bool:
        """Whether a value is the written 0 that a sum begins with."""
        declared = self.definition.declared(value)
        return value.literal == 0 or (
            declared is not None
            and declared.literal
            and declared.value == "0"
            and not value.shape
            and self.definition.entry(value) not in self.learned
        )

    def _joined(
        self, op: ast.operator, left: list[object] | tuple[object, ...], right: object
    ) -> object:
        if isinstance(op, ast.Add) and isinstance(right, list | tuple):
            return type(left)(arrays.light([*left, *right]))
        count = self.number(right) if isinstance(right, int | Scalar) else None
        if isinstance(op, ast.Mult) and isinstance(count, int) and count * len(left) <= 1000:
            return type(left)(arrays.light([*left] * count))
        return None

    def _numbers(self, op: ast.operator, left: object, right: object) -> object:
        first, second = self.number(left), self.number(right)
        named = isinstance(left, Scalar) or isinstance(right, Scalar)
        try:
            if isinstance(op, ast.Pow):
                small = abs(second) <= 64 and abs(first) <= 1e6
                result = first**second if small else float(first) ** float(second)
            else:
                result = _NUMBERS[type(op)](first, second)
        except (ArithmeticError, KeyError, ValueError):
            raise Unsaid("a number that cannot be worked out") from None
        if isinstance(result, complex) or abs(result) > 1e300:
            raise Unsaid("a number that is too large, or complex")
        if not (type(op) in _SIGNS or isinstance(op, ast.Pow)):
            return result
        whole = isinstance(op, ast.Div) and isinstance(first, int) and isinstance(second, int)
        if named or (whole and not result.is_integer()):
            sides = (self.tensor(left), self.tensor(right))
            return Scalar(result, self._formula(op, *sides))
        return result

    def _compared(self, op: ast.cmpop, left: object, right: object) -> object:
        if isinstance(op, ast.Is | ast.IsNot):
            same = left is right or (left is None and right is None)
            return same if isinstance(op, ast.Is) else not same
        if isinstance(op, ast.In | ast.NotIn):
            inside = isinstance(right, list | tuple | dict | str) and left in right
            return inside if isinstance(op, ast.In) else not inside
        plain = (int, float, Scalar, str)
        sign, compare = _COMPARED[type(op)]
        if isinstance(left, plain) and isinstance(right, plain):
            sides = [each.number if isinstance(each, Scalar) else each for each in (left, right)]
            try:
                known = compare(*sides)
            except TypeError:
                raise Unsaid("a comparison of what cannot be compared") from None
            return known
        if left is None or right is None or isinstance(left, str) or isinstance(right, str):
            return isinstance(op, ast.NotEq)
        return self.formulas.compare(sign, *self.pair(left, right))

    def attribute(self, value: object, name: str) -> object:
        """A member of what a name stands for."""
        match value:
            case Library(path=path):
                return libraries.member(self, (*path, name))
            case Instance(attributes=attributes, of=of):
                if name in attributes:
                    found = attributes[name]
                    if isinstance(found, Opaque):
                        raise Unsaid(found.message, found.node)
                    return found
                if name in of.methods:
                    return Function(of.methods[name], of.scope, value)
                if name in ("train", "eval", "parameters", "to", "zero_grad", "apply", "double"):
                    return Method(value, name)
                return Free(name, of.node.lineno)
            case Free(name="self", line=line):
                return Free(name, line)
            case Layer():
                return layers.attribute(self, value, name)
            case (first, second) if name in ("values", "indices"):
                # What PyTorch's max along an axis gives.
                return first if name == "values" else second
            case dict() | list() | tuple() | Gradient() | str():
                return Method(value, name)
            case Function():
                return Opaque("a member of a function")
            case Opaque():
                return value
        if name == "data" and self.is_torch():
            return changes.held(self, value)
        return arrays.attribute(self, value, name)

    def _item(self, value: object, key: ast.expr) -> object:
        picked = self.evaluate(key)
        if isinstance(value, Opaque):
            raise Unsaid(value.message, value.node)
        if isinstance(value, dict):
            return _kept(value, self._key(key), key)
        if isinstance(value, list | tuple):
            if isinstance(picked, slice):
                return value[picked]
            if isinstance(picked, int | Scalar):
                place = self.whole(picked)
                if not -len(value) <= place < len(value):
                    raise Unsaid("an index outside of the list")
                return value[place]
        if isinstance(value, str):
            raise Unsaid("a text in a formula")
        if isinstance(value, Layer):
            return layers.child(value, self.whole(picked))
        if isinstance(value, Free) and isinstance(picked, str):
            return Free(picked, value.line)
        return arrays.item(self, value, picked)

    def _key(self, key: ast.expr) -> object:
        """What an element of a dictionary is kept under."""
        found = self.evaluate(key)
        if isinstance(found, list | dict | slice):
            raise Unsaid("a key of a dictionary that is no word and no number", key)
        return found.number if isinstance(found, Scalar) else found


def _kept(container: Mapping[object, object], place: object, key: ast.expr) -> object:
    """What a dictionary holds; a word that it does not is a name of its own."""
    if isinstance(place, list | dict | slice) or place not in container:
        if isinstance(place, str):
            return Free(place, key.lineno)
        raise Unsaid("a key that the dictionary does not hold", key)
    found = container[place]
    if isinstance(found, Opaque):
        raise Unsaid(found.message, found.node or key)
    return found


def bind(scope: Scope, target: ast.expr, value: object) -> None:
    """Bind the names of a loop for one pass. Raises Unsaid."""
    if isinstance(target, ast.Name):
        scope.names[target.id] = value
        return
    if isinstance(target, ast.Tuple) and isinstance(value, list | tuple):
        for part, each in zip(target.elts, value, strict=False):
            bind(scope, part, each)
        return
    raise Unsaid("what a list is made over", target)
