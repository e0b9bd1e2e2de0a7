"""The loss and its gradients in matrix and in shared form: formulas in the language."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from backstep.autodiff.gradient import by_meaning
from backstep.autodiff.reverse import Backward, broadcast_whole, element
from backstep.autodiff.shared import NamedPartial, Statements, share
from backstep.binding.bind import BoundModel
from backstep.binding.valid_formulas import InForce, Mend
from backstep.errors import Diagnostic, FormulaTooLarge
from backstep.evaluate.sampling import distributions, symmetric
from backstep.formula.latex import latex
from backstep.formula.matrix import Forms, Formula
from backstep.formula.symbols import symbols
from backstep.formula.tree import Sym
from backstep.graph.node import Node, Operand
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape
from backstep.lang.compile.definition import Definition
from backstep.limits import LIMITS
from backstep.simplify.convolutions import convolutions
from backstep.simplify.recognise import names_itself
from backstep.simplify.sums_by_index import SummedUp, summed_up
from backstep.simplify.tidy import operations
from backstep.symbolic.targets import Target

Gradient = tuple[Node | None, Shape, tuple[int, ...] | None]
"""The node of a partial (None: it is 0), its shape, and the index of an element, if one is meant.
"""

_MOST_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class MatrixFormula:
    """One formula of a whole tensor, in the definition's own language and names."""

    shape: Shape
    """Empty for a scalar."""
    text: str
    """Such as `(p - 1)*outer(w_o*z*(1 - z), x)`."""
    latex: str
    latex_shapes: str
    """The same with its shape under each symbol, such as `\\underset{3\\times 4}{W}`."""
    display: str
    """The same with the macros `\\fv` and `\\bp` around values and partials."""
    display_shapes: str
    """Both the shapes and the macros."""
    operations: int
    """Such as `7`."""


@dataclass(frozen=True, slots=True)
class MatrixLoss(MatrixFormula):
    """The loss."""

    name: str
    """Its name in the text, such as `L`."""


@dataclass(frozen=True, slots=True)
class SharedPartial(MatrixFormula):
    """An intermediate result that later formulas name."""

    name: str
    """Its name in `text` from there on, such as `delta_z`."""
    symbol: str
    """Its symbol in `latex`, such as `\\delta_{z}`."""
    display_symbol: str
    """Such as `\\bp{\\delta_{z}}`."""
    of: str | None
    """The name that it belongs to; null if that has none."""
    of_text: str | None
    """What it is the partial of, written out."""
    kind: Literal["value", "partial", "factor"]
    """A forward value, the partial with respect to one, or a factor of partials."""


@dataclass(frozen=True, slots=True)
class MatrixForm:
    """The loss and its gradients, one formula each."""

    form: Literal["matrix"]
    loss: MatrixLoss
    symbols: Mapping[str, str]
    """The names that occur in the formulas."""
    gradients: Mapping[str, MatrixFormula]
    """By variable."""
    sums_to_one: Sequence[str]
    """Labels that the formulas hold to add up to 1, along their last axis, as their values do."""
    symmetric: Sequence[str]
    """Matrices that the formulas hold to be symmetric, as their values are."""


@dataclass(frozen=True, slots=True)
class SharedForm:
    """The same by intermediate results, each defined once."""

    form: Literal["shared"]
    loss: MatrixLoss
    symbols: Mapping[str, str]
    """The names that occur in the formulas."""
    definitions: Sequence[SharedPartial]
    """Intermediate results in the order backprop computes them, each once."""
    gradients: Mapping[str, MatrixFormula]
    """In terms of the definitions."""


