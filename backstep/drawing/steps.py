"""The walk as it is sent: one node a step, with the figures that the drawing shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

import numpy as np

from backstep.binding.annotations import ZERO
from backstep.binding.json_arrays import Summary, brief, negligible, summary
from backstep.drawing.content import brief_figure, carried_size, carried_text
from backstep.drawing.heat import Heat, heat
from backstep.drawing.products import ContributionProduct, sent_product
from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.lang.compile.definition import Leaf
from backstep.layout.edge_numbers import figure
from backstep.notation.figures import spoken
from backstep.ops.row import Array, Mask
from backstep.walk import (
    Contribution,
    Kind,
    Sharing,
    Step,
    Zoom,
    forward_formula,
    forward_numbers,
    sharing,
)
from backstep.walk.layers import layers
from backstep.walk.pass_shares import PassShare
from backstep.walk.walk_for import BoundWalk


@dataclass(frozen=True, slots=True)
class StepSymbol:
    """The name of a node."""

    latex: str
    text: str


@dataclass(frozen=True, slots=True)
class PartialSymbol(StepSymbol):
    """The name of a node, and its partial."""

    partial: str
    """As LaTeX."""


@dataclass(frozen=True, slots=True)
class StepFormula:
    """An operation as it is written in the text."""

    latex: str
    """Such as `w \\, x + b`."""
    text: str
    """Such as `w*x + b`."""
    display: str | None
    """The LaTeX with the macros `\\fv` and `\\bp` around values and partials."""
    numbers: str | None
    """With numbers in place of names, such as `1 - 0.3`; null for tensors."""
    display_numbers: str | None


@dataclass(frozen=True, slots=True)
class ContributionRule:
    """The formulas of a contribution."""

    latex: str
    """The whole equation."""
    local: str
    """The local derivative alone, as LaTeX."""
    numbers: str | None
    """The equation in numbers; null for tensors."""
    display: str
    """The equation with the macros `\\fv` and `\\bp` around values and partials."""
    display_numbers: str | None
    reused: Sequence[str]
    """Names whose forward values the local derivative reads, such as `["u"]`."""


@dataclass(frozen=True, slots=True)
class StepContribution:
    """The contribution of one use of a node."""

    use: str
    """The node that uses this one, such as `n7`."""
    edge: str
    """Such as `n6-n7-0`."""
    pass_: str | None
    """The pass of a loop that the use is in, such as `t = 1`."""
    upstream: Array | None
    """The use's own partial."""
    local: float | None
    """Null if it is a Jacobian."""
    value: Array | None
    """Upstream times local."""
    sum: Array | None
    """The sum of the contributions so far."""
    summary: Summary | None
    reason: str | None
    """Why a contribution is zero or missing, in words."""
    carried: str
    """The value as the edge shows it, rounded."""
    local_shown: str | None
    """The local derivative as the edge shows it, rounded."""
    size: int
    """0 is none, 5 is 1 and more, each ten times the one before."""
    largest: float
    """The size of its largest element."""
    rule: ContributionRule | None
    product: ContributionProduct | None
    """The value as a product in numbers, where a tensor takes part and it is one of matrices."""


@dataclass(frozen=True, slots=True)
class _Step:
    step: int
    """Its number, from 1."""
    node: str
    """Such as `n6`."""
    name: str | None
    """Null for an operation without a name."""
    version: int | None
    """The version, from 1, of a name that is defined more than once."""
    line: int | None
    """The line of the text, from 1."""
    kind: Kind
    shape: Shape
    """A scalar's is empty."""
    summary: Summary | None
    """For a tensor that is too large to list."""
    shown: Sequence[str]
    """The figures that the drawn node shows, such as `["0.7"]`."""
    heat: Heat | None
    """For a tensor that the drawing does not list."""
    remark: str | None
    """A remark on the number: a convention, or the origin of NaN."""
    words: str
    """The step in words, for reading aloud, such as `step 7 of 27: z = w*x + b is 0.7`."""


