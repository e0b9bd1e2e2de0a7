"""A derivative of a tensor by a tensor as formulas: as a matrix, and its elements by cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product

from backstep.formula.matrix import Forms
from backstep.formula.operations import FromGraph, applied
from backstep.formula.table import ATOM, SUM
from backstep.formula.text import Printed, Writer, place
from backstep.formula.tree import (
    ZERO,
    At,
    Big,
    Call,
    Cases,
    Formula,
    Frac,
    Neg,
    Num,
    Op,
    Sym,
    add,
    matmul,
    multiply,
    number,
    operations,
    replaced,
)
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.ops import TABLE
from backstep.simplify.by_index import ByIndex, Delta, Index, Product, of_matrix
from backstep.simplify.linear import Chain, Linear, Matrix, transposed

_LETTERS = "ijklmnpqrstuv"
_MOST_DELTAS = 3
"""The most pairs of indices by which cases are told apart."""
_MOST_CASES = 6
_MOST_OPERATIONS = 200
"""Operations of an element's formula; a longer one is not read."""


@dataclass(frozen=True, slots=True)
class Case:
    """An element's formula where some indices are equal and others are not."""

    equal: tuple[Delta, ...]
    apart: tuple[Delta, ...]
    formula: Formula


@dataclass(frozen=True, slots=True)
class Entries:
    """The elements of a derivative at indices of symbols."""

    rows: tuple[Index, ...]
    columns: tuple[Index, ...]
    whole: Formula
    """All cases in one, with 1[i = j]."""
    cases: tuple[Case, ...]
    """Those where it is not 0 throughout; where none holds it is 0."""
    complete: bool
    """Whether one of the cases always holds."""


