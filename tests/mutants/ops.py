"""Faults in the table of operations beside its rules: keys, axes, shapes, notation, tails, values.

Rules that are wrong on purpose are in tests/ops/mutants*.
"""

from __future__ import annotations

from tests.mutants.runner import Planted

_FORM = "tests/ops/test_rules.py::test_the_numpy_and_the_sympy_form_agree"
_SHAPE_TESTS = ("tests/ops/test_shapes.py",)
_LAYER_TESTS = ("tests/ops/test_layers.py::test_a_layer_or_loss_is_its_formula",)
_EQUAL_SIZES = ("tests/ops/test_layers.py::test_a_layer_is_its_formula_where_all_sizes_are_equal",)
_TAIL_TESTS = ("tests/ops/test_accurate_forms.py",)
_VALUE_TESTS = ("tests/ops/test_values.py",)
_POINTS = ("tests/ops/test_points.py",)
_RULE = "tests/ops/test_rules.py::test_rule"
_ACCURACY = ("tests/ops/test_accuracy.py",)
_NOTATION = ("tests/ops/test_notation.py",)
_PRODUCTS = ("tests/ops/test_products.py",)
_INDICES = ("tests/ops/test_indices.py",)

_SHAPING = "backstep/ops/shaping.py"
_LAYERS = "backstep/ops/layers.py"
_ACTIVATIONS = "backstep/ops/activations.py"
_TAILS = "backstep/ops/accurate_forms.py"
_ELEMENTARY = "backstep/ops/elementary.py"
_ORDERED = "backstep/ops/ordered.py"
_MATRICES = "backstep/ops/square_matrices.py"
_REDUCTIONS = "backstep/ops/reductions.py"
_DISTANCES = "backstep/ops/distances.py"
_LOSSES = "backstep/ops/losses.py"
_ARITHMETIC = "backstep/ops/arithmetic.py"
_LINALG = "backstep/ops/linalg.py"
_REDUCE = "backstep/ops/reduce.py"
_EXTREMES = "backstep/ops/extremes.py"
_VALUES = "backstep/ops/values.py"
_CLASSES = "backstep/ops/classes.py"
_WIDE = "backstep/ops/overflow_safe.py"
_COMPARE = "backstep/ops/compare.py"
_PATCHES = "backstep/ops/patches.py"
_SOFTMAX = "backstep/ops/softmax.py"