@dataclass(frozen=True, slots=True)
class ForwardStep(_Step):
    """A value computed."""

    phase: Literal["forward"]
    symbol: StepSymbol
    formula: StepFormula | None
    value: Array | None
    """Null of a tensor too large to list."""


@dataclass(frozen=True, slots=True)
class SharedForwardStep(ForwardStep):
    """A value computed, and the partials that read it again."""

    reused_by: Sequence[str]
    """The names whose partials read this value in the backward walk, such as `["z"]`."""
    holds: Literal["number", "class", "size"] | None
    """For a declared name, its kind of value: `number`; `class` for class numbers, which are
    integers; `size` for one that a shape, bound or index is built from, and that cannot be
    replaced. Else null."""


@dataclass(frozen=True, slots=True)
class BackwardStep(_Step):
    """A partial completed."""

    phase: Literal["backward"]
    symbol: PartialSymbol
    contributions: Sequence[StepContribution]
    """One for each use, in the order of the text."""
    partial: Array | None
    """Null for a tensor that is too large to list, and for a class number."""
    largest: float | None
    """The size of its largest element; null for a class number."""
    rounding: Mask | None
    """The elements of the partial that are 0 except for rounding, and are drawn as 0; null if there
    are none."""
    passes: Sequence[PassShare]
    """What each pass adds to the partial of what several passes read, folded or not; empty for all
    else."""
    note: str | None
    """A note beyond the contributions: that the walk back starts here, why there is no partial."""


@dataclass(frozen=True, slots=True)
class SharedBackwardStep(BackwardStep):
    """A partial completed, and the parameters whose gradients pass through it."""

    serves: Sequence[str]
    """The first 20 parameters whose gradients pass through this partial, which is computed once for
    all of them. Such as `["w", "b"]`."""
    serves_count: int
    """The number of all these parameters."""


@dataclass(frozen=True, slots=True)
class LayerSize:
    """A layer, a name given by an activation function, and the size of what comes back to it."""

    node: str
    """Such as `n6`."""
    symbol: StepSymbol
    norm: float
    """The Euclidean norm of the loss's partial with respect to the layer."""
    units: int
    """The number of its elements."""
    saturated: int
    """How many of them have a slope of the activation below 10⁻³."""
    remark: str | None
    """`saturated`, `dead`, `vanished` or `exploded`, with why; null if nothing is to be said."""


@dataclass(frozen=True, slots=True)
class WalkSteps:
    """The walk: forward, then backward, one node a step."""

    zoom: Zoom
    total: int
    """The last step's number, such as `27`."""
    forward: int
    """The last forward step's number, such as `14`."""
    loss: str
    """The loss's name in the text, such as `L`."""
    incoming: str | None
    """The symbol of the upstream partial in what edges between tensors show, such as `g`; null if
    there is no such edge."""
    folded: str | None
    """The reason, if fewer nodes are drawn than were asked for."""
    boxes: int | None
    """`boxes` as it was asked for; null where nothing is folded for it."""
    layers: Sequence[LayerSize]
    """The layers in the order of the text; none at zoom `scalar`."""
    steps: Sequence[SharedForwardStep | SharedBackwardStep]
    """From step 1; at step 0 nothing is computed."""


Sent = TypeVar("Sent")
Forward = TypeVar("Forward", bound=ForwardStep)
Backward = TypeVar("Backward", bound=BackwardStep)


def walk_steps(found: BoundWalk) -> WalkSteps:
    """Every step of a walk, with the figures that the drawing shows."""
    names = found.prepared.symbols
    shared = sharing(found.prepared.definition, found.walk)
    holds = {leaf.node.id: _holds(leaf) for leaf in found.prepared.definition.leaves}

    def sent(step: Step) -> SharedForwardStep | SharedBackwardStep:
        node = step.vertex.node
        if step.phase == "forward":
            readers = _readers(found, shared, step)
            make = partial(SharedForwardStep, reused_by=readers, holds=holds.get(node.id))
            return _forward(found, step, make)
        serves, count = shared.serves(node, _SERVED)
        return _backward(
            found, step, partial(SharedBackwardStep, serves=serves, serves_count=count)
        )

    return WalkSteps(
        zoom=found.walk.zoom,
        total=found.walk.total,
        forward=found.walk.forward,
        loss=names.said(names.loss),
        incoming=names.incoming if _sends_tensors(found) else None,
        folded=found.folded,
        boxes=found.boxes,
        layers=layer_sizes(found),
        steps=tuple(map(sent, found.walk.steps)),
    )


