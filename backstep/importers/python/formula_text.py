"""A formula of the language, as the tables of foreign names have it, read on given values."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from backstep.importers.formulas import Formulas, Unwritable, Value
from backstep.ops import FUNCTIONS

_SIGNS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.MatMult: "@",
}
_COMPARED: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_LABELLED = frozenset({"mse", "cross_entropy", "nll", "bce", "bce_with_logits", "hinge"})


@dataclass(slots=True)
class Read:
    """A formula, and the values in it that are labels of a loss."""

    value: Value
    labels: list[Value] = field(default_factory=list)


@lru_cache(maxsize=256)
def _parsed(formula: str) -> ast.expr:
    return ast.parse(formula.replace("^", "**"), mode="eval").body


def read_formula(formulas: Formulas, formula: str, bound: Mapping[str, Value]) -> Read:
    """The formula on values by name. Raises Unwritable."""
    reading = _Reading(formulas, bound, [])
    try:
        body = _parsed(formula)
    except SyntaxError:
        raise Unwritable("an argument that is not read") from None
    return Read(reading.value(body), reading.labels)


@dataclass(slots=True)
class _Reading:
    formulas: Formulas
    bound: Mapping[str, Value]
    labels: list[Value]

    def value(self, node: ast.expr) -> Value:
        """The formula of a part."""
        match node:
            case ast.Constant(value=int() | float() as number):
                return self.formulas.number(number)
            case ast.Name(id="pi"):
                return self.formulas.pi()
            case ast.Name(id=name) if name in self.bound:
                return self.bound[name]
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self.formulas.power(self.value(left), self.value(right))
            case ast.BinOp(left=left, op=op, right=right):
                return self.formulas.binary(_SIGNS[type(op)], self.value(left), self.value(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.formulas.negate(self.value(operand))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                sides = self.value(left), self.value(right)
                return self.formulas.compare(_COMPARED[type(op)], *sides)
            case ast.Attribute(value=inner, attr="T"):
                return self.formulas.turned(self.value(inner))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
                return self._call(name, args, keywords)
        raise Unwritable("a formula that is not read here")

    def _call(self, name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> Value:
        if name not in FUNCTIONS:
            raise Unwritable(f"the language has no {name}")
        known = FUNCTIONS[name].parameters
        given: list[object] = []
        for place, each in enumerate(args):
            kind = known[min(place, len(known) - 1)].kind
            tensor = kind in ("tensor", "tensors", "condition")
            given.append(self.value(each) if tensor else _number(each))
        label = given[1] if len(given) > 1 else None
        if name in _LABELLED and isinstance(label, Value):
            self.labels.append(label)
        options = {each.arg: _number(each.value) for each in keywords if each.arg}
        return self.formulas.call(name, *given, **options)


def _number(node: ast.expr) -> int | float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand)
    raise Unwritable("a number that is computed stands where one must be written")