FAULTS: tuple[Planted, ...] = (
    Planted(
        "values of one place not added up",
        _CLASSES,
        "np.add.at(whole, places, array)",
        "whole[places] = array",
        ("tests/ops/test_points.py",),
    ),
    Planted(
        "std without its guard where all elements are equal",
        _EXTREMES,
        "_guard(_not_equal(width, 0), centred / (max(count(x.shape, axis), 1) * width))",
        "centred / (max(count(x.shape, axis), 1) * width)",
        ("tests/ops/test_points.py",),
    ),
    Planted(
        "a constant's rounded mean left in its std",
        _EXTREMES,
        "return np.where(np.all(np.equal(array, first), axis=axis), 0.0, spread)[()]",
        "return spread",
        ("tests/ops/test_points.py",),
    ),
    Planted(
        "running sums sent back forwards",
        _ORDERED,
        "(_turned(_cumsum(_turned(g, axis), axis=axis), axis),)",
        "(_cumsum(g, axis=axis),)",
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "equal elements that each get all partials of their places",
        _ORDERED,
        "shares = stands / _expand(_sum(stands, axis=-1), shape=whole, axis=-1)",
        "shares = stands",
        ("tests/ops/test_points.py",),
    ),
    Planted(
        "a cofactor without its sign",
        _MATRICES,
        "-minor if (i + j) % 2 else minor",
        "minor",
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "a system's partial not turned",
        _MATRICES,
        "back = _solve(_transpose(a), g)",
        "back = _solve(a, g)",
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "one of the two products of mixed cofactors lost",
        _MATRICES,
        "cross(rows[0][j], rows[1][k]) + cross(rows[1][j], rows[0][k])",
        "cross(rows[0][j], rows[1][k]) * 2",
        ("tests/ops/test_rules.py::test_rule",),
    ),
    Planted(
        "n for n − ddof",
        _REDUCTIONS,
        "return Fraction(count, count - ddof)",
        "return Fraction(count, max(count - ddof, count))",
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "a norm of another p not guarded at 0",
        _REDUCTIONS,
        'return make("where", make("equal", total, 0), 0, root)',
        "return root",
        ("tests/ops/test_composites.py",),
    ),
    Planted(
        "the losses of a triplet not shifted",
        _DISTANCES,
        'shifted = apart if eps == 0 else make("add", apart, Literal(eps))',
        "shifted = apart",
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "ignored rows counted in the mean",
        _LOSSES,
        'factors = counts if factors is None else make("multiply", counts, factors)',
        "factors = factors",
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "the update and reset gates of a GRU exchanged",
        _LAYERS,
        'r = make("sigmoid", make("add", gate(came, 0), gate(held, 0)))',
        'r = make("sigmoid", make("add", gate(came, 1), gate(held, 1)))',
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "a dilated kernel read without its gaps",
        _LAYERS,
        "tuple((0, length, self.dilation) for length in self.wide(size))",
        "tuple((0, length, 1) for length in size)",
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "a cut that lets partials through",
        _ARITHMETIC,
        'vjp=lambda g, out, x: (NoGradient("stop_gradient cuts the path: nothing goes back"),)',
        "vjp=lambda g, out, x: (g,)",
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "1 − x² as it is printed, its digits lost near 1",
        _TAILS,
        "lambda x: (1.0 - x) * (1.0 + x))",
        "lambda x: 1.0 - x * x)",
        (f"{_TAIL_TESTS[0]}::test_slopes_keep_their_digits_beside_the_end_of_their_domain",),
    ),
    Planted(
        "atan2's slopes exchanged",
        _ELEMENTARY,
        "(g * (x / (x**2 + y**2)), -g * (y / (x**2 + y**2)))",
        "(-g * (y / (x**2 + y**2)), g * (x / (x**2 + y**2)))",
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "the base of a logarithm forgotten in its slope",
        _ELEMENTARY,
        "(g * (_log_slope(x) / _log_of(x, base)),)",
        "(g * _log_slope(x),)",
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "hardsigmoid's slope 1/6 at its bounds",
        _ACTIVATIONS,
        "(g * (_step(3 - _abs(x)) / 6),)",
        "(g * ((1 - _step(_abs(x) - 3)) / 6),)",
        _POINTS,
    ),
    Planted(
        "huber by its square everywhere",
        _ACTIVATIONS,
        "np.where(size <= bound, near * near / 2, bound * (size - bound / 2))",
        "size * size / 2",
        ("tests/systems/test_pytorch_facts.py",),
    ),
    Planted(
        "a stop before the start not turned into none",
        _SHAPING,
        "slice(part[0], None if part[1] < 0 else part[1], part[2])",
        "slice(part[0], part[1], part[2])",
        _INDICES,
    ),
    Planted(
        "a slice's step lost in its text",
        _SHAPING,
        '(f":{step}" if step != 1 else "")',
        '(f":{step}" if step > 1 else "")',
        _INDICES,
    ),
    Planted(
        "an index one past the end let through",
        _SHAPING,
        "max(places[0], places[-1]) >= length):",
        "max(places[0], places[-1]) > length):",
        _SHAPE_TESTS,
    ),
    Planted(
        "an index before the start let through",
        _SHAPING,
        "if places and (min(places[0], places[-1]) < 0 or",
        "if places and (min(places[0], places[-1]) < -1 or",
        _INDICES,
    ),
    Planted(
        "pieces cut from where the first one ends",
        _SHAPING,
        "        start = stop\n",
        "        start = inputs[0].shape[place]\n",
        ("tests/ops/test_indices.py",),
    ),
    Planted(
        "a stack's axis past its end let through",
        _SHAPING,
        "<= axis + 1 <= len(shapes[0]) + 1:",
        "<= axis + 1 <= len(shapes[0]) + 2:",
        _SHAPE_TESTS,
    ),
    Planted(
        "batch_norm's channels brought to the front",
        _LAYERS,
        'last = make("move_axis", x, source=1, target=-1)',
        'last = make("move_axis", x, source=-1, target=1)',
        _EQUAL_SIZES,
    ),
    Planted(
        "batch_norm's channels not brought back",
        _LAYERS,
        'make("reshape", done, shape=last.shape), source=-1, target=1)',
        'make("reshape", done, shape=last.shape), source=1, target=-1)',
        _EQUAL_SIZES,
    ),
    Planted(
        "batch_norm over each row",
        _LAYERS,
        "        return _scaled(make, _normalise(make, x, 0, eps), gain, bias)\n    last",
        "        return _scaled(make, _normalise(make, x, 1, eps), gain, bias)\n    last",
        _EQUAL_SIZES,
    ),
    Planted(
        "attention's keys not turned",
        _LAYERS,
        'scores = make("matmul", Q, make("swap_last", K))',
        'scores = make("matmul", Q, K)',
        _EQUAL_SIZES,
    ),
    Planted(
        "the gates of an LSTM in another order",
        _LAYERS,
        'write = make("multiply", gate(0, "sigmoid"), gate(2, "tanh"))',
        'write = make("multiply", gate(2, "sigmoid"), gate(0, "tanh"))',
        _LAYER_TESTS,
    ),
    Planted(
        "a convolution's windows beside channels, not within",
        _LAYERS,
        'windows = make("move_axis", flat, source=-3, target=-2)',
        'windows = make("move_axis", flat, source=-3, target=-3)',
        _EQUAL_SIZES,
    ),
    Planted(
        "weights not turned for rows",
        _LAYERS,
        'return make("matmul", x, make("transpose", weights))',
        'return make("matmul", x, weights)',
        _EQUAL_SIZES,
    ),
    Planted(
        "dropout scaled by the share that is dropped",
        _LAYERS,
        'return make("divide", kept, Literal(1 - p)) if p else kept',
        'return make("divide", kept, Literal(p)) if p else kept',
        _LAYER_TESTS,
    ),
    Planted(
        "pooling at every place where a stride is left out",
        _LAYERS,
        "step = size if stride is None else stride",
        "step = 1 if stride is None else stride",
        _LAYER_TESTS,
    ),
    Planted(
        "elu's slope from its value, which has no digits left",
        _ACTIVATIONS,
        "vjp=lambda g, out, x: (g * _where(_greater_equal(x, 0), 1, _exp(x)),),",
        "vjp=lambda g, out, x: (g * _where(_greater_equal(x, 0), 1, out + 1),),",
        (f"{_TAIL_TESTS[0]}::test_slopes_keep_their_digits_in_both_tails",),
    ),
    Planted(
        "selu's slope without its α",
        _ACTIVATIONS,
        "SELU_SCALE, SELU_SCALE * SELU_ALPHA * _exp(x)",
        "SELU_SCALE, SELU_SCALE * _exp(x)",
        (f"{_RULE}[selu-differences]",),
    ),
    Planted(
        "a half rounded up",
        _ACTIVATIONS,
        "        numpy=np.rint,\n",
        "        numpy=lambda x: np.floor(np.add(x, 0.5)),\n",
        _POINTS,
    ),
    Planted(
        "clip's bounds not its own",
        _ACTIVATIONS,
        "(g * ((1 - _step(low - x)) * (1 - _step(x - high))),)",
        "(g * (_step(x - low) * _step(high - x)),)",
        _POINTS,
    ),
    Planted(
        "a share printed with fewer digits than it has",
        _ACTIVATIONS,
        "return text if Fraction(text) == value else",
        "return text if True else",
        _NOTATION,
    ),
    Planted(
        "1 − σ(x) as σ(x)",
        _TAILS,
        'return _of("one_less_sigmoid", b, lambda x: sigmoid(np.negative(x)))',
        'return _of("one_less_sigmoid", b, lambda x: sigmoid(np.asarray(x)))',
        (f"{_TAIL_TESTS[0]}::test_slopes_keep_their_digits_in_both_tails",),
    ),
    Planted(
        "1/cosh² not squared below",
        _TAILS,
        "return 4.0 * small / np.square(1.0 + small)",
        "return 4.0 * small / (1.0 + small)",
        (f"{_TAIL_TESTS[0]}::test_slopes_keep_their_digits_in_both_tails",),
    ),
    Planted(
        "what was rounded off x² lost",
        _TAILS,
        "    return high, near - high\n",
        "    return high, high - near\n",
        (f"{_TAIL_TESTS[0]}::test_slopes_keep_their_digits_in_both_tails",),
    ),
    Planted(
        "another form where a text wrote it itself",
        _TAILS,
        "or node.graph.forward_count is None or node.id < node.graph.forward_count:",
        "or node.graph.forward_count is None:",
        _TAIL_TESTS,
    ),
    Planted(
        "a class nearly sure loses its partial",
        _TAILS,
        "return g * rest_of_softmax(p, axis) - p * sum_of_others(g, axis)",
        "return g * (1 - p) - p * sum_of_others(g, axis)",
        _TAIL_TESTS,
    ),
    Planted(
        "infinite scores by the form that keeps digits",
        _TAILS,
        'Tail("less_its_share", (g, p), value, _finite_along(axis), {"axis": axis})',
        'Tail("less_its_share", (g, p), value, None, {"axis": axis})',
        _TAIL_TESTS,
    ),
    Planted(
        "the largest of all axes left out, not of its own",
        _SOFTMAX,
        "    largest = np.argmax(p, axis=axis, keepdims=True)\n",
        "    largest = np.argmin(p, axis=axis, keepdims=True)\n",
        _TAIL_TESTS,
    ),
    Planted(
        "softmax by its own shift along the last axis",
        _SOFTMAX,
        "    return np.asarray(weights / np.sum(weights, axis=axis, keepdims=True))",
        "    return np.asarray(weights / np.sum(weights, axis=-1, keepdims=True))",
        (_FORM,),
    ),
    Planted(
        "a 0 on the left alone masked where both are partials",
        _LINALG,
        "return np.equal(a, 0) | np.equal(b, 0)",
        "return np.equal(a, 0)",
        _PRODUCTS,
    ),
    Planted(
        "a broadcast batch read at its own number",
        _LINALG,
        "return tuple(0 if n == 1 else i for i, n in zip(own, shape[:-2], strict=True))",
        "return tuple(i for i, n in zip(own, shape[:-2], strict=True))",
        _PRODUCTS,
    ),
    Planted(
        "a widened axis of 1 not summed",
        _REDUCE,
        "if length == 1 and np.shape(x)[extra + place] != 1",
        "if length == 0 and np.shape(x)[extra + place] != 1",
        _SHAPE_TESTS,
    ),
    Planted(
        "an empty mean divided by 0 in its rule",
        _REDUCE,
        "_expand(g / max(count(x.shape, axis), 1), shape=x.shape, axis=axis)",
        "_expand(g / size(x.shape), shape=x.shape, axis=axis)",
        (f"{_RULE}[mean-differences]",),
    ),
    Planted(
        "a norm by a scale that does not undo itself",
        _EXTREMES,
        "scaled = np.ldexp(array, -power)",
        "scaled = np.ldexp(array, -power - 1)",
        (_FORM,),
    ),
    Planted(
        "an axis moved to where it was",
        _EXTREMES,
        "rest.insert(axis_index(target, shape), length)",
        "rest.insert(axis_index(source, shape), length)",
        _SHAPE_TESTS,
    ),
    Planted(
        "a product without its last element",
        _EXTREMES,
        "kept = [k for k in range(length) if k not in places]",
        "kept = [k for k in range(length - 1) if k not in places]",
        (f"{_RULE}[prod_except-differences]",),
    ),
    Planted(
        "a tie shared by all elements, not by those of its row",
        _EXTREMES,
        "ties = expand_all(_sum(reached, **_axis(axis)), x.shape, axis)",
        "ties = _sum(reached)",
        _POINTS,
    ),
    Planted(
        "an even range that never reaches its end",
        _VALUES,
        "return [low + (high - low) * k / (n - 1) for k in range(n)]",
        "return [low + (high - low) * k / n for k in range(n)]",
        _VALUE_TESTS,
    ),
    Planted(
        "a written number past floats always +∞",
        _VALUES,
        'return float("inf") if value > 0 else float("-inf")',
        'return float("inf")',
        _VALUE_TESTS,
    ),
    Planted(
        "the class behind the last let through",
        _CLASSES,
        "(labels >= 0) & (labels < classes)",
        "(labels >= 0) & (labels <= classes)",
        ("tests/ops/test_composites.py", *_INDICES),
    ),
    Planted(
        "a class number that is no whole number let through",
        _CLASSES,
        "(labels == np.floor(labels)) & ",
        "",
        ("tests/ops/test_composites.py", *_INDICES),
    ),
    Planted(
        "a variance's scale put back once",
        _WIDE,
        "_scaled(np.var, array, found, axis, 2)",
        "_scaled(np.var, array, found, axis, 1)",
        (f"{_ACCURACY[0]}::test_a_variance_is_a_float_where_the_sum_of_squares_is_none",),
    ),
    Planted(
        "what stands behind an element in the order it stands",
        _WIDE,
        "behind = np.concatenate([one, rows[..., :0:-1]], axis=-1)",
        "behind = np.concatenate([one, rows[..., 1:]], axis=-1)",
        (f"{_RULE}[prod-differences]",),
    ),
    Planted(
        "a mean over the other axis's length",
        _WIDE,
        "length = array.size if axis is None else array.shape[axis]",
        "length = array.size if axis is None else array.shape[-1 - axis]",
        (f"{_RULE}[mean-differences]",),
    ),
    Planted(
        "a tie that goes to the larger's side",
        _COMPARE,
        "return _where(_equal(a, b), _HALF, _step(a - b))",
        "return _where(_equal(a, b), 0, _step(a - b))",
        _POINTS,
    ),
    Planted(
        "by their difference, which infinities have none of",
        _COMPARE,
        "return np.greater(a, b) * 1 - np.less(a, b)",
        "return np.sign(np.subtract(a, b))",
        _NOTATION,
    ),
    Planted(
        "not larger read as smaller, in the closed form",
        _COMPARE,
        'np.less_equal, "Le"',
        'np.less_equal, "Lt"',
        (_FORM, *_NOTATION),
    ),
    Planted(
        "a window too many at the end",
        _PATCHES,
        "count = (length + 2 * padding - size) // stride + 1",
        "count = -((size - length - 2 * padding) // stride) + 1",
        _SHAPE_TESTS + _LAYER_TESTS,
    ),
    Planted(
        "padding at the front alone",
        _PATCHES,
        "[slice(padding, -padding)] * axes",
        "[slice(2 * padding, None)] * axes",
        _LAYER_TESTS,
    ),
    Planted(
        "windows that overlap put back one over the other",
        _PATCHES,
        "np.add.at(whole, places.ravel(), array.T)",
        "whole[places.ravel()] = array.T",
        (f"{_RULE}[unpatches-differences]",),
    ),
    Planted(
        "a product on the right without brackets",
        "backstep/lang/source.py",
        "needs[1] = max(needs[1], notation.precedence + 1)",
        "needs[1] = max(needs[1], notation.precedence)",
        ("tests/lang/test_source.py",),
    ),
    Planted(
        "the axis of softmax not written",
        _SOFTMAX,
        "lambda x, axis=-1: plain.text(x) if axis == -1 else plain.text(x, axis=axis),",
        "lambda x, axis=-1: plain.text(x),",
        _NOTATION,
    ),
)
