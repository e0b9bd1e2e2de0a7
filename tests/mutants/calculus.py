"""Faults in what is added to a graph and how it is made tidy: rewrites, shared and second forms."""

from __future__ import annotations

from tests.mutants.runner import Planted

_TIDY = ("tests/calculus/test_tidy.py",)
_READ_BACK = ("tests/faults/test_formula_read_back.py",)
_MATRIX = ("tests/analysis/test_matrix.py",)

FAULTS: tuple[Planted, ...] = (
    Planted(
        "an even power turned with its base",
        "app/calculus/rewrite_sums.py",
        '        if times % 2 == 0 or not isinstance(factor, Node) or factor.op != "subtract":\n'
        "            continue\n        left, right = factor.inputs\n"
        '        turned = b.raw("subtract", right, left)\n'
        "        if number_of(right) == 1",
        '        if not isinstance(factor, Node) or factor.op != "subtract":\n'
        "            continue\n        left, right = factor.inputs\n"
        '        turned = b.raw("subtract", right, left)\n'
        "        if number_of(right) == 1",
        _TIDY,
    ),
    Planted(
        "any two moves of an axis cancel",
        "app/calculus/rewrite_moves.py",
        "        if before == (target, source):",
        "        if True:",
        _TIDY,
    ),
    Planted(
        "partials given in the order of the forward pass",
        "app/calculus/shared.py",
        "    partials.sort(key=lambda part: -part[0])",
        "    partials.sort(key=lambda part: part[0])",
        _READ_BACK,
    ),
    Planted(
        "what a result reads is not given before it",
        "app/calculus/shared.py",
        "                open_nodes.extend(reversed(missing))\n                continue\n",
        "                open_nodes[0:0] = missing\n",
        _READ_BACK,
    ),
)