class JacobianForms:
    """Formulas of what is linear in the symbol of `seed`, a node of the definition's graph."""

    def __init__(self, forms: Forms, seed: Node, names: Sequence[str]) -> None:
        self._tidy = forms.tidy
        self._trees = forms.trees
        self._seed = forms.tidy.symbol(seed)
        self._linear = Linear(self._tidy, self._seed)
        self._free = [each for each in _LETTERS if each not in names]
        self._elements: dict[Formula, Node] = {}
        self._meaning: dict[int, Formula] = {}
        self._scalars = FromGraph(lambda node: self._meaning.get(node.id))

    def vector(self, node: Node) -> Formula | None:
        """The derivative of a scalar that is rᵀ g by g: r itself."""
        row = self._linear.row(self._tidy.of(node))
        return None if row is None else self._trees.of(row)

    def matrix(self, node: Node, turned: bool = True) -> Formula | None:
        """The matrix M of a vector that is M g, or its transpose; None where it is no short sum."""
        found = self._linear.matrix(self._tidy.of(node))
        if found is None:
            return None
        shape = (node.shape[0], self._seed.shape[0])
        if not turned:
            return self._sum(found, shape)
        return self._sum(transposed(self._tidy, found), (shape[1], shape[0]))

    def _sum(self, matrix: Matrix, shape: tuple[int, int]) -> Formula:
        terms: list[Formula] = []
        for term in matrix:
            if isinstance(term, Chain):
                parts = [
                    diagonal(self._trees.of(each.value))
                    if each.kind == "diagonal"
                    else self._trees.of(each.value)
                    for each in term.factors
                ]
                whole = matmul(*parts) if parts else applied("eye", n=shape[0])
                terms.append(_times(self._trees.of(term.scale), whole))
            else:
                made = self._tidy.make("outer", term.left, term.right)
                terms.append(self._trees.of(made))
        # What is subtracted stands behind what is added.
        terms.sort(key=lambda term: isinstance(term, Neg))
        return _added(terms) if terms else applied("zeros", shape=shape)

    def entries(self, node: Node) -> Entries | None:
        """The derivative's elements: axes of the seed first, then those of the node."""
        letters = iter(self._free)
        axes = (*self._seed.shape, *node.shape)
        if len(axes) > len(self._free) - 4:
            return None
        named: list[Index] = [0 if count == 1 else next(letters) for count in axes]
        count = len(self._seed.shape)
        rows, columns = tuple(named[:count]), tuple(named[count:])
        operand = self._tidy.of(node)
        if isinstance(operand, Literal):
            return Entries(rows, columns, ZERO, (), False)
        terms = self._terms(operand, rows, columns, _endless(letters))
        if terms is None:
            return None
        total: Operand = Literal(Fraction(0))
        for term in terms:
            total = self._tidy.make("add", total, self._term(term))
        found = self._cases(total, named)
        if found is None:
            return None
        cases, complete = found
        whole = self._scalars.of(total)
        if operations([whole, *(each.formula for each in cases)]) > _MOST_OPERATIONS:
            return None
        return Entries(rows, columns, whole, tuple(cases), complete)

    def _terms(
        self,
        operand: Node,
        rows: tuple[Index, ...],
        columns: tuple[Index, ...],
        further: Iterator[str],
    ) -> tuple[Product, ...] | None:
        """The terms of an element; where there is a matrix, in the order of that."""
        if len(rows) == len(columns) == len(operand.shape) == 1:
            found = self._linear.matrix(operand)
            if found is not None:
                return of_matrix(transposed(self._tidy, found), rows[0], columns[0], further)
        reader = ByIndex(self._tidy, self._linear, self._seed, rows, further)
        return reader.terms(operand, columns[len(columns) - len(operand.shape) :])

    def _cases(self, whole: Operand, named: Sequence[Index]) -> tuple[list[Case], bool] | None:
        """Each set of equal indices with its formula; those that are 0 are left out.

        The flag says whether none is 0. None where there are too many to be read.
        """
        pairs = {leaf: self._pair(leaf) for leaf in _leaves(whole)}
        deltas = [leaf for leaf, pair in pairs.items() if pair is not None]
        deltas.sort(key=lambda leaf: _order(pairs[leaf] or frozenset(), named))
        if len(deltas) > _MOST_DELTAS:
            return None
        found: list[Case] = []
        complete = True
        for held in product((True, False), repeat=len(deltas)):
            equal = [
                pairs[leaf] or frozenset() for leaf, each in zip(deltas, held, strict=True) if each
            ]
            apart = [
                pairs[leaf] or frozenset()
                for leaf, each in zip(deltas, held, strict=True)
                if not each
            ]
            put = _replacing(equal, apart, named)
            if put is None:
                continue
            known: dict[Node, Operand] = {
                leaf: Literal(Fraction(int(each))) for leaf, each in zip(deltas, held, strict=True)
            }
            formula = self._scalars.of(self._at(whole, known, put))
            if formula is ZERO:
                complete = False
                continue
            found.append(Case(tuple(equal), tuple(apart), formula))
        cases = _merged(found)
        return (cases, complete) if len(cases) <= _MOST_CASES else None

    def _pair(self, leaf: Node) -> Delta | None:
        """The two indices that a symbol asks to be equal; None of any other symbol."""
        formula = self._meaning.get(leaf.id)
        if not (isinstance(formula, Op) and formula.op == "equal"):
            return None
        ends: list[Index] = []
        for each in formula.args:
            if isinstance(each, Sym) and each.role == "index":
                ends.append(each.name)
            elif isinstance(each, Num):
                ends.append(int(each.value))
        return frozenset(ends) if len(set(ends)) == 2 else None

    def _at(
        self, whole: Operand, known: dict[Node, Operand], put: Mapping[Formula, Formula]
    ) -> Operand:
        """A form with symbols replaced, and with indices replaced in the others, tidied again."""
        if isinstance(whole, Literal):
            return whole
        for part in ancestors([whole]):
            if part in known:
                continue
            if part.nodes:
                inputs = [known[each] if isinstance(each, Node) else each for each in part.inputs]
                known[part] = self._tidy.make(part.op, *inputs, **part.params)
            elif part.id in self._meaning and part in self._elements.values():
                known[part] = self._symbol(replaced(self._meaning[part.id], put))
            else:
                known[part] = part
        return known[whole]

    def _term(self, term: Product) -> Operand:
        """A product of elements as a scalar in the tidy graph, sums as symbols of their own."""
        make = self._tidy.make
        made: Operand = Literal(term.scale)
        inside: Operand = Literal(Fraction(1))
        for piece in term.pieces:
            value = self._element(piece.value, piece.at)
            bound = not term.sums.keys().isdisjoint(piece.at)
            op = "multiply" if piece.power > 0 else "divide"
            if bound:
                inside = make(op, inside, value)
            else:
                made = make(op, made, value)
        if term.sums:
            body = self._scalars.of(inside)
            for letter, count in term.sums.items():
                last = number(count - 1)
                body = Big("sum", body, Sym(letter, "index"), ZERO, last)
            made = make("multiply", made, self._symbol(body))
        for pair in sorted(term.deltas, key=_spelled):
            made = make("multiply", made, self._symbol(_equal(pair)))
        return made

    def _element(self, operand: Operand, at: tuple[Index, ...]) -> Operand:
        """One element of a tidy form, as a scalar: of what works on each element, by elements."""
        if isinstance(operand, Literal) or not operand.shape:
            return self._scalar(operand)
        at = at[len(at) - len(operand.shape) :]
        at = tuple(0 if n == 1 else each for each, n in zip(at, operand.shape, strict=True))
        make = self._tidy.make
        if operand.op == "ones":
            return Literal(Fraction(1))
        if operand.op == "zeros":
            return Literal(Fraction(0))
        if operand.op == "transpose":
            return self._element(operand.inputs[0], tuple(reversed(at)))
        if operand.op == "outer":
            left, right = operand.inputs
            return make("multiply", self._element(left, at[:1]), self._element(right, at[1:]))
        if operand.op == "place" and len(operand.shape) == 1:
            value, label = operand.inputs
            same = self._symbol(Op("equal", (as_index(at[0]), self._trees.of(label))))
            return make("multiply", self._scalar(value), same)
        if operand.op == "eye":
            return self._same(at[0], at[1])
        if operand.op == "index" and operand.nodes[0].op == "eye" and len(at) == 2:
            (rows,) = operand.params["key"]
            if not isinstance(rows, int) and rows[2] == 1:  # some rows of the identity
                return self._same(at[0], at[1], rows[0])
        if TABLE[operand.op].elementwise and operand.nodes:
            inputs = [self._element(each, at) for each in operand.inputs]
            return make(operand.op, *inputs, **operand.params)
        return self._symbol(At(self._trees.of(operand), tuple(_key(each) for each in at)))

    def _same(self, one: Index, other: Index, ahead: int = 0) -> Operand:
        """1 where an index, moved ahead, is the other, and else 0."""
        if isinstance(one, int):
            one, ahead = one + ahead, 0
        if not ahead:
            if one == other or (isinstance(one, int) and isinstance(other, int)):
                return Literal(Fraction(int(one == other)))
            return self._symbol(_equal(frozenset((one, other))))
        return self._symbol(Op("equal", (add(as_index(one), number(ahead)), as_index(other))))

    def _scalar(self, operand: Operand) -> Operand:
        """A scalar of the tidy graph; a name for it where it is no symbol is not needed."""
        if isinstance(operand, Node):
            for part in _leaves(operand):
                if part.id not in self._meaning:
                    self._meaning[part.id] = self._trees.of(part)
        return operand

    def _symbol(self, formula: Formula) -> Node:
        known = self._elements.get(formula)
        if known is None:
            name = f"element {len(self._elements)}"
            known = self._tidy.raw("leaf", name=name, role="input", shape=())
            self._elements[formula] = known
            self._meaning[known.id] = formula
        return known