def layer_sizes(found: BoundWalk) -> Sequence[LayerSize]:
    """The layers of a walk with their sizes; none of the scalar graph, where each is many nodes."""
    if found.walk.zoom == "scalar":
        return ()
    graph, symbols = found.prepared.definition.graph, found.prepared.symbols
    return tuple(
        LayerSize(
            node=f"n{each.node.id}",
            symbol=StepSymbol(latex=symbols.of(each.node), text=symbols.said(each.node)),
            norm=each.norm,
            units=each.units,
            saturated=each.saturated,
            remark=each.remark,
        )
        for each in layers(graph.nodes[: graph.forward_count], found.numbers, symbols)
    )


def largest_of(array: Array | None) -> float | None:
    """The size of the largest element; 0 of a tensor that has none."""
    if array is None:
        return None
    return float(np.max(np.abs(array), initial=0.0))


def _sends_tensors(found: BoundWalk) -> bool:
    """Whether an edge shows what the upstream partial is made into, and not a number."""
    return any(
        each.local is None and each.rule is not None
        for step in found.walk.steps
        for each in step.contributions
    )


def told(found: BoundWalk, step: Step) -> ForwardStep | BackwardStep:
    """A step in full, except for its sharing."""
    if step.phase == "forward":
        return _forward(found, step, ForwardStep)
    return _backward(found, step, BackwardStep)


def _holds(leaf: Leaf) -> Literal["number", "class", "size"]:
    return "size" if leaf.structural else "class" if leaf.label else "number"


_SERVED = 20
"""How many parameters are listed for one partial; of all there is the count."""


def _readers(found: BoundWalk, shared: Sharing, step: Step) -> list[str]:
    """The names whose partials read the step's value."""
    symbols = found.prepared.symbols
    readers = shared.read_by.get(step.vertex.node.id, ())
    return [symbols.name(node) or symbols.said(node) for node in readers]


def shown(found: BoundWalk, step: Step, make: Callable[..., Sent]) -> Sent:
    """`make` applied to a drawn node's figures and remark at a step."""
    drawn = found.plates[step.vertex.id].plate
    array = step.array if step.phase == "forward" else step.settled
    return make(
        summary=summary(array),
        shown=tuple(drawn.shown("value" if step.phase == "forward" else "partial", array)),
        heat=None if array is None or not drawn.pictures else heat(array),
        remark=found.remark(step.vertex, step.phase),
    )


def _common(found: BoundWalk, step: Step, make: Callable[..., Sent]) -> Sent:
    """`make` applied to the fields that all steps have."""
    symbols = found.prepared.symbols
    node = step.vertex.node
    return shown(
        found,
        step,
        partial(
            make,
            step=step.number,
            phase=step.phase,
            node=step.vertex.id,
            name=symbols.name(node),
            version=symbols.version(node),
            line=found.prepared.line(node),
            kind=found.plates[step.vertex.id].kind,
            shape=node.shape,
        ),
    )


def _said(array: Array | None) -> str:
    if array is None:
        return "none"
    if array.shape == ():
        return spoken(float(array))
    return f"a tensor of {' by '.join(map(str, array.shape))}"


