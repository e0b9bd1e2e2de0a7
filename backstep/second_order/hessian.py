"""The second derivatives of the loss, or their product with a vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import frexp, isfinite, ldexp
from typing import Any

import numpy as np

from backstep.autodiff.second_order import Product, product
from backstep.binding.bind import BoundModel, given_array
from backstep.binding.evaluation import LossValue, Remark, warning, warnings
from backstep.binding.json_arrays import unsigned_zero
from backstep.binding.node_names import NodeNames
from backstep.errors import Details, Diagnostic, LimitError, RequestError, ValuesError
from backstep.evaluate.compiled.lift import Lifted, cut
from backstep.evaluate.compiled.program import Program
from backstep.evaluate.numeric import GraphValues, compute
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape
from backstep.layout.plates import norm
from backstep.limits import LIMITS
from backstep.ops.row import Array
from backstep.second_order.formulas import (
    SecondFormula,
    formulas,
    matrix_formulas,
    product_formulas,
)
from backstep.second_order.kinks import (
    SAMPLES,
    Passed,
    jumps,
    passed,
    reached,
    samples,
)
from backstep.second_order.one_sided_limits import ends, limits, rounded_ends
from backstep.second_order.pieces import pieces
from backstep.symbolic.targets import Target, target_for

SYMMETRIC = 1e-12
"""The asymmetry, relative to the largest element, that rounding may cause."""
_NEGLIGIBLE = 1e-12
"""The size, relative to the largest, below which an eigenvalue is 0 but for rounding."""
_MOST_EIGENVALUES = 60
_LEAST_UNIT, _LARGEST_UNIT = -1022, 1023
"""Exponents of the powers of two that a float holds with all its digits."""


_COLUMNS = 256
"""The number of products with a vector that are computed at once."""


@dataclass(frozen=True, slots=True)
class Variable:
    """The variable of a derivative."""

    name: str
    """A declared name, or an element such as `W1[0,2]`."""
    shape: Shape
    """Empty for a scalar."""


@dataclass(frozen=True, slots=True)
class Hessian:
    """The second derivatives of the loss, or their product with a vector."""

    loss: LossValue
    wrt: Sequence[Variable]
    """The variables of the second derivatives, in order."""
    size: int
    """Elements of all of them together, such as `2`."""
    gradient: Mapping[str, Array]
    """The first derivatives, by name."""
    hessian: Mapping[str, Mapping[str, Array]] | None = None
    """By two names; the block has the shape of the first, then of the second. Null with `vector`.
    """
    symmetric: bool | None = None
    """Whether `asymmetry` is at most 1e-12; null if that is null."""
    asymmetry: float | None = None
    """The largest difference across the diagonal, relative to the largest element, such as
    `1.4e-17`; null if not all are finite.
    """
    eigenvalues: Sequence[float] | None = None
    """Ascending, such as `[0.027, 0.542]`; null past 60 elements, or if not all second derivatives
    are finite. One that is past a float is an infinity.
    """
    bending: str | None = None
    """The curvature of the loss nearby by the eigenvalues, such as `bends upwards in every
    direction`; null without eigenvalues.
    """
    formulas: Mapping[str, Mapping[str, SecondFormula | None]] | None = None
    """For scalars, by two names; null if one is too long to be read."""
    formulas_skipped: str | None = None
    """Why there are no formulas."""
    product_formulas: Mapping[str, SecondFormula | None] | None = None
    """For tensors the product with a vector, whose parts are called v_w and so on: the matrix form
    of the second derivatives.
    """
    matrix_formulas: Mapping[str, Mapping[str, SecondFormula | None]] | None = None
    """For vectors, by two names: the second derivatives as a matrix, as in XᵀDX; null for a pair
    without a short one.
    """
    product: Mapping[str, Array] | None = None
    """With `vector`: the product, its parts by name."""
    curvature: float | None = None
    """With `vector` v: the curvature of the loss along it, vᵀHv/vᵀv; null if v is 0."""
    warnings: Sequence[Remark] = ()
    """As in `/evaluate`, and the kinks that second derivatives pass."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))  # what a notebook shows

    def __str__(self) -> str:
        loss = self.loss.name
        names = [each.name for each in self.wrt]
        lines = [
            f"∂²{loss}/∂{one}∂{other} = {_listed(self.hessian[one][other])}"
            for place, one in enumerate(names)
            for other in names[place:]
            if self.hessian is not None
        ]
        lines += [f"(Hv) {name} = {_listed(part)}" for name, part in (self.product or {}).items()]
        lines += [f"{loss} {self.bending}"] if self.bending else []
        return "\n".join([*lines, *(f"warning: {each}" for each in self.warnings)])


