"""Faults in the engines: closed derivatives, shapes of partials, the bound on closed formulas."""

from __future__ import annotations

from tests.mutants.runner import Planted

_SIZE = "backstep/symbolic/size.py"
_BOUND = ("tests/symbolic/test_size.py",)
_COMPILED = "backstep/evaluate/compiled/"
_PROGRAMS = ("tests/evaluate/test_compiled.py",)
_POINTS = ("tests/evaluate/test_lift.py",)

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
        _PROGRAMS,
    ),
    Planted(
        "what is not finite left to NumPy's own way",
        _COMPILED + "program.py",
        'over="raise", divide="raise", invalid="raise"',
        'over="ignore", divide="ignore", invalid="ignore"',
        _PROGRAMS,
    ),
    Planted(
        "an error of Python's mathematics passed on",
        _COMPILED + "program.py",
        'writer.bind((ArithmeticError, ValueError), "e")',
        'writer.bind(KeyError, "e")',
        _PROGRAMS,
    ),
    Planted(
        "a buffer taken that another node reads",
        _COMPILED + "buffers.py",
        "                and self.uses[operand.id] == 1\n",
        "",
        _PROGRAMS,
    ),
    Planted(
        "a view of a buffer taken for its own",
        _COMPILED + "buffers.py",
        "and self._own.get(value.name) == operand.id",
        "and value.name in self._own",
        _PROGRAMS,
    ),
    Planted(
        "an answer that is a buffer of the program's",
        _COMPILED + "program.py",
        "own = isinstance(each, Number) or (text in writer.fresh and text not in given)",
        "own = True",
        ("tests/binding/test_compiled.py",),
    ),
    Planted(
        "what is joined not put in its place",
        _COMPILED + "buffers.py",
        "        elif self.held(part) != value.name:",
        "        elif False:",
        _PROGRAMS,
    ),
    Planted(
        "windows that overlap put over each other",
        _COMPILED + "moves.py",
        'if params["stride"] >= max(params["size"]):',
        "if True:",
        _PROGRAMS,
    ),
    Planted(
        "windows added to those of the last run",
        _COMPILED + "moves.py",
        '        w.line(f"{name}.fill(0.0)")\n',
        "",
        _PROGRAMS,
    ),
    Planted(
        "a transposed product of the matrices as they stand",
        _COMPILED + "moves.py",
        "        w.dot(first, second, out)",
        "        w.dot(second, first, out)",
        ("tests/test_benchmarks.py",),
    ),
    Planted(
        "the largest of softmax left out of its sum",
        _COMPILED + "softmax.py",
        "1.0 + {rest}",
        "{rest}",
        _PROGRAMS,
    ),
    Planted(
        "a mean that is a sum",
        _COMPILED + "sums.py",
        'f"({whole} / {length!r}.0)" if mean else whole',
        "total",
        _PROGRAMS,
    ),
    Planted(
        "a lifted axis counted without the new one",
        _COMPILED + "lift.py",
        "(1,) * rank) + 1",
        "(1,) * rank)",
        _POINTS,
    ),
    Planted(
        "what is lifted broadcast from the wrong side",
        _COMPILED + "lift.py",
        "(self.count, *(1,) * missing, *operand.shape)",
        "(self.count, *operand.shape, *(1,) * missing)",
        _POINTS,
    ),
    Planted(
        "relu of NaN is 0",
        "backstep/ops/floats.py",
        '"relu": "(0.0 if {0} <= 0.0 else {0})"',
        '"relu": "({0} if {0} > 0.0 else 0.0)"',
        _PROGRAMS,
    ),
    Planted(
        "step is 1 at 0",
        "backstep/ops/floats.py",
        '"step": "(1.0 if {0} > 0.0',
        '"step": "(1.0 if {0} >= 0.0',
        _PROGRAMS,
    ),
    Planted(
        "maximum drops a NaN on the left",
        "backstep/ops/floats.py",
        '"maximum": "({0} if {0} > {1} or {0} != {0} else {1})"',
        '"maximum": "({0} if {0} > {1} else {1})"',
        _PROGRAMS,
    ),
    Planted(
        "0·log 0 is looked for at y alone",
        "backstep/ops/floats.py",
        'if {0} or {1} else 0.0)"',
        'if {0} else 0.0)"',
        _PROGRAMS,
    ),
    Planted(
        "sigmoid of large negative numbers by exp(−x)",
        "backstep/ops/floats.py",
        'else ({t} := exp({0})) / (1.0 + {t}))"),',
        'else 1.0 / (1.0 + ({t} := exp(-{0}))))"),',
        _PROGRAMS,
    ),
    Planted(
        "a step of arrays that takes NaN for 0",
        "backstep/ops/arrays.py",
        '    return ("heaviside({0}, {zero}, {o})",)',
        '    return ("greater({0}, {zero}, {o})",)',
        _PROGRAMS,
    ),
    Planted(
        "1 − σ from what exp(x) has left",
        "backstep/ops/arrays.py",
        '"one_less_sigmoid": ("exp({0}, {o})"',
        '"one_less_sigmoid": ("negative({0}, {o})"',
        _PROGRAMS,
    ),
)