def _forward(found: BoundWalk, step: Step, make: Callable[..., Forward]) -> Forward:
    symbols, node = found.prepared.symbols, step.vertex.node
    written = forward_formula(step.vertex, symbols)
    equation = symbols.said(node)
    if written is not None:
        typed = written[2]
        equation = typed if symbols.name(node) is None else f"{equation} = {typed}"
    numbers = forward_numbers(step.vertex, symbols, found.numbers) or (None, None)
    formula = None
    if written is not None:
        formula = StepFormula(
            latex=written[0],
            text=written[2],
            display=written[1],
            numbers=numbers[0],
            display_numbers=numbers[1],
        )
    words = f"step {step.number} of {found.walk.total}: {equation} is {_said(step.array)}"
    symbol = StepSymbol(latex=symbols.of(node), text=symbols.said(node))
    value = brief(step.array)
    return _common(
        found, step, partial(make, symbol=symbol, formula=formula, value=value, words=words)
    )


def rounding(found: BoundWalk, step: Step) -> Mask | None:
    """The elements of a backward step's partial that are 0 except for rounding; None if there are
    none, and for a tensor that is not listed."""
    mask = found.prepared.rounding.of(step.vertex.node)
    return None if mask is None or brief(mask) is None else negligible(mask)


def _backward(found: BoundWalk, step: Step, make: Callable[..., Backward]) -> Backward:
    symbols, node = found.prepared.symbols, step.vertex.node
    loss = symbols.said(symbols.loss)
    mask = found.prepared.rounding.of(node)
    nothing = mask is not None and not np.any(step.settled)
    words = (
        f"step {step.number} of {found.walk.total}: partial of {loss} with respect to "
        f"{symbols.said(node)} is {ZERO if nothing else _said(step.array)}"
    )
    return _common(
        found,
        step,
        partial(
            make,
            symbol=PartialSymbol(
                latex=symbols.of(node), text=symbols.said(node), partial=symbols.partial(node)
            ),
            contributions=tuple(
                _contribution(found, each, len(step.contributions) == 1)
                for each in step.contributions
            ),
            partial=brief(step.array),
            largest=largest_of(step.settled),
            rounding=rounding(found, step),
            passes=found.shares(step.vertex),
            note=_note(found, step),
            words=words,
        ),
    )


def _note(found: BoundWalk, step: Step) -> str | None:
    """A note for the reader on what no contribution shows."""
    symbols = found.prepared.symbols
    loss = symbols.said(symbols.loss)
    if step.vertex.node is symbols.loss:
        return f"the walk back starts here: ∂{loss}/∂{loss} = 1"
    if step.array is None:
        return "a class number has no partial"
    if not step.contributions:
        return f"nothing reads it, so {loss} does not depend on it and the partial is 0"
    return None


def _pass(walked_: BoundWalk, use: Node) -> str | None:
    """The pass of a loop that a use is in: `t = 1`, or `t = 1 … 8` where several are folded
    together; None outside loops."""
    passes = [
        block.title
        for block in walked_.prepared.definition.blocks
        if block.kind == "loop" and use.id in block.nodes
    ]
    frame = walked_.walk.folded.closed.get(f"n{use.id}")
    if frame is not None and frame.kind == "passes":
        within = {each.title for each in frame.inside}
        passes = [frame.title if each in within else each for each in passes]
    return ", ".join(passes) or None


def _contribution(walked_: BoundWalk, found: Contribution, alone: bool) -> StepContribution:
    rule = found.rule
    carried = carried_text(found)
    return StepContribution(
        use=f"n{found.link.use.id}",
        edge=found.link.id,
        pass_=_pass(walked_, found.link.use),
        upstream=brief(found.upstream),
        local=found.local,
        value=brief(found.value),
        sum=brief(found.sum),
        summary=summary(found.value),
        reason=found.reason,
        carried=brief_figure(found.value) if carried is None else " ".join(carried),
        local_shown=None if found.local is None else figure(found.local),
        size=carried_size(found),
        largest=largest_of(found.settled) or 0.0,
        rule=None
        if rule is None
        else ContributionRule(
            latex=rule.latex,
            local=rule.local,
            numbers=rule.numbers,
            display=rule.display,
            display_numbers=rule.display_numbers,
            reused=rule.reused,
        ),
        product=sent_product(found, alone),
    )
