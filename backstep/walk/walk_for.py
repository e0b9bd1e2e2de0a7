"""The walk of a bound definition at a zoom, or at the finest zoom that can be read.

`backstep/drawing/steps` describes its steps.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field, replace

from backstep.autodiff.zoom import Vertex
from backstep.binding.annotations import Annotations, annotate, rounded
from backstep.binding.bind import BoundModel
from backstep.binding.scalar import scalar
from backstep.clock import expect
from backstep.errors import Diagnostic, LimitError
from backstep.evaluate.numeric import GraphValues
from backstep.layout.plates import Plate, has_partial, plate
from backstep.layout.rows import LEGIBLE, scale_in_rows
from backstep.limits import LIMITS
from backstep.walk import (
    CLOSE,
    FRAMED,
    Folded,
    Kind,
    Level,
    Walk,
    Zoom,
    at_zoom,
    kind_of,
    levels,
    walk,
)
from backstep.walk.breadth import breadth
from backstep.walk.loop_inputs import Strip, strip
from backstep.walk.pass_shares import PassShare, PassUses, pass_shares, pass_uses
from backstep.walk.walk import is_label

_AS_LARGE = 0.95
"""The share of the largest type that is large enough, if none can be read."""
_NODE_SECONDS = 0.001
"""About what a node of a walk takes, with its formulas."""


@dataclass(frozen=True, slots=True)
class Kinded:
    """A drawn node's kind and its plate."""

    kind: Kind
    plate: Plate


@dataclass(frozen=True, slots=True)
class BoundWalk:
    """A bound definition, its numbers and its walk.

    `folded` says why the zoom is coarser, or what is folded to draw no more boxes than asked for;
    `boxes` is that number, None where nothing is folded for it.
    """

    prepared: BoundModel
    numbers: GraphValues
    walk: Walk
    folded: str | None
    remarks: Annotations
    plates: Mapping[str, Kinded]
    """By vertex."""
    strip: Strip
    """What is drawn apart, since several passes of a loop read it."""
    boxes: int | None = None
    uses: Mapping[str, tuple[PassUses, ...]] = field(default_factory=dict)
    """By vertex that is drawn apart its uses in each pass."""
    for_page: bool = False
    """Whether a number of boxes was given: then the drawing is fitted to a page."""

    def shares(self, vertex: Vertex) -> tuple[PassShare, ...]:
        """What each pass adds to the partial of a vertex that is drawn apart; empty for others."""
        uses = self.uses.get(vertex.id)
        if uses is None:
            return ()
        return pass_shares(vertex.node, uses, self.numbers, self.prepared.symbols)

    def remark(self, vertex: Vertex, *phases: str) -> str | None:
        """The remarks on a drawn node in these phases, forward and backward."""
        said = [
            self.remarks.on_value(vertex.members) if "forward" in phases else None,
            self.remarks.on_partial(vertex.members) if "backward" in phases else None,
            rounded(self.prepared, vertex.node) if "backward" in phases else None,
        ]
        return "; ".join(filter(None, said)) or None


_FINEST: Level = "statements"
_COARSER: Mapping[Zoom, Zoom] = {"scalar": "tensor", "tensor": "block"}
_DRAWN_AS: Mapping[tuple[Zoom, Level], str] = {
    ("tensor", "statements"): "a node is a whole tensor",
    ("block", "statements"): "each statement is one node",
    ("block", "passes"): "each pass of a loop is one node",
    ("block", "loops"): "each loop is one node",
}


def walk_for(
    given: BoundModel,
    asked: Zoom = "tensor",
    opened: Collection[str] = (),
    *,
    fold: bool = False,
    zoom_out: bool = False,
    told: int | None = None,
    boxes: int | None = None,
) -> BoundWalk:
    """The walk at a zoom, with the folds `opened`; `told` is as in `walk.walk`.

    With `boxes`, passes of loops are frames at zoom `block`, those of a long loop folded between
    its first and its last, and more is folded until no more than so many boxes are drawn, where
    folding can do that. What is opened is drawn besides.
    With `fold`, a picture with too many nodes is replaced by the finest one that can be read.
    Without, LimitError is raised past `walk_nodes`; past `walked_nodes` it is raised however the
    graph is folded, before anything is computed. Too many scalars are refused in either case,
    except with `zoom_out`.
    """
    _admit(given)
    folds = frozenset(opened)
    zoom: Zoom = asked
    refusal: str | None = None
    prepared = given
    if asked == "scalar":
        try:
            given, zoom = scalar(prepared), "scalar"
        except LimitError as error:
            if not zoom_out:
                raise
            refusal, zoom = error.faults[0].message, "tensor"
    found, level = _folding(given, zoom, _FINEST, folds), _FINEST
    if zoom == "block" and boxes is not None:
        found, level = _fitting(given, boxes, folds)
    count = len(found.view.vertices)
    expect(min(count, LIMITS.walk_nodes) * _NODE_SECONDS)
    if fold and count > LIMITS.drawn_nodes:
        given, zoom, level, found = _readable(prepared, zoom, folds)
        refusal = (
            refusal
            or f"{count:,} nodes at zoom '{asked}', and past {LIMITS.drawn_nodes} nobody reads a "
            "picture"
        )
    elif count > LIMITS.walk_nodes:
        raise _too_many(count, LIMITS.walk_nodes, zoom)
    numbers = given.numbers()
    walk_ = walk(given.definition, numbers, given.symbols, zoom, found, told, given.rounding)
    framed = level in FRAMED
    folded = None if refusal is None else f"{refusal}: {_DRAWN_AS[zoom, level]}"
    if framed:
        folded = _folded_to_fit(found, level)
    apart, uses = _apart(given, found)
    plates = _plates(given, (zoom, level, folds), found, apart)
    remarks = annotate(given, numbers)
    return BoundWalk(
        given,
        numbers,
        walk_,
        folded,
        remarks,
        plates,
        apart,
        boxes if framed else None,
        uses,
        boxes is not None,
    )