def _listed(array: Array) -> str:
    return np.array2string(array, precision=8, threshold=60, separator=", ")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A bound definition and the variables of its second derivatives."""

    prepared: BoundModel
    numbers: GraphValues
    targets: tuple[Target, ...]
    product: Product

    @property
    def size(self) -> int:
        """How many elements all targets have together."""
        return sum(len(target.places) for target in self.targets)


def hessian(
    prepared: BoundModel,
    wrt: Sequence[str] | None = None,
    vector: Mapping[str, object] | None = None,
) -> Hessian:
    """The second derivatives with respect to `wrt` (None: every parameter).

    With `vector`, numbers in nested lists by the names of `wrt`, the Hessian-vector product. Raises
    LimitError if the matrix, or one product, would be too much, before it is computed; RequestError
    for an unknown name, ValuesError for the vector.
    """
    targets = _targets(prepared, wrt)
    given = None if vector is None else _vector(vector, targets)
    count = sum(len(target.places) for target in targets)
    if given is None and count > LIMITS.hessian_parameters:
        raise _too_large("hessian_parameters", "parameters", count, LIMITS.hessian_parameters)
    asked = _asked(prepared, targets, 1 if given is not None else count)
    loss = asked.numbers.value(prepared.definition.loss)
    found = Hessian(
        loss=LossValue(prepared.definition.loss_name, unsigned_zero(loss)),
        wrt=tuple(Variable(each.name, _shape(each)) for each in targets),
        size=count,
        gradient={each.name: _picked(asked.numbers.partial(each.node), each) for each in targets},
        product_formulas=product_formulas(prepared, targets, asked.product),
        matrix_formulas=matrix_formulas(prepared, targets, asked.product),
    )
    if given is not None:
        flat, remarks = _at_kinks(asked, given)
        parts = zip(targets, _apart(flat, targets), strict=True)
        return replace(
            found,
            formulas_skipped="with a vector, the product alone is given",
            product={each.name: part for each, part in parts},
            curvature=_curvature(asked, given, flat),
            warnings=remarks,
        )
    matrix, remarks = _at_kinks(asked)
    asymmetry = _asymmetry(matrix)
    pairs, skipped = formulas(prepared, targets, asked.product)
    scaled, unit = _eigenvalues(matrix)
    return replace(
        found,
        hessian=_blocks(matrix, targets),
        symmetric=None if asymmetry is None else asymmetry <= SYMMETRIC,
        asymmetry=asymmetry,
        eigenvalues=None if scaled is None else [each * unit for each in scaled],
        bending=_bending(scaled),
        formulas=pairs,
        formulas_skipped=skipped,
        warnings=remarks,
    )


def _targets(prepared: BoundModel, wrt: Sequence[str] | None) -> tuple[Target, ...]:
    definition = prepared.definition
    leaves = {leaf.node.id: leaf for leaf in definition.leaves}
    if not wrt:
        wrt = [leaf.name for leaf in definition.leaves if leaf.role == "param" and not leaf.label]
    found = []
    for position, name in enumerate(dict.fromkeys(wrt)):
        target = target_for(definition, name, f"/wrt/{position}")
        leaf = leaves.get(target.node.id)
        if leaf is None or leaf.role == "const":
            what = "is computed" if leaf is None else "is a constant"
            declared = ", ".join(each.name for each in definition.leaves if each.role != "const")
            hint = f"second derivatives are by declared names: {declared}"
            fault = Diagnostic("not_declared", f"'{name}' {what}", hint, pointer=f"/wrt/{position}")
            raise RequestError(fault)
        found.append(target)
    return tuple(found)


def _shape(target: Target) -> tuple[int, ...]:
    return target.node.shape if target.whole else ()


def _picked(array: Array, target: Target) -> Array:
    return array if target.whole else np.asarray(array[target.places[0]])


def _vector(vector: Mapping[str, object], targets: Sequence[Target]) -> tuple[Array, ...]:
    """The vector's parts in the nodes' shapes; a part that is left out is zeros."""
    by_name = {target.name: target for target in targets}
    faults, arrays = [], {}
    for name, value in vector.items():
        at = "/vector/" + name.replace("~", "~0").replace("/", "~1")
        if name not in by_name:
            hint = f"the product is taken by {', '.join(by_name) or 'nothing'}"
            faults.append(
                Diagnostic("unknown_value", f"'{name}' is not asked for", hint, pointer=at)
            )
            continue
        found = given_array(name, value, _shape(by_name[name]), at)
        if isinstance(found, Diagnostic):
            faults.append(found)
        else:
            arrays[name] = found
    if faults:
        raise ValuesError(*faults)
    parts = []
    for target in targets:
        whole = np.zeros(target.node.shape)
        if target.name in arrays:
            whole[... if target.whole else target.places[0]] = arrays[target.name]
        parts.append(whole)
    return tuple(parts)


def _asked(prepared: BoundModel, targets: tuple[Target, ...], products: int) -> _Asked:
    """Prepare so many products; refused if they would take too long."""
    graph = prepared.definition.graph
    forward = graph.forward_count if graph.forward_count is not None else len(graph.nodes)
    if forward > LIMITS.hessian_nodes:
        raise _too_large("hessian_nodes", "operations", forward, LIMITS.hessian_nodes)
    numbers = prepared.numbers()
    nodes = list(dict.fromkeys(target.node for target in targets))
    found = product(prepared.model.back, nodes)
    work = found.nodes * products
    if work > LIMITS.hessian_work:
        raise _too_large(
            "hessian_work", "node evaluations of the second derivatives", work, LIMITS.hessian_work
        )
    return _Asked(prepared, numbers, targets, found)


def _too_large(limit: str, what: str, measured: int, allowed: int) -> LimitError:
    hint = "ask for fewer by `wrt`, or for the product with a vector, by `vector`"
    if limit == "hessian_nodes":
        hint = "make the network smaller"
    message = f"{what}: {measured:,} counted, {allowed:,} allowed"
    details: Details = {"limit": limit, "measured": measured, "allowed": allowed}
    return LimitError(Diagnostic(limit, message, hint), details=details)


def _at_kinks(
    asked: _Asked, vector: Sequence[Array] | None = None
) -> tuple[Array, Sequence[Remark]]:
    """The matrix, or its product with a vector, and the warnings on it.

    If kinks are passed, their limits beside the point. These are left out, with a warning, if they
    would take too long.
    """
    prepared, numbers, targets = asked.prepared, asked.numbers, asked.targets

    def second(beside: GraphValues) -> Array:
        there = replace(asked, numbers=beside)
        return _matrix(there) if vector is None else _joined(there, _times(there, vector))

    def gradient(beside: GraphValues) -> Array:
        return _joined(asked, [beside.partial(target.node) for target in targets])

    here = second(numbers)
    said = warnings(prepared, numbers)
    nodes = reached(prepared.definition, targets)
    if not nodes:
        return here, said
    around = pieces(nodes, numbers, targets)
    beside = SAMPLES * len(around.directions)
    work = asked.product.nodes * beside
    late = "limits from beside the point would take too long"
    if work > LIMITS.hessian_work or prepared.model.work * beside > LIMITS.arithmetic:
        edges = passed(nodes, numbers, ())
        return here, [*said, *_kink_warnings(prepared, edges, late)]
    sampled = samples(numbers, targets, around.directions)
    edges = passed(nodes, numbers, sampled)
    if not edges:
        return here, said
    definition, directions = prepared.definition, around.directions
    at = ends(definition, numbers, targets, asked.product, vector, directions)
    if at is None:
        if work * ((asked.size if vector is None else 1) + 1) > LIMITS.hessian_work:
            return here, [*said, *_kink_warnings(prepared, edges, late)]
        at = rounded_ends(sampled, second, gradient)
    found = limits(at, gradient(numbers))
    with np.errstate(all="ignore"):
        largest = np.max(np.abs(found.values), initial=0.0, where=np.isfinite(found.values))
        same = (here == found.values) | (np.abs(here - found.values) <= 1e-9 * largest)
    taken = found.known & ~same & (found.smooth | ~np.isfinite(here))
    values = np.where(taken, found.values, here)
    if not found.told:
        why = "what the second derivatives tend to beside it cannot be told"
    elif jumps(sampled):
        why = "from different sides of it the loss is different"
    elif not found.smooth.all() or not np.isfinite(found.values).all():
        why = (
            "from different sides of it the second derivatives, or the gradient, are different, "
            "or grow without bound"
        )
    elif not around.complete:
        why = (
            "whether they are the same from all sides cannot be told, since more pieces meet here "
            "than are looked at"
        )
    elif not taken.any() and not found.sides:
        return here, said
    else:
        why = "these are limits from beside the point"
        if found.sides:
            why += ", on the sides where there are second derivatives"
    return values, [*said, *_kink_warnings(prepared, edges, why)]


def _kink_warnings(prepared: BoundModel, edges: Sequence[Passed], why: str) -> list[Remark]:
    """A warning for each node at whose kink the second derivatives are evaluated."""
    said = NodeNames(prepared).describe
    return [
        warning(
            prepared,
            "second_at_kink",
            f"{said(edge.node).removesuffix(',')}: the second derivatives pass its kink "
            f"({edge.words}); {why}",
            edge.node,
            edge.node.span,
        )
        for edge in edges
    ]


def _joined(asked: _Asked, parts: Sequence[Array]) -> Array:
    """The parts of a product with a vector, at the places asked for, one after another."""
    found = [
        np.array([part[place] for place in each.places])
        for each, part in zip(asked.targets, parts, strict=True)
    ]
    return np.concatenate(found) if found else np.zeros(0)


def _apart(flat: Array, targets: Sequence[Target]) -> list[Array]:
    """The same in the shapes of the targets."""
    ends = np.cumsum([len(target.places) for target in targets])
    parts = np.split(flat, ends)[: len(targets)]
    return [part.reshape(_shape(each)) for part, each in zip(parts, targets, strict=True)]


def _fixed(asked: _Asked) -> dict[int, Array]:
    """All values that are independent of the vector, computed once for all columns."""
    known = dict(asked.numbers.values)
    moving = {seed.id for seed in asked.product.seeds.values()}
    still = []
    for node in ancestors([part for part in asked.product.parts.values() if part is not None]):
        if any(parent.id in moving for parent in node.nodes):
            moving.add(node.id)
        elif node.id not in moving:
            still.append(node)
    return compute(still, known)


def _times(
    asked: _Asked, vector: Sequence[Array], fixed: Mapping[int, Array] | None = None
) -> list[Array]:
    """The Hessian-vector product, with a part for each target, in the nodes' shapes."""
    known = dict(asked.numbers.values if fixed is None else fixed)
    sown: dict[int, Array] = {}
    for target, part in zip(asked.targets, vector, strict=True):
        seed = asked.product.seeds[target.node.id].id
        sown[seed] = sown[seed] + part if seed in sown else part
    known.update(sown)
    compute([part for part in asked.product.parts.values() if part is not None], known)
    found = []
    for target in asked.targets:
        node = asked.product.parts[target.node.id]
        value = np.zeros(()) if node is None else np.asarray(known[node.id], dtype=np.float64)
        found.append(np.broadcast_to(value, target.node.shape))
    return found


