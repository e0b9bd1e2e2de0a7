"""Derivations from the loss back, one partial after another: for tensors, and for many paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from backstep.derivation.formula_writer import LONGEST
from backstep.derivation.lines import Line, Rule, Step, distinct, plain
from backstep.derivation.locals import Local, why_zero
from backstep.derivation.path_context import PathContext
from backstep.derivation.phrases import how, listing, main_code, number_word
from backstep.derivation.softmax import Pattern
from backstep.derivation.softmax_proof import prove
from backstep.formula.board import ELIDED
from backstep.formula.tree import ZERO, Figure, Formula, along_paths, times
from backstep.graph.node import Node


def backwards(way: PathContext, overview: Line | None) -> tuple[Rule, Step]:
    """The derivation under its overview (one is made where there is none), and what it ends in."""
    proved = {found.inside.id for found in way.patterns.values()}
    parts: list[Rule] = [*way.names()]
    conclusion = plain(ZERO)
    for key in sorted(way.nodes, reverse=True):
        node = way.nodes[key]
        if node is way.loss or key in proved:
            continue
        found = way.patterns.get(key)
        rule, conclusion = _step(way, node) if found is None else _proved(way, node, found)
        parts.append(rule)
    if way.one_edge:
        return Rule("chain", (), tuple(parts)), conclusion
    top = _begin(way) if overview is None else overview
    return Rule(top.rule, (top,), tuple(parts)), conclusion


def _begin(way: PathContext) -> Line:
    """The first line if the paths are too many to be written out."""
    uses = way.uses(way.of)
    return Line(
        "paths" if len(uses) > 1 else "chain",
        f"{number_word(way.count)} path{'s' if way.count > 1 else ''} from {way.said(way.of)} to "
        f"{way.said(way.loss)}: from the loss back, each partial is found once",
        way.pen.partial(way.of),
        (way.in_partials(uses),),
        top=way.loss,
        bottom=way.of,
    )


def _step(way: PathContext, node: Node) -> tuple[Rule, Step]:
    """One partial from those of what reads it."""
    uses = way.uses(node)
    found = [way.locals.of(link) for link in uses]
    sent = [part for local in found if (part := _sent(way, local)) is not None]
    left, pen = way.pen.partial(node), way.pen
    adjoint = way.adjoint(node)
    if not sent or adjoint is None:
        return _nothing(way, node, found)
    steps: list[Step] = []
    if [link.use for link in uses] == [way.loss]:
        steps.append(way.asked(found[0]))
    elif all(local.scalar for local in found):
        steps.append(way.in_partials(uses))
    total = reduce(lambda whole, part: whole + part, sent)
    in_partials = pen.with_partials(total)
    pen.passed(node, in_partials)
    if in_partials is not None:
        steps.append(in_partials)
    # What holds a formula too long to be put in is longer still.
    short = all(way.pen.knows(link.use) for link in uses if link.use is not way.loss)
    tidied = pen.in_parts(adjoint) if short or node is way.of else None
    if tidied is not None and (node is way.of or pen.length(tidied.shown) <= LONGEST):
        steps.append(tidied)
        pen.found(node, tidied)
    if node is way.of and (answer := pen.tidy(adjoint)) is not None:
        steps.append(answer)
    code = "paths" if len(uses) > 1 else main_code(found[0])
    words = "; ".join(dict.fromkeys(how(local) for local in found))
    single: list[Rule] = []
    if len(uses) > 1:
        readers = listing(list(dict.fromkeys(way.said(link.use) for link in uses)))
        words = f"read by {readers}: what comes back from each is added"
        single = [
            Rule(line.rule, (line,)) for local in found if (line := _from_one(way, node, local))
        ]
    written = distinct(steps) or (plain(ELIDED),)
    line = Line(
        code,
        words,
        left,
        written,
        numbers=_in_figures(way, node, found),
        top=way.loss,
        bottom=node,
    )
    told = [rule for local in found for rule in way.conventions(local)] + single
    own = Rule(code, (line,))
    return (Rule(code, (), (*told, own)) if told else own), written[-1]


def _from_one(way: PathContext, node: Node, local: Local) -> Line | None:
    """What comes back from one of several that read a node."""
    part = _sent(way, local)
    step = None if part is None else way.pen.with_partials(part)
    if step is None:
        return None
    by = way.along(way.pen.partial(node), local.link, of_loss=True)
    words = f"what comes back from {way.said(local.link.use)}: {how(local)}"
    return Line(main_code(local), words, by, (Step(step.shown, None),))


def _sent(way: PathContext, local: Local) -> Node | None:
    """What a use sends: in terms of its own partial, which of the loss is 1."""
    if local.sent is None or local.link.use is not way.loss:
        return local.sent
    return local.slope


def _nothing(way: PathContext, node: Node, found: Sequence[Local]) -> tuple[Rule, Step]:
    reasons = [why for local in found if (why := why_zero(local))]
    words = reasons[0] if reasons else "nothing comes back to what reads it"
    nothing = way.pen.zero(node)
    code = "convention" if reasons else "zero"
    line = Line(code, words, way.pen.partial(node), (nothing,), top=way.loss, bottom=node)
    return Rule(code, (line,)), nothing


def _in_figures(way: PathContext, node: Node, found: Sequence[Local]) -> tuple[Formula, ...]:
    total = way.pen.partial_figure(node)
    if not total or not all(local.scalar for local in found):
        return total
    terms: list[Formula] = []
    for local in found:
        slope = Figure(way.slope(local), "value")
        if local.link.use is way.loss:
            terms.append(slope)
            continue
        upstream = Figure(float(way.numbers.partial(local.link.use)), "partial")
        terms.append(times(upstream, slope))
    if len(found) == 1 and found[0].link.use is way.loss:
        return total
    return along_paths(*terms), *total


def _proved(way: PathContext, node: Node, found: Pattern) -> tuple[Rule, Step]:
    """The partial by softmax's input, by the proof for softmax with cross-entropy."""
    proof = prove(found, way.pen)
    (at,) = (place for place, part in enumerate(proof.parts) if part.code == "vector")
    vector = proof.parts[at].lines[-1]
    last = vector.steps[-1]
    tidied = way.pen.tidy(way.adjoint(node))
    if tidied is None:
        return proof, last
    way.pen.found(node, tidied)
    numbers = way.pen.partial_figure(node)
    if found.loss is way.loss:
        ended = replace(vector, steps=distinct([*vector.steps, tidied]), numbers=numbers)
        parts = (*proof.parts[:at], Rule("vector", (ended,)), *proof.parts[at + 1 :])
        return replace(proof, parts=parts), tidied
    closing = Line(
        "chain",
        "times what comes back to each row" if found.rows else "times what comes back to this part",
        way.pen.partial(node),
        distinct([Step(times(way.pen.partial(found.loss), last.shown), None), tidied]),
        numbers=numbers,
        top=way.loss,
        bottom=node,
    )
    closed = Rule(closing.rule, (closing,))
    parts = (*proof.parts[: at + 1], closed, *proof.parts[at + 1 :])
    return replace(proof, parts=parts), tidied
