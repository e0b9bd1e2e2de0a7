"""A partial derived as on paper: the chain rule, the local derivatives, and the result.

Where numbers alone stand on few paths, the paths are written out and every factor is found and put
in. Else the partials are found one after another, from the loss back, as a board has them.
"""

from __future__ import annotations

from backstep.autodiff.zoom import View
from backstep.derivation.backwards import backwards
from backstep.derivation.by_paths import by_paths
from backstep.derivation.element import element_of
from backstep.derivation.lines import Line, Rule, Step, plain
from backstep.derivation.one_hot_labels import one_hot_labels
from backstep.derivation.path_context import PathContext
from backstep.evaluate.numeric import GraphValues
from backstep.formula.tree import ONE
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition
from backstep.notation.symbols import Symbols


def on_paper(
    definition: Definition,
    symbols: Symbols,
    numbers: GraphValues,
    of: Node,
    view: View,
    at: tuple[int, ...] | None = None,
) -> tuple[Rule, Step]:
    """The derivation of the loss's partial by `of`, a vertex of the view, and what it ends in.

    By one element of it where `at` says which. What the numbers in force make of the end, where
    labels add up to 1, is said behind it.
    """
    way = PathContext(definition, symbols, numbers, of, view)
    tree, ended = _by_the_whole(way)
    if at is not None:
        tree, ended = element_of(way, tree, ended, at)
    remark = one_hot_labels(way, ended, at)
    if remark is not None and not (at is None and of.id in way.patterns):
        tree = Rule(tree.code, tree.lines, (*tree.parts, Rule(remark.rule, (remark,))))
    return tree, ended


def _by_the_whole(way: PathContext) -> tuple[Rule, Step]:
    of = way.of
    if of is way.loss:
        words = "the loss changes as much as it is changed: the way back starts with 1"
        return _at_once(way, "loss", words, plain(ONE))
    if not way.links:
        words = f"{way.said(way.loss)} is not computed from {way.said(of)}, so nothing comes back"
        return _at_once(way, "zero", words, way.pen.zero(of))
    overview = way.overview()
    if overview is not None and way.scalar:
        return by_paths(way, overview)
    return backwards(way, overview)


def _at_once(way: PathContext, code: str, words: str, answer: Step) -> tuple[Rule, Step]:
    line = Line(code, words, way.pen.partial(way.of), (answer,), top=way.loss, bottom=way.of)
    return Rule(code, (line,)), answer