def _matrix(asked: _Asked) -> Array:
    """The whole matrix, each column a product with a unit vector; many columns at once."""
    fixed = _fixed(asked)
    units = [(number, at) for number, each in enumerate(asked.targets) for at in each.places]
    columns = [
        _columns(asked, fixed, units[start : start + _COLUMNS])
        for start in range(0, len(units), _COLUMNS)
    ]
    return np.concatenate(columns, axis=1) if columns else np.zeros((0, 0))


def _columns(
    asked: _Asked, fixed: Mapping[int, Array], units: Sequence[tuple[int, tuple[int, ...]]]
) -> Array:
    """The products with some unit vectors, side by side."""
    count = len(units)
    sown = {key: np.zeros((count, *seed.shape)) for key, seed in asked.product.seeds.items()}
    for column, (number, at) in enumerate(units):
        sown[asked.targets[number].node.id][(column, *at)] += 1.0
    parts = {key: part for key, part in asked.product.parts.items() if part is not None}
    seeds = {asked.product.seeds[key].id: array for key, array in sown.items()}
    lifted = Lifted(list(parts.values()), seeds, count, cut(list(parts.values()), set(seeds)))
    given = [node for node in lifted.given if node.id in seeds or node.id in fixed]
    values = [seeds[node.id] if node.id in seeds else fixed[node.id] for node in given]
    program = Program(lifted.targets, [lifted.nodes[node.id] for node in given], copy=False)
    found = program.run(*(value if np.ndim(value) else float(value) for value in values))
    whole = dict(zip(parts, found, strict=True))
    rows: list[Array] = []
    for target in asked.targets:
        part = whole.get(target.node.id)
        rows.extend(
            np.zeros(count) if part is None else part[(slice(None), *at)] for at in target.places
        )
    return np.stack(rows)