def diagonal(vector: Formula) -> Formula:
    """The matrix with a vector on its diagonal."""
    return Call("diag", (vector,))


def _times(scale: Formula, matrix: Formula) -> Formula:
    """A number times a matrix, a divisor below it."""
    match scale:
        case Num(value=value) if value == 1:
            return matrix
        case Num(value=value) if value.numerator == 1:
            return Frac(matrix, number(value.denominator))
        case Neg(arg):
            return Neg(_times(arg, matrix))
        case Frac(top, bottom):
            return Frac(_times(top, matrix), bottom)
    return multiply(scale, matrix)


def _added(terms: Sequence[Formula]) -> Formula:
    """A sum; over a divisor that all terms have it stands once."""
    inner = [each.arg if isinstance(each, Neg) else each for each in terms]
    below = {each.bottom if isinstance(each, Frac) else None for each in inner}
    (bottom, *others) = below
    if len(terms) < 2 or others or bottom is None:
        return add(*terms)
    tops = [
        Neg(each.top) if isinstance(term, Neg) else each.top
        for term, each in zip(terms, inner, strict=True)
        if isinstance(each, Frac)
    ]
    return Frac(add(*tops), bottom)


def _leaves(operand: Operand) -> Iterator[Node]:
    if isinstance(operand, Literal):
        return
    seen = {operand.id}
    open_nodes = [operand]
    while open_nodes:
        part = open_nodes.pop()
        if not part.nodes:
            yield part
        for each in part.nodes:
            if each.id not in seen:
                seen.add(each.id)
                open_nodes.append(each)


