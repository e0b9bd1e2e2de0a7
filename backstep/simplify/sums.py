"""Rewrites of sums: equal terms gathered, cancelling ones dropped, common factors moved out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from backstep.graph.node import Node, Operand
from backstep.graph.shape import Shape, broadcast
from backstep.simplify.factors import (
    MINUS,
    MOST_PARTS,
    ONE,
    PLUS,
    SUMS,
    Builder,
    assemble,
    cost,
    is_op,
    is_sum,
    length,
    merged,
    number_of,
    split,
)

_MOST_TERMS = 12
_BILINEAR = ("matmul", "outer", "dot")

Terms = list[tuple[Fraction, Operand]]


def terms(b: Builder, operand: Operand) -> Terms:
    """The operand as numbers times products without numbers."""
    if length(b, operand) > MOST_PARTS:
        return [(PLUS, operand)]
    if isinstance(operand, Node) and operand.op in SUMS:
        left, right = operand.inputs
        sign = PLUS if operand.op == "add" else MINUS
        return [*terms(b, left), *((sign * n, rest) for n, rest in terms(b, right))]
    coefficient, factors = split(b, operand)
    if coefficient == 0:
        return []
    if len(factors) == 1 and abs(coefficient) == 1:
        ((only, times),) = factors.items()
        if times == 1 and only is not operand and is_op(only, *SUMS):
            return [(coefficient * n, rest) for n, rest in terms(b, only)]
    return [(coefficient, assemble(b, PLUS, factors, operand.shape))]


def total(b: Builder, parts: Terms, shape: Shape) -> Operand | None:
    """The sum of numbers times operands, in its shortest form; None: leave it."""
    if sum(length(b, operand) for _, operand in parts) > MOST_PARTS:
        return None
    flat = [
        (number * inner, rest) for number, operand in parts for inner, rest in terms(b, operand)
    ]
    gathered = _gathered(b, flat)
    forms = [gathered, _gathered(b, _flattened(b, gathered))]
    expanded = _expanded(b, gathered)
    if expanded is not None:
        collected = _collected(b, expanded)
        # Multiplied out to cancel terms, not to combine a number with another.
        if not all(number for number, _ in collected):
            forms.append([(number, rest) for number, rest in collected if number])
    joined = (_joined(b, gathered), _chosen(b, gathered))
    forms.extend(form for form in joined if form is not None)
    best: Operand | None = None
    for form in forms:
        for other in (summed(b, form, shape), _common(b, form, shape)):
            if other is not None and (best is None or cost(b, other) < cost(b, best)):
                best = other
    return best


def _gathered(b: Builder, parts: Terms) -> Terms:
    """Equal products added up, cancelling ones dropped. Ones, which only broadcast, come last."""
    return [(number, rest) for number, rest in _collected(b, parts) if number]


def _flattened(b: Builder, parts: Terms) -> Terms:
    """Numbers times sums as the sums' terms: 2(a + b) − a is 2a + 2b − a."""
    flat: Terms = []
    for number, rest in parts:
        if is_op(rest, *SUMS):
            flat += [(number * inner, term) for inner, term in terms(b, rest)]
        else:
            flat.append((number, rest))
    return flat


def _collected(b: Builder, parts: Terms) -> Terms:
    found: dict[frozenset[tuple[Operand, int]], tuple[Fraction, Operand]] = {}
    for number, operand in parts:
        coefficient, factors = split(b, operand)
        real = {each: times for each, times in factors.items() if not is_op(each, "ones")}
        key = frozenset(real.items())
        before, _ = found.get(key, (Fraction(0), operand))
        narrow = broadcast((), *(each.shape for each in real))
        rest = operand if len(real) == len(factors) else assemble(b, PLUS, real, narrow)
        found[key] = (before + number * coefficient, rest)
    return list(found.values())


def summed(b: Builder, parts: Terms, shape: Shape) -> Operand:
    """The terms in order, a positive one first if there is one."""
    if not parts:
        return assemble(b, Fraction(0), {}, shape)
    if len(parts) > 1:
        parts = [_upright(b, *part) for part in parts]
    if parts[0][0] < 0:
        parts = sorted(parts, key=lambda part: part[0] < 0)
    result: Operand | None = None
    for number, rest in parts:
        factors = split(b, rest)[1]
        if result is None:
            result = assemble(b, number, factors, rest.shape)
        else:
            op = "add" if number > 0 else "subtract"
            result = b.raw(op, result, assemble(b, abs(number), factors, rest.shape))
    assert result is not None
    if result.shape == shape:
        return result
    coefficient, factors = split(b, result)
    return assemble(b, coefficient, factors, shape)


def _upright(b: Builder, number: Fraction, rest: Operand) -> tuple[Fraction, Operand]:
    """Minus (y − 1)/(1 − p) as plus (1 − y)/(1 − p)."""
    factors = split(b, rest)[1] if number < 0 else {}
    for factor, times in factors.items():
        if times % 2 == 0 or not isinstance(factor, Node) or factor.op != "subtract":
            continue
        left, right = factor.inputs
        turned = b.raw("subtract", right, left)
        if number_of(right) == 1 and turned not in factors:
            items = {turned if each is factor else each: n for each, n in factors.items()}
            return -number, assemble(b, PLUS, items, rest.shape)
    return number, rest