def _blocks(matrix: Array, targets: Sequence[Target]) -> Mapping[str, Mapping[str, Array]]:
    """Nested by names: the block of two has the shape of the first, then of the second."""
    starts = np.cumsum([0, *(len(target.places) for target in targets)])
    return {
        one.name: {
            other.name: matrix[starts[i] : starts[i + 1], starts[j] : starts[j + 1]].reshape(
                (*_shape(one), *_shape(other))
            )
            for j, other in enumerate(targets)
        }
        for i, one in enumerate(targets)
    }


def _asymmetry(matrix: Array) -> float | None:
    """The largest difference across the diagonal, relative to the largest element."""
    if not np.isfinite(matrix).all():
        return None
    scaled, _ = _scaled(matrix)
    largest = float(np.max(np.abs(scaled), initial=0.0))
    return float(np.max(np.abs(scaled - scaled.T), initial=0.0)) / (largest or 1.0)


def _eigenvalues(matrix: Array) -> tuple[list[float] | None, float]:
    """Ascending, in units of the number that follows; None for a large matrix, or one that is not
    finite.
    """
    if not 0 < matrix.shape[0] <= _MOST_EIGENVALUES or not np.isfinite(matrix).all():
        return None, 1.0
    scaled, unit = _scaled(matrix)
    found: list[float] = np.linalg.eigvalsh((scaled + scaled.T) / 2).tolist()
    return found, unit


