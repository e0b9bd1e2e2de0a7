"""Faults in the engines: closed derivatives, shapes of partials, the bound on closed formulas."""

from __future__ import annotations

from tests.mutants.runner import Planted

_SIZE = "backstep/symbolic/size.py"
_BOUND = ("tests/symbolic/test_size.py",)
_COMPILED = "backstep/evaluate/compiled/"
_TESTS = "tests/evaluate/test_compiled.py::test_"
_ROW = _TESTS + "a_row_as_it_is_compiled_is_within_ulps_of_a_tensors_largest"
_SCALAR = _TESTS + "a_scalar_row_at_edges_and_where_nothing_is_finite"
_ALONE = _TESTS + "a_scalar_row_alone_at_edges_and_where_nothing_is_finite"
_NOT_FINITE = _TESTS + "what_is_not_finite_is_ieees_and_never_an_error"
_LIFTED = "tests/evaluate/test_lift.py::test_a_row_and_its_partials_at_many_points"
_EDGES = "tests/evaluate/test_edges.py::test_"
_BITS = "tests/evaluate/test_same_bits.py::test_"
_CALLS = "tests/binding/test_compiled.py"
_RACE = _TESTS + "an_example_is_worked_out_as_by_the_interpreter"

FAULTS: tuple[Planted, ...] = (
    Planted(
        "a choice with one constant branch is flat",
        "backstep/symbolic/functions.py",
        "flat = all(is_condition(part) or part == 0 for part in parts)",
        "flat = any(part == 0 for part in parts)",
        ("tests/symbolic/test_functions.py",),
    ),
    Planted(
        "the root of a number not counted by its primes",
        _SIZE,
        "    return 2 * (_most_primes(value.numerator) + _most_primes(value.denominator)) + 2",
        "    return 0",
        _BOUND,
    ),
    Planted(
        "a power of a product counted once",
        _SIZE,
        "        spread = width if row.raises else 0",
        "        spread = 0",
        _BOUND,
    ),
    Planted(
        "an input counted once that a form writes often",
        _SIZE,
        "terms_of(node) * (row.copies * read + row.operations + spread)",
        "terms_of(node) * (read + row.operations + spread)",
        _BOUND,
    ),
    Planted(
        "a mask of strong products forgotten where a result is NaN",
        _COMPILED + "program.py",
        'f"if {total} != {total}:"',
        'f"if {total} is None:"',
        (_CALLS + "::test_an_infinite_value_beside_a_partial_of_zero",),
    ),
    Planted(
        "what is not finite left to NumPy's own way",
        _COMPILED + "program.py",
        'over="raise", divide="raise", invalid="raise"',
        'over="ignore", divide="ignore", invalid="ignore"',
        (_CALLS + "::test_arrays_where_something_is_not_finite",),
    ),
    Planted(
        "an error of Python's mathematics passed on",
        _COMPILED + "program.py",
        'writer.bind((ArithmeticError, ValueError), "e")',
        'writer.bind(KeyError, "e")',
        (_NOT_FINITE,),
    ),
    Planted(
        "a buffer taken that another node reads",
        _COMPILED + "buffers.py",
        "                and self.uses[operand.id] == 1\n",
        "",
        (_RACE,),
    ),
    Planted(
        "a view of a buffer taken for its own",
        _COMPILED + "buffers.py",
        "and self._own.get(value.name) == operand.id",
        "and value.name in self._own",
        (_CALLS + "::test_a_vectors_transpose_is_the_same_buffer_and_not_its_own",),
    ),
    Planted(
        "an answer that is a buffer of the program's",
        _COMPILED + "program.py",
        "own = isinstance(each, Number) or (text in writer.fresh and text not in given)",
        "own = True",
        (_CALLS + "::test_answers_are_arrays_of_their_own",),
    ),
    Planted(
        "what is joined not put in its place",
        _COMPILED + "buffers.py",
        "        elif self.held(part) != value.name:",
        "        elif False:",
        (_ROW + "[concat-0]",),
    ),
    Planted(
        "windows that overlap put over each other",
        _COMPILED + "moves.py",
        'if params["stride"] >= max(params["size"]):',
        "if True:",
        (_CALLS + "::test_windows_that_overlap_are_added_up_anew_in_each_run",),
    ),
    Planted(
        "windows added to those of the last run",
        _COMPILED + "moves.py",
        '        w.line(f"{name}.fill(0.0)")\n',
        "",
        (_CALLS + "::test_windows_that_overlap_are_added_up_anew_in_each_run",),
    ),
    Planted(
        "a transposed product of the matrices as they stand",
        _COMPILED + "moves.py",
        "        w.dot(first, second, out)",
        "        w.dot(second, first, out)",
        (_RACE,),
    ),
    Planted(
        "the largest of softmax left out of its sum",
        _COMPILED + "softmax.py",
        "1.0 + {rest}",
        "{rest}",
        (_ROW + "[log_softmax-0]",),
    ),
    Planted(
        "a mean that is a sum",
        _COMPILED + "sums.py",
        'f"({total} / {length!r}.0)" if mean else total',
        "total",
        (_ROW + "[mean-0]",),
    ),
    Planted(
        "a lifted axis counted without the new one",
        _COMPILED + "lift.py",
        "(1,) * rank) + 1",
        "(1,) * rank)",
        (_LIFTED + "[all-softmax-1]",),
    ),
    Planted(
        "what is lifted broadcast from the wrong side",
        _COMPILED + "lift.py",
        "(self.count, *(1,) * missing, *operand.shape)",
        "(self.count, *operand.shape, *(1,) * missing)",
        (_LIFTED + "[all-add-1]",),
    ),
    Planted(
        "relu of NaN is 0",
        "backstep/ops/floats.py",
        '"relu": "(0.0 if {0} <= 0.0 else {0})"',
        '"relu": "({0} if {0} > 0.0 else 0.0)"',
        (_ALONE + "[relu-0]",),
    ),
    Planted(
        "step is 1 at 0",
        "backstep/ops/floats.py",
        '"step": "(1.0 if {0} > 0.0',
        '"step": "(1.0 if {0} >= 0.0',
        (_SCALAR + "[fast-step-0]",),
    ),
    Planted(
        "maximum drops a NaN on the left",
        "backstep/ops/floats.py",
        '"maximum": "({0} if {0} > {1} or {0} != {0} else {1})"',
        '"maximum": "({0} if {0} > {1} else {1})"',
        (_ALONE + "[maximum-0]",),
    ),
    Planted(
        "0·log 0 is looked for at y alone",
        "backstep/ops/floats.py",
        'if {0} or {1} else 0.0)"',
        'if {0} else 0.0)"',
        (_ALONE + "[times_log-0]",),
    ),
    Planted(
        "a step of arrays that takes NaN for 0",
        "backstep/ops/arrays.py",
        '    return ("heaviside({0}, {zero}, {o})",)',
        '    return ("greater({0}, {zero}, {o})",)',
        (_CALLS + "::test_arrays_where_something_is_not_finite",),
    ),
    Planted(
        "a tensor of one number summed as that number",
        f"{_COMPILED}writer.py",
        "row.elementwise or row.transparent or (not node.shape and alone)",
        "row.elementwise or row.transparent or not node.shape",
        (f"{_EDGES}a_texts_loss_and_gradients",),
    ),
    Planted(
        "a slope at NaN that no result is looked at for",
        f"{_COMPILED}buffers.py",
        "self.checked = self.checked or arrays.hides_nan(node)",
        "self.checked = self.checked or False",
        (f"{_EDGES}a_row_in_a_loss",),
    ),
    Planted(
        "a fractional power of -inf left to NumPy",
        "backstep/ops/arithmetic.py",
        "    if np.any(outside):\n",
        "    if False:\n",
        (f"{_EDGES}a_fractional_power_of_minus_infinity_is_no_number_in_any_shape",),
    ),
    Planted(
        "softmax's tail given up for all rows where one is not finite",
        "backstep/ops/accurate_forms.py",
        "        if held is not None and not held.all() and not held.any():",
        "        if held is not None and not held.all():",
        (f"{_EDGES}a_point_that_is_not_finite_leaves_the_others_as_they_are",),
    ),
    Planted(
        "products scaled by the largest of all points",
        "backstep/ops/overflow_safe.py",
        "    whole: Floats = np.where(held & ~np.isfinite(found), made, found)[()]",
        "    whole: Floats = np.where(held.all() & ~np.isfinite(found), made, found)[()]",
        (f"{_EDGES}a_point_that_is_not_finite_leaves_the_others_as_they_are",),
    ),
    Planted(
        "sums in the order of the memory",
        "backstep/ops/overflow_safe.py",
        'return np.asarray(x, order="C")',
        "return np.asarray(x)",
        (f"{_BITS}an_exact_program_adds_in_the_order_of_the_interpreter",),
    ),
    Planted(
        "eigenvalues of a matrix whose sums overflow",
        "backstep/second_order/hessian.py",
        "    scaled, unit = _scaled(matrix)\n    found: list[float]",
        "    scaled, unit = matrix, 1.0\n    found: list[float]",
        ("tests/second_order/test_huge_numbers.py",),
    ),
)
