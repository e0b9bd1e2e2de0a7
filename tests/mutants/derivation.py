"""Faults in derivations as on paper: factors, figures, partials found backwards, proofs, views."""

from __future__ import annotations

from tests.mutants.runner import Planted

_PAPER = "tests/derivation/test_on_paper.py"
_WORTH = (
    f"{_PAPER}::test_every_line_of_a_random_network_is_worth_its_left_side",
    f"{_PAPER}::test_every_line_is_worth_its_left_side",
)
_ELEMENT = (f"{_PAPER}::test_an_elements_derivation_ends_in_the_element_of_the_whole",)
_SAID = ("tests/derivation/test_as_said.py",)
_FIGURES = ("tests/derivation/test_figures.py",)
_PATHS = "backstep/derivation/by_paths.py"
_BACK = "backstep/derivation/backwards.py"
_ELEMENTS = "backstep/derivation/element.py"
_PARTS = "backstep/derivation/two_parts.py"
_WAY = "backstep/derivation/path_context.py"
_PEN = "backstep/derivation/formula_writer.py"
_SOFTMAX = "backstep/derivation/softmax.py"
_PROOF = "backstep/derivation/softmax_proof.py"
_SIGNS = "backstep/derivation/softmax_symbols.py"
_LOCALS = "backstep/derivation/locals.py"
_EQUAL = "backstep/binding/merged_nodes.py"
_WORDS = "backstep/derivation/phrases.py"