def _admit(given: BoundModel) -> None:
    given.seal()
    count, most = given.definition.graph.forward_count or 0, LIMITS.walked_nodes
    if count > most:
        said = f"operations of a drawn or walked network: {count:,} counted, {most:,} allowed"
        hint = "let its loops make fewer passes; its values and partials are there all the same"
        raise LimitError(
            Diagnostic("walked_nodes", said, hint),
            details={"limit": "walked_nodes", "measured": count, "allowed": most},
        )


def _fitting(given: BoundModel, boxes: int, opened: frozenset[str]) -> tuple[Folded, Level]:
    """The finest picture of no more boxes than asked for that can be read whole, with what is
    opened; else the one of largest type, and of the fewest boxes where all have too many."""
    tried: list[tuple[Level, Folded, float]] = []
    for each in FRAMED:
        found = _folding(given, "block", each, frozenset())
        tried.append((each, found, _scale(given, each, found)))
        if len(found.view.vertices) <= boxes and tried[-1][2] >= LEGIBLE:
            break
    few = [each for each in tried if len(each[1].view.vertices) <= boxes]
    few = few or [min(tried, key=lambda each: len(each[1].view.vertices))]
    most = max(scale for *_, scale in few)
    level, found, _ = next(each for each in few if each[2] >= _AS_LARGE * most)
    # Without a loop the finest of these levels folds nothing.
    if level == FRAMED[0] and not found.framed:
        level = _FINEST
    return _folding(given, "block", level, opened), level


def _apart(given: BoundModel, found: Folded) -> tuple[Strip, Mapping[str, tuple[PassUses, ...]]]:
    """What is drawn apart, and the passes that have a bar in each such box."""
    apart = strip(found)
    if not apart.leaves:
        return apart, {}
    learned = {
        vertex.id
        for vertex in apart.leaves
        if has_partial(kind_of(vertex, given.symbols))
        and not is_label(given.definition, vertex.node)
    }
    uses = pass_uses(given.definition, found, apart)
    uses = {key: each for key, each in uses.items() if key in learned}
    return replace(apart, bars={key: len(each) for key, each in uses.items()}), uses


def _folded_to_fit(found: Folded, level: Level) -> str:
    """What is folded, in words."""
    whole = level == FRAMED[-1]
    kinds = {fold.repeated for fold in (*found.loops, *found.framed)}
    names = {False: "each loop" if whole else "passes of loops", True: "statements that repeat"}
    frames = " and ".join(names[repeated] for repeated in sorted(kinds))
    verb = "is" if whole and True not in kinds else "are"
    own = "a layer's own parameters with it"
    if not frames:
        return f"each layer is folded, {own}; + opens one"
    also = f", and {own}" if level in CLOSE else ""
    return f"{frames} {verb} folded{also}; + opens one"


def _scale(given: BoundModel, level: Level, found: Folded) -> float:
    """About how large the drawing stands on a page, whole."""

    def made() -> float:
        apart = strip(found)
        kinded = _plates(given, ("block", level, frozenset()), found, apart)
        plates = {key: each.plate for key, each in kinded.items()}
        return scale_in_rows(*breadth(found, apart, plates))

    return given.model.once(("scale", level), made)


def _readable(
    given: BoundModel, zoom: Zoom, opened: frozenset[str]
) -> tuple[BoundModel, Zoom, Level, Folded]:
    """The finest zoom and level with few enough nodes to be read, coarser than the zoom given."""
    found = None
    while zoom in _COARSER:
        zoom = _COARSER[zoom]
        found = _folding(given, zoom, _FINEST, opened)
        if len(found.view.vertices) <= LIMITS.drawn_nodes:
            return given, zoom, _FINEST, found
    for level in levels():
        # What is opened by hand may be what makes it too many.
        for by_hand in [opened, frozenset[str]()] if opened else [opened]:
            found = _folding(given, zoom, level, by_hand)
            if len(found.view.vertices) <= LIMITS.drawn_nodes:
                return given, zoom, level, found
    assert found is not None
    raise _too_many(len(found.view.vertices), LIMITS.drawn_nodes, zoom)


def _folding(given: BoundModel, zoom: Zoom, level: Level, opened: frozenset[str]) -> Folded:
    given.seal()
    return given.model.once(
        ("view", zoom, level, opened), lambda: at_zoom(given.definition, zoom, level, opened)
    )


def _plates(given: BoundModel, key: Hashable, found: Folded, apart: Strip) -> Mapping[str, Kinded]:
    def made() -> Mapping[str, Kinded]:
        kinds = {each.id: kind_of(each, given.symbols) for each in found.view.vertices}
        summed = apart.ids()
        return {
            each.id: Kinded(
                kinds[each.id],
                plate(
                    kinds[each.id],
                    each.node.shape,
                    0,
                    summed=each.framed or each.id in summed,
                    bars=apart.bars.get(each.id, 0),
                ),
            )
            for each in found.view.vertices
        }

    return given.model.once(("plates", key), made)


def _too_many(count: int, most: int, zoom: Zoom) -> LimitError:
    limit = "drawn_nodes" if most == LIMITS.drawn_nodes else "walk_nodes"
    coarser = _COARSER.get(zoom)
    hint = f"zoom out to {coarser}s" if coarser else "make the network smaller"
    return LimitError(
        Diagnostic(
            limit, f"{count:,} nodes at zoom '{zoom}', {most:,} allowed", hint, pointer="/zoom"
        ),
        details={"limit": limit, "measured": count, "allowed": most},
    )