def matrix(prepared: BoundModel, targets: Iterable[Target], any_labels: bool = False) -> MatrixForm:
    """One formula for each gradient, in the names of the definition; for labels that are
    probabilities as those in force are, and given matrices symmetric if those are; or for
    `any_labels` and matrices.

    Raises FormulaTooLarge, with the name of the formula, if one would be too long to read.
    """
    targets = list(targets)
    definition = prepared.definition
    plain = prepared.model.back.adjoints
    labels = [] if any_labels else shares_in_force(prepared)
    same = [] if any_labels else symmetric_in_force(prepared)
    sums = _sums(definition)
    wholes = {key: each.whole() for key, each in sums.items()}
    forms = Forms(definition, units=labels, symmetric=same, wholes=wholes)
    in_force = InForce(prepared.numbers, forms)
    wanted = [target.node.id for target in targets]
    ways = [by_meaning(definition.loss, wanted)]
    if sums:
        ways.append(by_meaning(definition.loss, wanted, sums))
    gradients: dict[str, MatrixFormula] = {}
    by_parts: dict[str, Gradient] = {}
    by_loss: dict[str, Gradient] = {}
    own = None
    if names_itself(definition.loss):
        own = Forms(definition, units=labels, symmetric=same, wholes=wholes, loss_named=True)
    for target in targets:
        parts = _taken(plain, target)
        whole = _shortest(
            forms, in_force, [_taken({**plain, **way}, target) for way in ways], parts
        )
        if whole is None:
            by_parts[target.name] = whole = parts
        elif own is not None and _by_loss(own, prepared, forms, whole, parts):
            by_loss[target.name] = whole
        gradients |= _each(prepared, forms, {target.name: whole}, in_force)
    loss = _loss(prepared, forms)
    if own is not None:
        gradients |= _each(prepared, own, by_loss, InForce(prepared.numbers, own))
        forms.note_read(own)
    if forms.tidy.kept.freed:  # the loss is shown as it is typed, and so is what overflows
        strict = Forms(definition, units=labels, symmetric=same, free=False)
        loss = _loss(prepared, strict)
        gradients |= _each(prepared, strict, by_parts, InForce(prepared.numbers, strict))
        forms.note_read(strict)
    return MatrixForm(
        "matrix",
        loss,
        {name: name for name in forms.read},
        gradients,
        forms.relied,
        forms.relied_symmetric,
    )


def _sums(definition: Definition) -> Mapping[int, SummedUp]:
    """The values whose statements write a sum term by term."""
    given = list(definition.names.values())
    named = {version.node.id for versions in given for version in versions}
    earlier = {version.node.id for versions in given for version in versions[:-1]}
    return summed_up(ancestors([definition.loss]), named, earlier, definition.loss)


def _shortest(
    forms: Forms, in_force: InForce, ways: Sequence[Gradient], parts: Gradient
) -> Gradient | None:
    """The shortest of the forms by rules of what is recognised that have the value in force."""
    sound = [each for each in ways if _sound(forms, in_force, each, parts)]
    return min(sound, key=lambda each: _length(forms, each)) if sound else None


def _length(forms: Forms, gradient: Gradient) -> int:
    operand = _tidy(forms, gradient)
    return 0 if operand is None else operations(operand)


def _tidy(forms: Forms, gradient: Gradient) -> Operand | None:
    node, _, at = gradient
    if node is None:
        return None
    return forms.tidy.of(node) if at is None else forms.tidy.element(node, at)


def _by_loss(
    own: Forms, prepared: BoundModel, forms: Forms, whole: Gradient, parts: Gradient
) -> bool:
    """Whether a partial is shorter in terms of the loss, and has its value in force so."""
    operand = _tidy(own, whole)
    if operand is None or operations(operand) >= _length(forms, whole):
        return False
    node, _, at = parts
    return node is not None and InForce(prepared.numbers, own).holds(operand, node, at)


def shares_in_force(prepared: BoundModel) -> list[Node]:
    """Labels whose values in force are probabilities that add up to 1."""
    definition = prepared.definition
    names = distributions(definition, prepared.leaves)
    return [definition.names[name][-1].node for name in names]


def symmetric_in_force(prepared: BoundModel) -> list[Node]:
    """Given matrices whose values in force are their own transposes."""
    definition = prepared.definition
    names = symmetric(definition, prepared.leaves)
    return [definition.names[name][-1].node for name in names]


def _sound(forms: Forms, in_force: InForce, whole: Gradient, parts: Gradient) -> bool:
    """Whether the form by the rules of what is recognised has the partial's value in force."""
    node, _, at = whole
    plain = parts[0]
    if node is None or plain is None:
        return node is plain
    operand = forms.tidy.of(node) if at is None else forms.tidy.element(node, at)
    if node is plain and not forms.tidy.kept.freed:
        return True
    return in_force.holds(operand, plain, at)


