"""Faults in exported files: words, masks, brackets, names, remarks, stored numbers, loops."""

from __future__ import annotations

from tests.mutants.runner import Planted

_NUMPY = "tests/export/test_numpy.py::test_a_file_checks_itself_and_gives_the_interpreters_numbers"
_C = "tests/export/test_c.py::test_a_file_compiles_checks_itself_and_gives_the_interpreters_numbers"
_ROWS = (f"{_NUMPY}[rows]", f"{_NUMPY}[kinks]", f"{_NUMPY}[far]")
_C_ROWS = (f"{_C}[rows]", f"{_C}[kinks]", f"{_C}[far]")
_CALLED = (
    "tests/export/test_numpy.py::"
    "test_called_at_kinks_a_file_of_ordinary_values_gives_the_products_partials",
)
_NAMES = ("tests/export/test_names.py",)
_DOCUMENTS = ("tests/export/test_documents.py",)
_WORDS = "backstep/export/python_words.py"
_HELPERS = "backstep/export/functions/numpy.txt"
_SCRIBE = "backstep/export/expression_writer.py"
_SHARED = "backstep/export/words.py"
_FINITE = "backstep/export/finite.py"
_LOOPS = "backstep/export/c/lines.py"
_ELEMENTS = "backstep/export/c/words.py"
_PROGRAM = "backstep/export/program.py"


def _fault(said: str, file: str, before: str, after: str, tests: tuple[str, ...]) -> Planted:
    return Planted(said, file, before, after, tests)