def _scaled(array: Array) -> tuple[Array, float]:
    """The array in units of a power of two, so that no sum or square of a few elements overflows,
    and that unit.
    """
    _, exponent = frexp(float(np.max(np.abs(array), initial=0.0)))
    unit = ldexp(1.0, min(max(exponent, _LEAST_UNIT), _LARGEST_UNIT))
    return array / unit, unit


def _bending(eigenvalues: Sequence[float] | None) -> str | None:
    """The curvature of the loss nearby by its eigenvalues; relatively tiny ones count as 0."""
    if not eigenvalues:
        return None
    near = _NEGLIGIBLE * max(abs(each) for each in eigenvalues)
    ways = {
        "upwards": any(each > near for each in eigenvalues),
        "downwards": any(each < -near for each in eigenvalues),
        "not at all": any(abs(each) <= near for each in eigenvalues),
    }
    first, *others = (way for way, found in ways.items() if found)
    if first == "not at all":
        return "does not bend"
    if not others:
        return f"bends {first} in every direction"
    return f"bends {first} in some directions and {others[0]} in others"


def _curvature(asked: _Asked, vector: Sequence[Array], product: Array) -> float | None:
    """The curvature of the loss along a vector, from their product; None if the vector is 0."""
    with np.errstate(all="ignore"):
        scaled, unit = _scaled(_joined(asked, vector))
        length = norm(scaled)
        if not length:
            return None
        found = _dot(scaled / length, product / unit / length)
        if not isfinite(found) and isfinite(length):
            # The product with a long vector overflows where that with its direction does not.
            direction = [part / unit / length for part in vector]
            found = _dot(scaled / length, _at_kinks(asked, direction)[0])
    return found


def _dot(one: Array, other: Array) -> float:
    """The sum of products; those with an element that is exactly 0 count as 0."""
    taken = one != 0
    scaled, unit = _scaled(other[taken])
    return float(one[taken] @ scaled) * unit
