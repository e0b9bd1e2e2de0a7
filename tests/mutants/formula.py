"""Faults in how formulas are written: brackets, signs, shapes, numbers, masks."""

from __future__ import annotations

from tests.mutants.runner import Planted

_WRITER = "backstep/formula/matrix_writer.py"
_TESTS = ("tests/formula/test_matrix_writer.py", "tests/binding/test_matrix_gradients.py")
_ROWS = ("tests/formula/test_matrix_writer.py", "tests/formula/test_matrix_rows.py")
_LATEX = ("tests/formula/test_latex.py",)

FAULTS: tuple[Planted, ...] = (
    Planted(
        "a difference after a minus without its brackets, as text",
        _WRITER,
        "return Printed(self._at(left, SUM) + sign + self._at(right, PRODUCT), SUM)",
        "return Printed(self._at(left, SUM) + sign + self._at(right, SUM), SUM)",
        _TESTS,
    ),
    Planted(
        "a difference after a minus without its brackets, as LaTeX",
        _WRITER,
        'level = SUM if _is(right, "multiply") else PRODUCT',
        "level = SUM",
        _TESTS,
    ),
    Planted(
        "a plus for a minus",
        _WRITER,
        'sign = " + " if node.op == "add" else " - "',
        'sign = " + "',
        _TESTS,
    ),
    Planted(
        "a minus before a sum without brackets",
        _WRITER,
        'return Printed("-" + self._at(node.inputs[0], PRODUCT), SUM)',
        'return Printed("-" + self._at(node.inputs[0], SUM), SUM)',
        _TESTS,
    ),
    Planted(
        "a product that binds as a power",
        _WRITER,
        "*(self._at(f, POWER) for f in factors[1:])]), PRODUCT)",
        "*(self._at(f, POWER) for f in factors[1:])]), POWER)",
        _TESTS,
    ),
    Planted(
        "a sum in a product without brackets",
        _WRITER,
        "*(self._at(f, POWER) for f in factors[1:])]), PRODUCT)",
        "*(self._at(f, SUM) for f in factors[1:])]), PRODUCT)",
        _TESTS,
    ),
    Planted(
        "factors in the order they are found",
        _WRITER,
        "        return found[::-1]",
        "        return found",
        _TESTS,
    ),
    Planted(
        "a column times a row of ones turned",
        _WRITER,
        r'column = rf"{self._at(inner, POWER)} \, \mathbf{{1}}^{{\top}}"',
        r'column = rf"\mathbf{{1}} \, {self._at(inner, POWER)}^{{\top}}"',
        _TESTS,
    ),
    Planted(
        "a sum beside a row of ones without brackets",
        _WRITER,
        r'column = rf"{self._at(inner, POWER)} \,',
        r'column = rf"{self._at(inner, SUM)} \,',
        _TESTS,
    ),
    Planted(
        "a column not widened",
        _WRITER,
        "if len(inner.shape) == 1 and shape[1] != 1:",
        "if False:",
        _TESTS,
    ),
    Planted(
        "top and bottom exchanged",
        _WRITER,
        r'rf"\frac{{{over}}}{{{under}}}"',
        r'rf"\frac{{{under}}}{{{over}}}"',
        _TESTS,
    ),
    Planted(
        "a product under a bar of text without brackets",
        _WRITER,
        "{self._at(top, PRODUCT)} / {self._at(bottom, POWER)}",
        "{self._at(top, PRODUCT)} / {self._at(bottom, PRODUCT)}",
        _TESTS,
    ),
    Planted(
        "a sum over a bar of text without brackets",
        _WRITER,
        "{self._at(top, PRODUCT)} / {self._at(bottom, POWER)}",
        "{self._at(top, SUM)} / {self._at(bottom, POWER)}",
        _TESTS,
    ),
    Planted(
        "a product of matrices on the right without brackets",
        _WRITER,
        'return Printed(f"{self._at(left, level)} @ {self._at(right, POWER)}", PRODUCT)',
        'return Printed(f"{self._at(left, level)} @ {self._at(right, SUM)}", PRODUCT)',
        _TESTS,
    ),
    Planted(
        "a sum in a product of matrices without brackets",
        _WRITER,
        'levels = [PRODUCT if _is(each, "matmul", "outer") else POWER for each in (left, right)]',
        "levels = [SUM, SUM]",
        _TESTS,
    ),
    Planted(
        "a power before a transpose without brackets",
        _WRITER,
        r"{self._at(right, ATOM)}^{{\top}}",
        r"{self._at(right, POWER)}^{{\top}}",
        _TESTS,
    ),
    Planted(
        "an outer product turned",
        _WRITER,
        'f"outer({self._of(left).text}, {self._of(right).text})"',
        'f"outer({self._of(right).text}, {self._of(left).text})"',
        _TESTS,
    ),
    Planted(
        "a sum before an outer product's row without brackets",
        _WRITER,
        '        level = PRODUCT if _is(left, "matmul") else POWER\n        return Printed(rf"',
        '        level = SUM\n        return Printed(rf"',
        _TESTS,
    ),
    Planted(
        "branches exchanged",
        _WRITER,
        "said = [self._condition(condition), *(self._of(each).text for each in values)]",
        "said = [self._condition(condition), *(self._of(each).text for each in values[::-1])]",
        _TESTS,
    ),
    Planted(
        "a guard that gives 1",
        _WRITER,
        "            values = [*values, literal(0)]",
        "            values = [*values, literal(1)]",
        (*_ROWS, "tests/faults/test_formula_read_back.py"),
    ),
    Planted(
        "≠ as =",
        "backstep/formula/spelling.py",
        r'"not_equal": ("!=", r"\ne")',
        r'"not_equal": ("!=", "=")',
        _TESTS,
    ),
    Planted(
        "≤ as <",
        "backstep/formula/spelling.py",
        r'"less_equal": ("<=", r"\le")',
        r'"less_equal": ("<", r"\le")',
        _TESTS,
    ),
    Planted(
        "a mask that is 0 where its condition holds",
        _WRITER,
        'return Printed(f"where({condition}, 1, 0)", ATOM)',
        'return Printed(f"where({condition}, 0, 1)", ATOM)',
        _TESTS,
    ),
    Planted(
        "a digit run into what stands left of it",
        _WRITER,
        r'(r" \cdot " if _RUNS_IN.match(factor) else r" \, ")',
        r'r" "',
        (*_TESTS, *_LATEX),
    ),
    Planted(
        "a fraction with a long denominator as a decimal",
        "backstep/lang/spelling.py",
        '    return f"{sign}{_whole_text(top)}/{_whole_text(bottom)}"',
        '    return f"{sign}{top / bottom}"',
        ("tests/lang/test_spelling.py",),
    ),
    Planted(
        "a one-hot vector of one class more",
        "backstep/lang/spelling.py",
        "one_hot({inputs[1]}, {node.params['classes']})",
        "one_hot({inputs[1]}, {node.params['classes'] + 1})",
        _ROWS,
    ),
    Planted(
        "axes other than the last two exchanged",
        "backstep/lang/spelling.py",
        "move_axis({inputs[0]}, -1, -2)",
        "move_axis({inputs[0]}, 0, -1)",
        (*_ROWS, "tests/binding/test_matrix_gradients.py"),
    ),
)