FAULTS: tuple[Planted, ...] = (
    _fault(
        "a difference without brackets on its right",
        _WORDS,
        '"subtract": elementwise("{0} - {1}", SUM, (SUM, TERM)),',
        '"subtract": elementwise("{0} - {1}", SUM, (SUM, SUM)),',
        (f"{_NUMPY}[brackets]",),
    ),
    _fault(
        "a quotient's bottom without brackets",
        _SHARED,
        'text = f"{top.at(PRODUCT)} {sign(shape, under.shape)} {under.at(POWER)}"',
        'text = f"{top.at(PRODUCT)} {sign(shape, under.shape)} {under.at(PRODUCT)}"',
        (f"{_NUMPY}[brackets]",),
    ),
    _fault(
        "a power's base without brackets",
        _WORDS,
        'return Piece(f"{base.at(ATOM)}**{exponent.at(POWER)}", POWER, shape)',
        'return Piece(f"{base.text}**{exponent.at(POWER)}", POWER, shape)',
        (f"{_NUMPY}[examples]",),
    ),
    _fault(
        "a column beside a column in an outer product",
        _WORDS,
        'return f"{piece.at(ATOM)}[:, None]"',
        'return f"{piece.at(ATOM)}[None, :]"',
        (f"{_NUMPY}[examples]",),
    ),
    _fault(
        "a masked product that masks the other side",
        _SCRIBE,
        'first, second = (right, left) if strong == "right" else (left, right)',
        'first, second = (left, right) if strong == "right" else (right, left)',
        _ROWS,
    ),
    _fault(
        "no product masked",
        _FINITE,
        "return not never_zero and not all(each in finite for each in meets)",
        "return False",
        _ROWS,
    ),
    _fault(
        "a quotient of a partial never masked",
        _FINITE,
        'return done.params.get("strong") is not None and (bottom is None or bottom.value == 0)',
        "return False",
        _ROWS,
    ),
    _fault(
        "a logarithm taken for finite everywhere",
        _FINITE,
        '{"log", "log_slope", "sqrt", "exp", "times_log", "log1p"',
        '{"log_slope", "sqrt", "exp", "times_log", "log1p"',
        (*_CALLED, "tests/export/test_tables.py"),
    ),
    _fault(
        "a root's power taken for finite everywhere",
        _FINITE,
        "return exponent.value.denominator != 1 or exponent.value < 0",
        "return exponent.value < 0",
        ("tests/export/test_tables.py",),
    ),
    _fault(
        "values that are not finite, and nothing masked for them",
        "backstep/export/python_file.py",
        "finite = Finite(program, careful=not numbers.finite)",
        "finite = Finite(program)",
        (f"{_NUMPY}[far]",),
    ),
    _fault(
        "1 - u with its digits lost where u is nearly 1",
        _HELPERS,
        "return 1.0 - u if u.max() < 0.999 else sigmoid(-x)",
        "return 1.0 - u",
        ("tests/export/test_numpy.py::test_saturated_units_keep_their_partials",),
    ),
    _fault(
        "1 - tanh squared not squared below",
        _HELPERS,
        "return 4.0*e/(1.0 + e)**2",
        "return 4.0*e/(1.0 + e)",
        _ROWS,
    ),
    _fault(
        "the slope of log finite where log is not defined",
        _HELPERS,
        "return np.where(x < 0, np.nan, 1.0/np.abs(x))",
        "return 1.0/np.abs(x)",
        _ROWS,
    ),
    _fault(
        "0 log 0 is no number",
        _HELPERS,
        "return np.where((y == 0) & (p == 0), 0.0, y*np.log(p))",
        "return y*np.log(p)",
        _ROWS,
    ),
    _fault(
        "products of others with the last first",
        _HELPERS,
        "return before*behind[..., ::-1]",
        "return before*behind",
        _ROWS,
    ),
    _fault(
        "windows that overlap put back one over the other",
        _HELPERS,
        "whole[(..., *place)] += g[..., row]",
        "whole[(..., *place)] = g[..., row]",
        (f"{_NUMPY}[random]", *_ROWS),
    ),
    _fault(
        "an axis repeated behind its place",
        _WORDS,
        'places.insert(axis, "None")',
        'places.append("None")',
        (f"{_NUMPY}[random]", *_ROWS),
    ),
    _fault(
        "a widened axis of 1 not summed",
        _SHARED,
        "if axis < extra or (shape[axis - extra] == 1 and length != 1)",
        "if axis < extra or (shape[axis - extra] == 2 and length != 1)",
        _ROWS,
    ),
    _fault(
        "a value left thin where its whole shape is wanted",
        _SCRIBE,
        "if not thin and piece.shape != node.shape:\n            piece = self.dialect.full",
        "if False:\n            piece = self.dialect.full",
        (f"{_NUMPY}[examples]", f"{_NUMPY}[random]", *_ROWS),
    ),
    _fault(
        "a partial's lines in the order of the forward pass",
        _PROGRAM,
        "starts += [symbol for _, symbol in sorted(partials, key=lambda part: -part[0])]",
        "starts += [symbol for _, symbol in sorted(partials, key=lambda part: part[0])][:0]",
        ("tests/export/test_program.py",),
    ),
    _fault(
        "expressions nested without end",
        _PROGRAM,
        "or depth > DEEPEST",
        "or depth > 10 * DEEPEST",
        ("tests/export/test_program.py",),
    ),
    _fault(
        "what several lines read worked out in each",
        _PROGRAM,
        "(self.uses[node.id] > 1 and not self.repeated(node, self._stands))",
        "(self.uses[node.id] > 9 and not self.repeated(node, self._stands))",
        ("tests/export/test_program.py",),
    ),
    _fault(
        "two names that come to one",
        "backstep/export/names.py",
        "while found in self._taken:",
        "while False and found in self._taken:",
        _NAMES,
    ),
    _fault(
        "words of Python as names",
        "backstep/export/python_file.py",
        "taken = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *_OWN.split()}",
        "taken = {*dir(builtins), *_OWN.split()} - {*keyword.kwlist}",
        _NAMES,
    ),
    _fault(
        "a remark of C that can be ended",
        "backstep/export/comments.py",
        'for bad, good in (("*/", "* /"), ("/*", "/ *"), ("??", "? ?")):',
        'for bad, good in (("/*", "/ *"), ("??", "? ?")):',
        _NAMES,
    ),
    _fault(
        "a line's end within a remark",
        "backstep/export/comments.py",
        'if unicodedata.category(character)[0] in "LMNPS":',
        'if unicodedata.category(character)[0] in "LMNPSZC":',
        _NAMES,
    ),
    _fault(
        "a difference to the stored numbers that says nothing",
        "backstep/export/python_file.py",
        "failed = not worst <= 1e-9",
        "failed = worst > 1e9",
        ("tests/export/test_numpy.py::test_a_file_whose_numbers_are_changed_exits_with_1",),
    ),
    _fault(
        "a central difference that is never judged",
        "backstep/export/python_file.py",
        "failed |= not abs(slope - expected)",
        "failed |= False and not abs(slope - expected)",
        ("tests/export/test_numpy.py::test_a_file_whose_numbers_are_changed_exits_with_1",),
    ),
    _fault(
        "C: an index read along the other axis",
        _ELEMENTS,
        '"swap_last": _moved(lambda node, done, at: (*at[:-2], at[-1], at[-2])),',
        '"swap_last": _moved(lambda node, done, at: at),',
        (f"{_C}[rows]", f"{_C}[examples]"),
    ),
    _fault(
        "C: a slice's step lost",
        _ELEMENTS,
        "found.append(plus(times(rest.pop(0), step), start) if step > 0 else _down(rest, part))",
        "found.append(plus(rest.pop(0), start) if step > 0 else _down(rest, part))",
        (f"{_C}[rows]",),
    ),
    _fault(
        "C: a window that hangs over the edge read past it",
        _ELEMENTS,
        'inside.append(f"{place} >= 0 && {place} < {length}")',
        'inside.append(f"{place} >= -9 && {place} < {length}")',
        _C_ROWS,
    ),
    _fault(
        "C: a mean that is a sum",
        _LOOPS,
        '"{0} /= {1}.0"',
        '"{0} /= 1.0"',
        (f"{_C}[rows]",),
    ),
    _fault(
        "C: a row along an axis begun at its neighbour",
        _LOOPS,
        "outer = times(flattened(at[: len(before)], before), length * prod(behind))",
        "outer = times(flattened(at[: len(before)], before), prod(behind))",
        (f"{_C}[rows]",),
    ),
    _fault(
        "C: stacked values all at the first place",
        _LOOPS,
        "index = (*at[:axis], str(place), *at[axis:])",
        "index = (*at[:axis], str(0 * place), *at[axis:])",
        (f"{_C}[rows]",),
    ),
    _fault(
        "C: tensors without elements written",
        "backstep/export/c/file.py",
        "    if any(0 in node.shape for node in nodes):",
        "    if any(-1 in node.shape for node in nodes):",
        ("tests/export/test_c.py::test_a_gradient_without_elements_is_refused_in_words",),
    ),
    _fault(
        "a definition's text with the values that were written",
        "backstep/export/definition.py",
        "    for leaf in replaced:\n        _replace",
        "    for leaf in replaced[:0]:\n        _replace",
        _DOCUMENTS,
    ),
    _fault(
        "a sign of TeX as it stands",
        "backstep/export/tex.py",
        '    "&": r"\\&",\n',
        "",
        _DOCUMENTS,
    ),
    _fault(
        "quotients of whole numbers rounded in a SymPy program",
        "backstep/export/sympy_file.py",
        'return _TOP.sub(r"Integer(\\1)", text)',
        "return text",
        _DOCUMENTS,
    ),
)
