"""Second derivatives as formulas: for scalars each one, for tensors the Hessian-vector product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product as product_of

from backstep.autodiff.second_order import Product, by_scalar
from backstep.binding.bind import BoundModel
from backstep.errors import FormulaTooLarge
from backstep.formula.jacobian import JacobianForms
from backstep.formula.matrix import Forms
from backstep.formula.tree import Formula as Tree
from backstep.formula.tree import Sym, operations
from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.symbolic.targets import Target

_MOST_SCALARS = 12
_MOST_NODES = 250
"""Operations of the second derivatives that are converted to formulas."""
_MOST_OPERATIONS = 400
"""Operations of one formula; a longer one is unreadable."""


@dataclass(frozen=True, slots=True)
class SecondFormula:
    """A second derivative, or a Hessian-vector product, as a formula."""

    text: str
    """In the language, such as `X.T @ ((X @ v_w)*p*(1 - p)) / 4`."""
    latex: str
    display: str
    """The same with the macro `\\fv` around each name."""


Pairs = Mapping[str, Mapping[str, SecondFormula | None]]
"""By two names; None for one that is too long to be read."""


def formulas(
    prepared: BoundModel, targets: Sequence[Target], product: Product
) -> tuple[Pairs | None, str | None]:
    """The second derivative of each pair of scalars; or None, and the reason."""
    scalars = [target for target in targets if target.node.shape == ()]
    if not scalars or len(scalars) < len(targets):
        return None, "formulas of pairs are those of scalars; see product_formulas"
    if len(scalars) > _MOST_SCALARS:
        return (
            None,
            f"formulas are given of up to {_MOST_SCALARS} scalars; these are {len(scalars)}",
        )
    if product.nodes > _MOST_NODES:
        return None, "the formulas would be too long to be read"
    forms = Forms(prepared.definition)
    found: dict[str, dict[str, SecondFormula | None]] = {target.name: {} for target in scalars}
    for position, target in enumerate(scalars):
        row = by_scalar(prepared.model.back, target.node)
        for other in scalars[position:]:
            # The order of the two does not matter: one formula serves both.
            printed = _printed(forms, row.get(other.node.id), ())
            found[target.name][other.name] = found[other.name][target.name] = printed
    return {
        target.name: {other.name: found[target.name][other.name] for other in scalars}
        for target in scalars
    }, None


def product_formulas(
    prepared: BoundModel, targets: Sequence[Target], product: Product
) -> Mapping[str, SecondFormula | None] | None:
    """The product with a vector whose parts are called v_w; None if it is no matrix formula."""
    tensors = any(target.node.shape for target in targets)
    if not tensors or not all(target.whole for target in targets) or product.nodes > _MOST_NODES:
        return None
    holes = {
        product.seeds[target.node.id].id: _vector(prepared, target.name, target.node)
        for target in targets
    }
    forms = Forms(prepared.definition, holes)
    return {
        target.name: _printed(forms, product.parts[target.node.id], target.node.shape)
        for target in targets
    }


def matrix_formulas(
    prepared: BoundModel, targets: Sequence[Target], product: Product
) -> Pairs | None:
    """The second derivatives of each pair as a matrix; None if none is a vector, or one a matrix.

    What the product sends back is linear in the vector: without the vector it is the matrix.
    """
    shapes = [target.node.shape for target in targets]
    vectors = [shape for shape in shapes if len(shape) == 1]
    if not vectors or not all(target.whole for target in targets) or product.nodes > _MOST_NODES:
        return None
    holes = {
        product.seeds[target.node.id].id: _vector(prepared, target.name, target.node)
        for target in targets
    }
    forms = Forms(prepared.definition, holes)
    found: dict[str, dict[str, SecondFormula | None]] = {target.name: {} for target in targets}
    for column in targets:
        linear = JacobianForms(forms, product.seeds[column.node.id], ())
        for row in targets:
            part, shape = product.parts[row.node.id], (*row.node.shape, *column.node.shape)
            if part is None:
                found[row.name][column.name] = _printed(forms, None, shape)
                continue
            if len(row.node.shape) > 1 or len(column.node.shape) > 1:
                made = None
            elif row.node.shape and column.node.shape:
                made = linear.matrix(part, turned=False)
            elif row.node.shape:
                continue
            else:
                made = linear.vector(part)
            found[row.name][column.name] = None if made is None else _set(forms, made, shape)
    for row, column in product_of(targets, targets):
        # A vector's by a number is the number's by the vector.
        found[row.name].setdefault(column.name, found[column.name].get(row.name))
    return {
        row.name: {column.name: found[row.name][column.name] for column in targets}
        for row in targets
    }


def _set(forms: Forms, made: Tree, shape: Shape) -> SecondFormula | None:
    count = operations([made])
    if count > _MOST_OPERATIONS:
        return None
    formula = forms.printed(made, shape, count)
    return SecondFormula(formula.text, formula.latex, formula.display)


def _vector(prepared: BoundModel, name: str, node: Node) -> Sym:
    """The symbol of the vector's part for a name: v_w."""
    text = "v_" + "".join(each if each.isalnum() or each == "_" else "_" for each in name)
    while text in prepared.definition.names:
        text += "_"
    return Sym(text, size=node.shape, of=Sym(name))


def _printed(forms: Forms, node: Node | None, shape: Shape) -> SecondFormula | None:
    """Text and LaTeX of a formula; None if it is too long to be read. Zeros have a shape."""
    if node is None:
        nothing = forms.zero(shape)
        return SecondFormula(nothing.text, nothing.latex, nothing.display)
    try:
        formula = forms.formula(node)
    except FormulaTooLarge:
        return None
    if formula.operations > _MOST_OPERATIONS:
        return None
    return SecondFormula(formula.text, formula.latex, formula.display)