def shared(prepared: BoundModel, targets: Sequence[Target]) -> SharedForm:
    """The same by intermediate results, each defined once, in the order backprop computes them."""
    found, holes, forms, nodes = given_once(prepared, targets)
    in_force = InForce(prepared.numbers, forms, found)
    definitions = tuple(
        _given_once(prepared, forms, each, holes[each.symbol.id], in_force) for each in found
    )
    gradients = _each(prepared, forms, nodes, in_force, LIMITS.answer_operations)
    loss = _loss(prepared, forms, LIMITS.answer_operations)
    symbols = {name: name for name in forms.read}
    return SharedForm("shared", loss, symbols, definitions, gradients)


def _given_once(
    prepared: BoundModel, forms: Forms, each: NamedPartial, hole: Sym, in_force: InForce
) -> SharedPartial:
    # If a mask compares a value, another rounding would be another mask.
    typed = each.kind == "value"
    mend = None if typed else in_force.mend(each.node)
    most = LIMITS.answer_operations
    formula = _printed(forms, each.node, hole.name, True, most, typed=typed, mend=mend)
    return SharedPartial(
        *_parts(formula),
        name=hole.name,
        symbol=latex(hole),
        display_symbol=latex(hole, coloured=True),
        of=None if each.of is None else prepared.symbols.name(each.of),
        of_text=None if each.of is None else prepared.symbols.said(each.of),
        kind=each.kind,
    )


def _gradients(back: Backward, targets: Iterable[Target]) -> dict[str, Gradient]:
    return {target.name: _gradient(back.adjoints, target) for target in targets}


def _gradient(adjoints: Mapping[int, Node | None], target: Target) -> Gradient:
    """The node of the loss's partial, and its shape. For an element, the element of it."""
    adjoint = adjoints.get(target.node.id)
    shape = target.node.shape if target.whole else ()
    if adjoint is None or target.whole:
        return adjoint, shape, None
    return element(adjoint, target.node.shape, target.places[0]), shape, None


def _taken(adjoints: Mapping[int, Node | None], target: Target) -> Gradient:
    """The same; for an element, the whole partial and the index."""
    adjoint = adjoints.get(target.node.id)
    if adjoint is None or target.whole:
        return _gradient(adjoints, target)
    spread = broadcast_whole(adjoint, target.node.shape)
    return spread, (), target.places[0]


def given_once(
    prepared: BoundModel, targets: Sequence[Target]
) -> tuple[list[NamedPartial], dict[int, Sym], Forms, dict[str, Gradient]]:
    """The shared results, their symbols, and the forms in them. What tidies to a symbol is not
    shared.
    """
    definition = prepared.definition
    named = {
        version.node.id: version.node
        for versions in definition.names.values()
        for version in versions
    }
    plain_partials: set[int] = set()
    plain: set[int] = set()
    whole = convolutions(ancestors([definition.loss]), named)
    for _ in range(_MOST_ROUNDS):
        statements = Statements(definition.loss, named, plain_partials, whole)
        nodes = _gradients(statements.back, targets)
        found = share(statements, [node for node, *_ in nodes.values() if node is not None], plain)
        holes = _holes(prepared, found)
        forms = Forms(definition, holes)
        for each in found:
            forms.tidy.stands_for(each.symbol, each.node)
        bare = [each for each in found if forms.is_plain(each.node)]
        if not bare:
            break
        plain_partials |= {each.of.id for each in bare if each.symbol is not each.node and each.of}
        plain |= {each.node.id for each in bare if each.symbol is each.node}
    return found, holes, forms, nodes


def _holes(prepared: BoundModel, found: Sequence[NamedPartial]) -> dict[int, Sym]:
    taken = set(prepared.definition.names)
    named = symbols(prepared.definition)
    holes: dict[int, Sym] = {}
    numbers, letters = _numbered(prepared, found), _letters(taken)
    for each in found:
        symbol = _symbol(each, numbers, letters, named)
        while symbol.name in taken:
            symbol = replace(symbol, name=symbol.name + "_")
        taken.add(symbol.name)
        holes[each.symbol.id] = symbol
    return holes


LETTERS: Mapping[str, Sequence[str]] = {
    "partial": ("delta", "epsilon", "eta"),
    "value": ("v", "s", "r", "q"),
    "factor": ("g", "c", "k", "q"),
}
"""What results without a name of their own are called, with a number: the first letter that the
text has not, lest v_1 be an element of its v as well."""