def _endless(letters: Iterator[str]) -> Iterator[str]:
    return chain(letters, (f"{letter}_{n}" for n in range(1, 100) for letter in "ijkl"))


def as_index(each: Index) -> Formula:
    """An index as a formula."""
    return Sym(each, "index") if isinstance(each, str) else number(each)


def _key(each: Index) -> Formula | int:
    return Sym(each, "index") if isinstance(each, str) else each


def _order(pair: Delta, named: Sequence[Index]) -> list[int]:
    return sorted(_place(each, named) for each in pair)


def _place(each: Index, named: Sequence[Index]) -> int:
    return named.index(each) if each in named else -1


def _spelled(pair: Delta) -> list[str]:
    return sorted(map(str, pair))


def _equal(pair: Delta) -> Formula:
    return Op("equal", _ends(pair))


def _ends(pair: Delta) -> tuple[Formula, ...]:
    """Two indices in their order, a number last."""
    return tuple(map(as_index, sorted(pair, key=lambda each: (isinstance(each, int), str(each)))))


def _replacing(
    equal: Sequence[Delta], apart: Sequence[Delta], named: Sequence[Index]
) -> dict[Formula, Formula] | None:
    """For each index that equals an earlier one that one; None where not all can hold at once."""
    put: dict[Index, Index] = {}

    def end(each: Index) -> Index:
        while each in put:
            each = put[each]
        return each

    for pair in equal:
        ends = {end(each) for each in pair}
        if len(ends) < 2:
            continue
        one, other = sorted(ends, key=lambda each: (isinstance(each, str), _place(each, named)))
        if isinstance(other, int):
            return None
        put[other] = one
    if any(len({end(each) for each in pair}) < 2 for pair in apart):
        return None
    return {as_index(each): as_index(end(each)) for each in put}


def _merged(cases: list[Case]) -> list[Case]:
    """Cases of one formula that differ in one pair alone are one without it."""
    found = list(cases)
    again = True
    while again:
        again = False
        for one, other in product(found, found):
            if one is other or one.formula is not other.formula:
                continue
            pairs = set(one.equal) ^ set(other.equal)
            if len(pairs) == 1 and set(one.equal + one.apart) == set(other.equal + other.apart):
                left = tuple(each for each in one.equal if each not in pairs)
                apart = tuple(each for each in one.apart if each not in pairs)
                found[found.index(one)] = Case(left, apart, one.formula)
                found.remove(other)
                again = True
                break
    return found


def by_cases(entries: Entries) -> Formula:
    """The element's formula as one choice."""
    rows = [(each.formula, condition(each)) for each in entries.cases]
    if not entries.complete:
        rows.append((ZERO, None))
    return rows[0][0] if len(rows) == 1 else Cases(tuple(rows))


def condition(case: Case) -> Formula | None:
    """What holds in a case; None where nothing is asked."""
    parts = [_equal(pair) for pair in case.equal]
    parts += [Op("not_equal", _ends(pair)) for pair in case.apart]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Op("and", tuple(parts))


class IndexWriter(Writer):
    """Writes elements at indices that are symbols: p[i], and sums over one as they are typed."""

    def _part(self, part: Formula) -> Printed:
        match part:
            case At(value, key):
                written = (self._of(e) if isinstance(e, Formula) else place(e) for e in key)
                return f"{self._at(value, ATOM)}[{', '.join(written)}]", ATOM
            case Big("sum", body, index, low, high) if index and low and high:
                bounds = f"{self._of(index)} in {self._of(low)}..{self._of(high)}"
                return f"sum({bounds}, {self._of(body)})", ATOM
            case Op("and", args):
                return " and ".join(self._condition(each) for each in args), SUM
        return super()._part(part)

    def condition(self, formula: Formula) -> str:
        """A condition as it is typed, several joined by `and`."""
        parts = formula.args if isinstance(formula, Op) and formula.op == "and" else (formula,)
        for each in parts:
            self.write(each)
        return " and ".join(self._condition(each) for each in parts)


def written(formula: Formula) -> str:
    """An element's formula as text, with indices that are symbols."""
    return IndexWriter().write(formula)
