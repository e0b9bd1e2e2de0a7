"""Second derivatives as formulas: for scalars each one, for tensors the Hessian-vector product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backstep.autodiff.second_order import Product, by_scalar
from backstep.binding.bind import BoundModel
from backstep.errors import FormulaTooLarge
from backstep.formula.matrix import Forms
from backstep.formula.tree import Sym
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