def _letters(taken: Collection[str]) -> Mapping[str, str]:
    return {
        kind: next((letter for letter in letters if letter not in taken), letters[0])
        for kind, letters in LETTERS.items()
    }


def _numbered(prepared: BoundModel, found: Iterable[NamedPartial]) -> dict[tuple[str, int], int]:
    """Numbers from 1 for results without a name of their own: partials in the order of the forward
    pass, all others in that of the list.
    """
    kinds: dict[str, list[int]] = {}
    for each in found:
        of = each.of if each.kind == "partial" else None
        if of is None or prepared.symbols.name(of) is None:
            kinds.setdefault(each.kind, []).append((of or each.node).id)
    kinds.get("partial", []).sort()
    return {
        (kind, key): number
        for kind, ids in kinds.items()
        for number, key in enumerate(ids, start=1)
    }


def _symbol(
    each: NamedPartial,
    numbers: Mapping[tuple[str, int], int],
    letters: Mapping[str, str],
    named: Mapping[int, Sym],
) -> Sym:
    shape = each.symbol.shape
    if each.kind == "factor" or each.of is None:
        number = numbers[each.kind, each.node.id]
        return Sym(f"{letters['factor']}_{number}", "partial", size=shape)
    if each.kind == "value":
        return Sym(f"{letters['value']}_{numbers[each.kind, each.node.id]}", "value", size=shape)
    of = named.get(each.of.id)
    if of is None:
        number = numbers[each.kind, each.of.id]
        return Sym(f"{letters['partial']}_{number}", "partial", size=shape)
    name = f"delta_{of.name}" if of.version is None else f"delta_{of.name}_{of.version}"
    return Sym(name, "partial", size=shape, of=of)


def _loss(prepared: BoundModel, forms: Forms, most: int | None = None) -> MatrixLoss:
    name = prepared.definition.loss_name
    return MatrixLoss(*_parts(_printed(forms, prepared.definition.loss, name, True, most)), name)


def _each(
    prepared: BoundModel,
    forms: Forms,
    nodes: Mapping[str, Gradient],
    in_force: InForce,
    most: int | None = None,
) -> Mapping[str, MatrixFormula]:
    loss = prepared.definition.loss_name
    return {
        name: MatrixFormula(
            *_parts(
                forms.zero(shape)
                if node is None
                else _printed(
                    forms,
                    node,
                    f"∂{loss}/∂{name}",
                    False,
                    most,
                    at=at,
                    mend=in_force.mend(node, at),
                )
            )
        )
        for name, (node, shape, at) in nodes.items()
    }


def _printed(
    forms: Forms,
    node: Node,
    whose: str,
    whole: bool,
    most: int | None = None,
    typed: bool = False,
    at: tuple[int, ...] | None = None,
    mend: Mend | None = None,
) -> Formula:
    try:
        formula = forms.formula(node, whole, most, typed, at, mend)
        if node is not forms.loss:
            _admit_length(formula)
        return formula
    except FormulaTooLarge as error:
        (fault,) = error.faults
        message = f"{whose}: {fault.message}"
        raise FormulaTooLarge(
            Diagnostic(fault.code, message, fault.hint, pointer="/form"), details=error.details
        ) from None


def _admit_length(formula: Formula) -> None:
    """Refuses a partial that could be pasted into no definition and as no answer."""
    size, allowed = len(formula.text.encode()), LIMITS.source_bytes
    if size > allowed:
        raise FormulaTooLarge(
            Diagnostic(
                "formula_too_large",
                f"one formula has {size:,} bytes; {allowed:,} can be read back",
                "give parts of the longest statement names of their own",
            ),
            details={
                "limit": "source_bytes",
                "operations": formula.operations,
                "measured": size,
                "allowed": allowed,
            },
        )


def _parts(formula: Formula) -> tuple[Shape, str, str, str, str, str, int]:
    """What is sent of a formula, in the order of the fields."""
    return (
        tuple(formula.shape),
        formula.text,
        formula.latex,
        formula.latex_shapes,
        formula.display,
        formula.display_shapes,
        formula.operations,
    )
