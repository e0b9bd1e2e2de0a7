"""Rewrites of sums: equal terms gathered, cancelling ones dropped, common factors moved out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, broadcast
from backstep.graph.shape import size as elements_of
from backstep.simplify.factors import (
    MINUS,
    MOST_PARTS,
    ONE,
    PLUS,
    SUMS,
    Builder,
    assemble,
    cost,
    is_one_hot,
    is_op,
    is_sum,
    length,
    merged,
    number_of,
    split,
)

_MOST_TERMS = 12
_MOST_LISTED = 9
"""Elements of a vector or a matrix that is written element by element."""
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
    joined = (
        _joined(b, gathered),
        _chosen(b, gathered),
        _listed(b, gathered, shape),
        _mirrored_pair(b, gathered),
        _one_fraction(b, gathered),
        _partly(b, gathered),
    )
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


def _listed(b: Builder, parts: Terms, shape: Shape) -> Terms | None:
    """a e₀ + b e₁ as the vector [a, b], and a matrix likewise; None if something else is added."""
    if len(shape) not in (1, 2) or len(parts) < 2:
        return None
    elements: dict[tuple[int, ...], Terms] = {}
    for number, rest in parts:
        factors = split(b, rest)[1]
        wide = [each for each in factors if each.shape]
        if len(wide) != 1 or factors[wide[0]] != 1 or wide[0].shape != shape:
            return None
        own = _elements(wide[0])
        if own is None:
            return None
        scalars = [(each, n) for each, n in factors.items() if each is not wide[0]]
        for at, value in own.items():
            joined = merged(b, [(value, 1), *scalars])
            if joined is None:
                return None
            if joined[0]:
                made = assemble(b, PLUS, joined[1], ())
                elements.setdefault(at, []).append((number * joined[0], made))
    if elements_of(shape) > _MOST_LISTED or len(elements) < 2:
        return None
    known: dict[tuple[int, ...], Operand] = {}
    for at, own_terms in elements.items():
        element = total(b, own_terms, ())
        if element is None:
            return None
        known[at] = element
    number, shared = _shared(b, list(known.values()))
    for at, whole in known.items():
        joined = merged(b, [(whole, 1), *((each, -n) for each, n in shared.items())])
        if joined is None:
            return None
        known[at] = assemble(b, joined[0] / number, joined[1], ())
    nothing = Literal(Fraction(0))
    rows = [
        [known.get((row, *at), nothing) for at in np.ndindex(shape[1:])] for row in range(shape[0])
    ]
    listed = [b.raw("stack", *row) if len(shape) == 2 else row[0] for row in rows]
    return [(number, assemble(b, PLUS, {**shared, b.raw("stack", *listed): 1}, shape))]


def _shared(b: Builder, values: Sequence[Operand]) -> tuple[Fraction, dict[Operand, int]]:
    """The number, if its size is the same, and the factors that all values have."""
    found = [split(b, each) for each in values]
    sizes = {abs(number) for number, _ in found}
    first = found[0][1]
    shared = {e: n for e, n in first.items() if all(own.get(e) == n for _, own in found[1:])}
    return sizes.pop() if len(sizes) == 1 else PLUS, shared


def _partly(b: Builder, parts: Terms) -> Terms | None:
    """A factor that some of several terms share, moved before these."""
    if len(parts) < 3:
        return None
    places: dict[tuple[Operand, int], list[int]] = {}
    for place, (_, rest) in enumerate(parts):
        for each, n in split(b, rest)[1].items():
            if isinstance(each, Node) and each.inputs and not is_op(each, "ones"):
                places.setdefault((each, n), []).append(place)
    several = {e: own for e, own in places.items() if 1 < len(own) < len(parts)}
    if not several:
        return None
    chosen = several[max(several, key=lambda each: cost(b, each[0]))]
    group = [parts[place] for place in chosen]
    made = _common(b, group, broadcast((), *(rest.shape for _, rest in group)))
    if made is None:
        return None
    number, factors = split(b, made)
    left = [part for place, part in enumerate(parts) if place not in chosen]
    left.insert(chosen[0], (number, assemble(b, PLUS, factors, made.shape)))
    return left


def _elements(operand: Operand) -> dict[tuple[int, ...], Operand] | None:
    """The elements that are not 0 of a one-hot vector or matrix, or of one that is listed."""
    if not isinstance(operand, Node):
        return None
    if operand.op == "stack":
        found: dict[tuple[int, ...], Operand] = {}
        for place, row in enumerate(operand.inputs):
            inner = _elements(row) if row.shape else {(): row}
            if inner is None:
                return None
            found |= {(place, *at): value for at, value in inner.items()}
        return found
    units = operand.inputs if operand.op == "outer" else (operand,)
    places = [
        number_of(each.inputs[1]) if is_one_hot(each) else None
        for each in units
        if isinstance(each, Node)
    ]
    if len(places) != len(units) or any(each is None for each in places):
        return None
    return {tuple(int(each) for each in places if each is not None): ONE}


def _mirrored_pair(b: Builder, parts: Terms) -> Terms | None:
    """σ(u) − σ(−u) as tanh(u/2), and 1 − 2σ(−2u) as tanh(u)."""
    for place, (number, rest) in enumerate(parts):
        factors = split(b, rest)[1]
        for one in factors:
            if factors[one] != 1 or not isinstance(one, Node) or one.op != "sigmoid":
                continue
            (inner,) = one.inputs
            others = {each: n for each, n in factors.items() if each is not one}
            mirrored = b.make("sigmoid", b.make("negate", inner))
            twice = split(b, inner)[0]
            for other, (against, term) in enumerate(parts):
                rivals = split(b, term)[1]
                left = {each: n for each, n in rivals.items() if each is not mirrored}
                real = {each: n for each, n in rivals.items() if not is_op(each, "ones")}
                pair = rivals.get(mirrored) == 1 and left == others and against == -number
                alone = real == others and number == -2 * against and twice.denominator == 1
                if other == place or not (pair or (alone and twice % 2 == 0)):
                    continue
                sign = PLUS if twice > 0 else MINUS
                half = b.make("multiply", Literal(sign / 2), inner)
                joined = merged(b, [(b.make("tanh", half), 1), *others.items()])
                if joined is None:
                    continue
                wide = broadcast((), *(each.shape for each in joined[1]))
                made = assemble(b, PLUS, joined[1], wide)
                scale = sign * (number if pair else number / 2) * joined[0]
                kept = [part for k, part in enumerate(parts) if k not in (place, other)]
                kept.insert(min(place, other), (scale, made))
                return kept
    return None


def _one_fraction(b: Builder, parts: Terms) -> Terms | None:
    """a/d − b/d² over one denominator, where what is above it becomes short: (1 − x²)/(1 + x²)²."""
    split_up = [(number, split(b, rest)[1]) for number, rest in parts]
    below = next(
        (e for _, factors in split_up for e, n in factors.items() if n < 0 and is_sum(b, e)), None
    )
    if below is None or len(parts) < 2:
        return None
    lowest = min(factors.get(below, 0) for _, factors in split_up)
    if all(factors.get(below, 0) == lowest for _, factors in split_up):
        return None
    above: Terms = []
    for number, factors in split_up:
        others = [(each, n) for each, n in factors.items() if each is not below]
        joined = merged(b, [*others, (below, factors.get(below, 0) - lowest)])
        if joined is None:
            return None
        wide = broadcast((), *(each.shape for each in joined[1]))
        above.append((number * joined[0], assemble(b, PLUS, joined[1], wide)))
    opened = _expanded(b, above)
    if opened is None:
        return None
    gathered = _gathered(b, opened)
    if not gathered or len(gathered) >= len(opened):
        return None
    wide = broadcast((), *(rest.shape for _, rest in gathered))
    forms = [summed(b, gathered, wide), _common(b, gathered, wide)]
    top = min((each for each in forms if each is not None), key=lambda each: cost(b, each))
    joined = merged(b, [(top, 1), (below, lowest)])
    if joined is None:
        return None
    wide = broadcast(top.shape, below.shape)
    return [(joined[0], assemble(b, PLUS, joined[1], wide))]


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