FAULTS: tuple[Planted, ...] = (
    Planted(
        "a factor of −1 left out as a 1 is",
        _PATHS,
        "not _is_one(each.shown)]",
        "not _is_one([*each.shown.parts, each.shown][0])]",
        _FIGURES,
    ),
    Planted(
        "the figure 1 where a convention gives 0",
        _PATHS,
        "numbers=(Figure(0.0),)",
        "numbers=(Figure(1.0),)",
        _FIGURES,
    ),
    Planted(
        "the sum that is multiplied out is a factor once more",
        _PATHS,
        "for local in factors if not split or local is not split[0][0]]",
        "for local in factors]",
        (f"{_SAID[0]}::test_a_product_with_a_sum_is_multiplied_out_before_it_cancels",),
    ),
    Planted(
        "one path put in for all",
        _PATHS,
        "Step(along_paths(*(each.shown for each in terms)), _said(terms, add))",
        "Step(terms[0].shown, _said(terms[:1], add))",
        _WORTH,
    ),
    Planted(
        "upstream in figures from the node itself",
        _BACK,
        "float(way.numbers.partial(local.link.use))",
        "float(way.numbers.partial(node))",
        _FIGURES,
    ),
    Planted(
        "of several uses the last alone",
        _BACK,
        "total = reduce(lambda whole, part: whole + part, sent)",
        "total = sent[-1]",
        _WORTH,
    ),
    Planted(
        "the partial of the loss by itself not taken for 1",
        _BACK,
        "if local.sent is None or local.link.use is not way.loss:",
        "if local.sent is None or local.link.use is way.loss:",
        (*_WORTH, *_SAID),
    ),
    Planted(
        "partials in the order of the forward pass",
        _BACK,
        "for key in sorted(way.nodes, reverse=True):",
        "for key in sorted(way.nodes):",
        (f"{_SAID[0]}::test_a_partial_is_found_before_it_is_read",),
    ),
    Planted(
        "rows and columns of an element exchanged",
        _ELEMENTS,
        "np.broadcast_to(way.numbers.partial(way.of), way.of.shape)[at]",
        "np.broadcast_to(way.numbers.partial(way.of).T, way.of.shape)[at]",
        _FIGURES,
    ),
    Planted(
        "the whole for its element",
        _ELEMENTS,
        "inside = way.pen.tidy(broadcast_whole(adjoint, way.of.shape), at=at)",
        "inside = way.pen.tidy(broadcast_whole(adjoint, way.of.shape))",
        _ELEMENT,
    ),
    Planted(
        "a plus in the quotient rule",
        _PARTS,
        "Frac(subtract(left, right)",
        "Frac(add(left, right)",
        _SAID,
    ),
    Planted(
        "the quotient's denominator not squared",
        _PARTS,
        "Pow(v, number(2))",
        "v",
        _FIGURES,
    ),
    Planted(
        "the parts of a product and their derivatives exchanged",
        _PARTS,
        'written.append(Figure(value, "value"))',
        'written.insert(0, Figure(value, "value"))',
        _FIGURES,
    ),
    Planted(
        "a part's derivative past the part itself",
        _PARTS,
        "inside = [each for each in local.vertex.members if each.id <= part.id]",
        "inside = [each for each in local.vertex.members if each.id < part.id]",
        _SAID,
    ),
    Planted(
        "a partial that was found put in as 0",
        _PEN,
        "said = replaced(whole, self._known) if",
        "said = replaced(whole, dict.fromkeys(self._known, ZERO)) if",
        _WORTH,
    ),
    Planted(
        "a partial in figures reversed",
        _PEN,
        "for each in array)),)",
        "for each in array[::-1])),)",
        _FIGURES,
    ),
    Planted(
        "a direct edge called so where it is the only one",
        _WAY,
        "if link.use is self.loss and len(self.uses(link.source)) > 1:",
        "if link.use is self.loss and len(self.uses(link.source)) > 0:",
        _SAID,
    ),
    Planted(
        "factors multiplied by what comes back to the source",
        _WAY,
        "times(self.pen.partial(link.use), self.ratio(link))",
        "times(self.pen.partial(link.source), self.ratio(link))",
        (f"{_SAID[0]}::test_a_partial_is_found_before_it_is_read",),
    ),
    Planted(
        "a kink inside a statement not told",
        _WAY,
        "for node in local.vertex.members if node.id in self._hit]",
        "for node in local.vertex.members[-1:] if node.id in self._hit]",
        _SAID,
    ),
    Planted(
        "a step that differs from the one before dropped",
        "backstep/derivation/lines.py",
        "if kept and Paper().write(kept[-1].shown) == Paper().write(step.shown):",
        "if kept:",
        _SAID,
    ),
    Planted(
        "a softmax along columns taken for one along rows",
        _SOFTMAX,
        'if node.op not in ("softmax", "log_softmax") or axis not in (-1, len(node.shape) - 1):',
        'if node.op not in ("softmax", "log_softmax"):',
        _FIGURES,
    ),
    Planted(
        "a sum over the batch taken for one over the classes",
        _SOFTMAX,
        'or total.params.get("axis", -1) not in (-1, len(part.shape) - 1)\n',
        "",
        _FIGURES,
    ),
    Planted(
        "weights that add up in one row added up in all",
        _PROOF,
        "return bool((abs(sums - 1) < _EXACT).all())",
        "return bool((abs(sums - 1) < _EXACT).any())",
        _FIGURES,
    ),
    Planted(
        "both cases of softmax's slope with the other sign",
        _SIGNS,
        "subtract(same(signs.first, signs.second), fk)",
        "subtract(fk, same(signs.first, signs.second))",
        _SAID,
    ),
    Planted(
        "softmax's Jacobian without its outer product",
        _SIGNS,
        'whole = subtract(multiply(identity, f), applied("outer", f, f))',
        "whole = multiply(identity, f)",
        _WORTH,
    ),
    Planted(
        "the true class's slope with a plus",
        _PROOF,
        "slope = Neg(Frac(hot, true))",
        "slope = Frac(hot, true)",
        _WORTH,
    ),
    Planted(
        "weights and probabilities exchanged in the last line",
        _PROOF,
        "ended = subtract(multiply(_total(w), f), w)",
        "ended = subtract(multiply(_total(f), w), f)",
        _WORTH,
    ),
    Planted(
        "a letter of the text used for an index",
        _SIGNS,
        "next((pair for pair in pairs if not taken & set(pair)), pairs[0])",
        "pairs[0]",
        _SAID,
    ),
    Planted(
        "two elements of one vector taken for equal parts",
        _EQUAL,
        "key = (node.op, inputs, *sorted(node.params.items()))",
        "key = (node.op, inputs)",
        _SAID,
    ),
    Planted(
        "a constant numerator called a constant factor",
        _WORDS,
        'and (words.code != "quotient" or taken == (0,)):',
        "and taken:",
        _SAID,
    ),
    Planted(
        "the numbers in force not put into the answer",
        "backstep/derivation/one_hot_labels.py",
        "units=nodes, at=at)",
        "at=at)",
        (*_SAID, _PAPER),
    ),
    Planted(
        "no partial comes back, of whatever shape",
        "backstep/derivation/derive.py",
        "way.pen.zero(of))",
        'plain("0", "0", "0"))',
        _SAID,
    ),
)