def _common(b: Builder, parts: Terms, shape: Shape) -> Operand | None:
    """The common factors of all terms, and the size of their numbers, moved before the sum."""
    if len(parts) < 2:
        return None
    sizes = {abs(number) for number, _ in parts}
    size = sizes.pop() if len(sizes) == 1 else PLUS
    first = split(b, parts[0][1])[1]
    shared = {
        each: times
        for each, times in first.items()
        if all(split(b, rest)[1].get(each) == times for _, rest in parts[1:])
    }
    if size == 1 and not shared:
        return None
    inner: Terms = []
    for number, rest in parts:
        left = {each: n for each, n in split(b, rest)[1].items() if each not in shared}
        narrow = broadcast((), *(each.shape for each in left))
        inner.append((number / size, assemble(b, PLUS, left, narrow)))
    narrow = broadcast((), *(rest.shape for _, rest in inner))
    whole = summed(b, inner, narrow)
    joined = merged(b, [(whole, 1), *shared.items()])
    if joined is None:
        return None
    number, factors = joined
    order = {each: factors[each] for each in (*shared, *factors) if each in factors}
    return assemble(b, size * number, order, shape)


def _joined(b: Builder, parts: Terms) -> Terms | None:
    """A x + B x as (A + B) x, for products that are linear in both sides; None: there are none."""
    groups: dict[tuple[Any, ...], list[tuple[Fraction, Operand]]] = {}
    places: dict[tuple[object, ...], list[int]] = {}
    for place, (number, rest) in enumerate(parts):
        factors = split(b, rest)[1]
        linear = [e for e, n in factors.items() if n == 1 and is_op(e, *_BILINEAR)]
        if len(linear) != 1:
            continue
        (only,) = linear
        assert isinstance(only, Node)
        others = frozenset(each for each in factors.items() if each[0] is not only)
        for side in (1, 0):
            own, other = only.inputs[1 - side], only.inputs[side]
            key = (only.op, side, other, own.shape, others)
            groups.setdefault(key, []).append((number, own))
            places.setdefault(key, []).append(place)
    for key, group in groups.items():
        if len(group) < 2:
            continue
        op, side, other, shape, others = key
        inner = total(b, group, shape)
        if inner is None:
            continue
        made = b.make(op, *((inner, other) if side else (other, inner)))
        joined = merged(b, [(made, 1), *others])
        if joined is None:
            continue
        wide = broadcast(made.shape, *(each.shape for each, _ in others))
        left = [part for place, part in enumerate(parts) if place not in places[key]]
        left.insert(places[key][0], (joined[0], assemble(b, PLUS, joined[1], wide)))
        return left
    return None


def _chosen(b: Builder, parts: Terms) -> Terms | None:
    """What one condition chooses, in one choice: [c: u, else 0] + [c: 0, else v] is [c: u, else v].

    Factors go into the branches. None where no two terms have a condition in common.
    """
    groups: dict[Operand, list[tuple[int, Node]]] = {}
    for place, (_, rest) in enumerate(parts):
        choices = [e for e, n in split(b, rest)[1].items() if n == 1 and is_op(e, "where")]
        if len(choices) == 1 and isinstance(choices[0], Node):
            groups.setdefault(choices[0].inputs[0], []).append((place, choices[0]))
    for condition, group in groups.items():
        if len(group) < 2:
            continue
        places = [place for place, _ in group]
        wide = broadcast(condition.shape, *(parts[place][1].shape for place in places))
        branches: list[Operand] = []
        for branch in (1, 2):
            inside: Terms = []
            for place, choice in group:
                number, rest = parts[place]
                factors = split(b, rest)[1]
                others = [(each, n) for each, n in factors.items() if each is not choice]
                joined = merged(b, [(choice.inputs[branch], 1), *others])
                if joined is None:
                    return None
                shape = broadcast((), *(each.shape for each in joined[1]))
                if number * joined[0]:
                    inside.append((number * joined[0], assemble(b, PLUS, joined[1], shape)))
            made = total(b, inside, broadcast((), *(each.shape for _, each in inside)))
            if made is None:
                return None
            branches.append(made)
        whole = b.make("where", condition, *branches)
        if whole.shape != wide:
            return None
        left = [part for place, part in enumerate(parts) if place not in places]
        left.insert(places[0], (PLUS, whole))
        return left
    return None


def _expanded(b: Builder, parts: Terms) -> Terms | None:
    """Every product of sums multiplied out; None if nothing is, or it would be long."""
    done: Terms = []
    changed = False
    for number, rest in parts:
        open_terms = [(number, split(b, rest)[1])]
        while open_terms:
            coefficient, factors = open_terms.pop(0)
            sums = next(
                (each for each, n in factors.items() if 0 < n <= 2 and _opens(b, each)), None
            )
            if sums is None:
                narrow = broadcast((), *(each.shape for each in factors))
                done.append((coefficient, assemble(b, PLUS, factors, narrow)))
            else:
                changed = True
                assert isinstance(sums, Node)
                lower = {e: n - (e is sums) for e, n in factors.items() if n - (e is sums)}
                for inner, term in _as_sum(b, sums):
                    joined = merged(b, [*lower.items(), (term, 1)])
                    if joined is None:
                        return None
                    open_terms.append((coefficient * inner * joined[0], joined[1]))
            if len(done) + len(open_terms) > _MOST_TERMS:
                return None
    return done if changed else None


def _opens(b: Builder, operand: Operand) -> bool:
    return is_sum(b, operand) or _mirrored(operand)


def _mirrored(operand: Operand) -> bool:
    return (
        isinstance(operand, Node) and operand.op == "sigmoid" and is_op(operand.inputs[0], "negate")
    )


def _as_sum(b: Builder, node: Node) -> Terms:
    """The terms of a sum; σ(−x) is 1 − σ(x)."""
    if not _mirrored(node):
        return terms(b, node)
    inner = node.inputs[0]
    assert isinstance(inner, Node)
    return [(PLUS, ONE), (MINUS, b.make("sigmoid", inner.inputs[0]))]
