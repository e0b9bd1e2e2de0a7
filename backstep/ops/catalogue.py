"""The functions that the language can call, by name."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import prod
from types import MappingProxyType

from backstep.graph.node import Operand
from backstep.graph.shape import ShapeError, axis_index, size, spell
from backstep.ops import (
    composed,
    derivatives,
    distances,
    layers,
    losses,
    matrices,
    reductions,
)
from backstep.ops.convolution_calls import INPUTS, PARTIALS, WINDOWS
from backstep.ops.factories import NodeFactory
from backstep.ops.library import Function, Parameter, of_list, of_row, of_shape
from backstep.ops.table import TABLE

_X = Parameter("x", "tensor")
_A, _B = Parameter("a", "tensor"), Parameter("b", "tensor")
_Y, _P = Parameter("y", "tensor"), Parameter("p", "tensor")
_AXIS = Parameter("axis", "whole", None, keyword=True)
_AXES = Parameter("axis", "axes", None, keyword=True)
_KEPT = Parameter("keepdims", "truth", False, keyword=True)
_DDOF = Parameter("ddof", "whole", 0, keyword=True)
_LAST = Parameter("axis", "whole", -1, keyword=True)
_FIRST = Parameter("axis", "whole", 0, keyword=True)
_SHAPE = Parameter("shape", "wholes")
_SQUARE = Parameter("A", "tensor")
_GAIN, _BIAS = Parameter("gain", "tensor", None), Parameter("bias", "tensor", None)
_CAUSAL = Parameter("causal", "truth", False, keyword=True)
_MASK = Parameter("mask", "mask", None, keyword=True)
_ALGEBRA = "linear algebra and shape"
_EPS = Parameter("eps", "number", layers.EPS)
_OWN_KERNELS = (
    Parameter("filters", "whole", None, keyword=True),
    Parameter("kernel", "whole", None, keyword=True),
)
_SIZE, _STRIDE = Parameter("size", "whole"), Parameter("stride", "whole", None)


def _own(name: str) -> Parameter:
    """A parameter tensor that may be passed, or is owned by the layer."""
    return Parameter(name, "tensor", None)


def _reshape(make: NodeFactory, x: Operand, *shape: int) -> Operand:
    if -1 not in shape:
        return make("reshape", x, shape=shape)
    others = prod(each for each in shape if each != -1)
    if shape.count(-1) > 1 or others == 0 or size(x.shape) % others:
        raise ShapeError(
            f"{spell(x.shape)} ({size(x.shape)} elements) can't be reshaped to "
            f"{', '.join(map(str, shape))}: one size is found from the others, if they divide it"
        )
    found = size(x.shape) // others
    return make("reshape", x, shape=tuple(found if each == -1 else each for each in shape))


def _sort(make: NodeFactory, x: Operand, axis: int = -1, descending: bool = False) -> Operand:
    made = make("sort", x, axis=axis)
    if not descending:
        return made
    place = axis_index(axis, x.shape)
    before = tuple((0, length, 1) for length in x.shape[:place])
    return make("index", made, key=(*before, (x.shape[place] - 1, -1, -1)))


def _stopped(make: NodeFactory, x: Operand) -> Operand:
    return make("stop_gradient", x)


def _reduction(name: str) -> Function:
    """A row that reduces all axes, or some."""
    doc = f"{TABLE[name].doc} Several axes are written axis=[0, 1]; keepdims keeps them, 1 long."
    build = reductions.reduction(name)
    return Function(
        name, doc, (_X, _AXES, _KEPT), build, example=TABLE[name].example, group="reductions"
    )


def _flatten(make: NodeFactory, x: Operand) -> Operand:
    return make("reshape", x, shape=(size(x.shape),))


def _pick(make: NodeFactory, x: Operand, k: Operand) -> Operand:
    return make("pick", x, k)


def _take(make: NodeFactory, x: Operand, k: Operand) -> Operand:
    return make("take", x, k)


def _put(make: NodeFactory, x: Operand, k: Operand, rows: int) -> Operand:
    return make("put", x, k, rows=rows)


def _move_axis(make: NodeFactory, x: Operand, source: int, target: int) -> Operand:
    return make("move_axis", x, source=source, target=target)


def _patches(
    make: NodeFactory, x: Operand, *size: int, stride: int = 1, padding: int = 0
) -> Operand:
    return make("patches", x, size=size, stride=stride, padding=padding)


def _unpatches(
    make: NodeFactory, x: Operand, like: Operand, *size: int, stride: int = 1, padding: int = 0
) -> Operand:
    return make("unpatches", x, shape=like.shape, size=size, stride=stride, padding=padding)


def _prod_except(make: NodeFactory, x: Operand, order: int = 1) -> Operand:
    return make("prod_except", x, order=order)


def _transpose(make: NodeFactory, x: Operand) -> Operand:
    if not x.shape:
        raise ShapeError(f"'transpose' needs a vector or a matrix, not {spell(x.shape)}")
    return make("transpose", x)


def _extreme(name: str, pair: str) -> Function:
    """`max` or `min`: of a tensor, or, elementwise, of two."""

    def build(
        make: NodeFactory,
        a: Operand,
        b: Operand | None = None,
        axis: reductions.Axes = None,
        keepdims: bool = False,
    ) -> Operand:
        if b is not None:
            if axis is not None or keepdims:
                raise ShapeError(f"'{name}' of two values takes no axis")
            return make(pair, a, b)
        return reductions.reduction(name)(make, a, axis, keepdims)

    doc = f"{TABLE[name].doc} With two arguments the elementwise `{pair}`."
    parameters = (_A, Parameter("b", "tensor", None), _AXES, _KEPT)
    return Function(name, doc, parameters, build, example=f"{name}(x)", group="reductions")


def _convolution(axes: int) -> Function:
    name = f"conv{axes}d"
    what = "a signal (channels, length)" if axes == 1 else "an image (channels, height, width)"
    parameters = (
        _X,
        _own("K"),
        _own("b"),
        Parameter("stride", "whole", 1),
        Parameter("padding", "whole", 0),
        *_OWN_KERNELS,
        Parameter("dilation", "whole", 1, keyword=True),
        Parameter("groups", "whole", 1, keyword=True),
    )
    return Function(
        name,
        f"Cross-correlation of {what} with kernels, given or its own, and a bias a filter.",
        parameters,
        layers.convolution(axes, name),
        composite=True,
        layer=True,
        example=f"{name}({INPUTS[axes]}, filters=2, kernel=2)",
        group="layers",
    )


def _pooling(axes: int, kind: str, reduction: str) -> Function:
    name = f"{kind}_pool{axes}d"
    most = "largest" if kind == "max" else "mean"
    return Function(
        name,
        f"The {most} element of every window; the stride is the window's size where left out.",
        (_X, _SIZE, _STRIDE),
        layers.pooling(axes, reduction),
        composite=True,
        example=f"{name}({INPUTS[axes]}, 2)",
        group="layers",
    )


_ELEMENTWISE = (
    "exp log sqrt abs sin cos tan asin acos atan sinh cosh tanh log1p expm1 log2 log10 erf sigmoid "
    "relu elu selu gelu silu softplus softsign hardtanh hardsigmoid sign step round square"
)

_ALL: tuple[Function, ...] = (
    *(of_row(name, _X) for name in _ELEMENTWISE.split()),
    of_row("leaky_relu", _X, Parameter("slope", "number", Fraction(1, 100))),
    of_row("normal_cdf", _X),
    of_row("clip", _X, Parameter("low", "number"), Parameter("high", "number")),
    Function(
        "swish", "Another name of silu: the value times its sigmoid.", (_X,), composed.swish,
        example="swish(x)",
    ),
    Function(
        "log_sigmoid", "The logarithm of σ(x), right where σ rounds to 0.", (_X,),
        composed.log_sigmoid, example="log_sigmoid(x)",
    ),
    Function(
        "mish", "The value times tanh(softplus(x)): a smooth relu that dips below 0.", (_X,),
        composed.mish, composite=True, example="mish(x)",
    ),
    Function(
        "hardswish", "The value times hardsigmoid(x): a silu of straight pieces.", (_X,),
        composed.hardswish, composite=True, example="hardswish(x)",
    ),
    Function(
        "reciprocal", "The quotient 1/x.", (_X,), composed.reciprocal, example="reciprocal(x)",
    ),
    of_row("huber", Parameter("r", "tensor"), Parameter("delta", "number", Fraction(1))),
    of_row("atan2", _Y, _X),
    of_row("logaddexp", _A, _B),
    Function(
        "xlogy", "The product x·log y; 0·log 0 is 0.", (_X, _Y), composed.xlogy,
        example="xlogy(x, y)",
    ),
    of_row("maximum", _A, _B),
    of_row("minimum", _A, _B),
    of_row("stop_gradient", _X, group="choice"),
    Function(
        "detach", "Another name of stop_gradient: the value itself, as a constant.", (_X,),
        _stopped, example="detach(x)", group="choice",
    ),
    of_row("where", Parameter("condition", "condition"), _A, _B, group="choice"),
    Function(
        "grad", "The partials of a scalar with respect to a name it is computed from, as a value.",
        (Parameter("y", "scalar"), Parameter("x", "name")), derivatives.grad, composite=True,
        example="grad(sum(x^3), x)", group="derivatives",
    ),
    Function(
        "jacobian", "The partials of every element of a value: its axes, then those of the name.",
        (_Y, Parameter("x", "name")), derivatives.jacobian, composite=True,
        example="jacobian(x^2, x)", group="derivatives",
    ),
    *(_reduction(name) for name in ("sum", "mean", "prod", "logsumexp")),
    Function(
        "var", f"{TABLE['var'].doc} With ddof=1 it is divided by n − 1.",
        (_X, _AXES, _DDOF, _KEPT), reductions.var, example="var(x)", group="reductions",
    ),
    Function(
        "std", f"{TABLE['std'].doc} With ddof=1 it is divided by n − 1.",
        (_X, _AXES, _DDOF, _KEPT), reductions.std, example="std(x)", group="reductions",
    ),
    Function(
        "norm", f"{TABLE['norm'].doc} Of another p it is (Σ|x|ᵖ)^(1/p), of inf the largest |x|.",
        (_X, _AXES, Parameter("p", "order", Fraction(2), keyword=True), _KEPT), reductions.norm,
        example="norm(x)", group="reductions",
    ),
    Function(
        "entropy", "The entropy −Σ p log p of a distribution, in natural units; 0·log 0 is 0.",
        (_P, _AXES, _KEPT), reductions.entropy, composite=True, example="entropy(p)",
        group="reductions",
    ),
    of_row("cumsum", _X, _LAST, group="reductions"),
    Function(
        "cumprod", "The products of the first 1, 2, … elements along an axis; nothing is divided.",
        (_X, _LAST), reductions.cumprod, composite=True, example="cumprod(x)", group="reductions",
    ),
    Function(
        "sort", TABLE["sort"].doc,
        (_X, _LAST, Parameter("descending", "truth", False, keyword=True)), _sort,
        example="sort(x)", group="reductions",
    ),
    of_row("argmax", _X, _AXIS, group="reductions"),
    Function(
        "prod_except", TABLE["prod_except"].doc,
        (_X, Parameter("order", "whole", 1, keyword=True)), _prod_except,
        example=TABLE["prod_except"].example, group="reductions",
    ),
    _extreme("max", "maximum"),
    _extreme("min", "minimum"),
    of_row("dot", _A, _B, group="linear algebra and shape"),
    of_row("outer", _A, _B, group="linear algebra and shape"),
    Function(
        "kron", "Every element of a times all of b, block by block.", (_A, _B), matrices.kron,
        composite=True, example="kron(a, b)", group=_ALGEBRA,
    ),
    *(
        Function(
            name, TABLE[name].doc, (_SQUARE,), matrices.of_one(name), example=f"{name}(A)",
            group=_ALGEBRA,
        )
        for name in ("det", "logdet", "cofactors")
    ),
    Function(
        "solve", TABLE["solve"].doc, (_SQUARE, Parameter("b", "tensor")), matrices.solve,
        example="solve(A, x)", group=_ALGEBRA,
    ),
    Function(
        "inv", "The inverse of a square matrix.", (_SQUARE,), matrices.inv, composite=True,
        example="inv(A)", group=_ALGEBRA,
    ),
    Function(
        "trace", "The sum of a square matrix's diagonal.", (_SQUARE,), matrices.trace,
        composite=True, example="trace(A)", group=_ALGEBRA,
    ),
    Function(
        "diag", "The diagonal of a matrix as a vector, or a matrix with a vector on its diagonal.",
        (_X,), matrices.diag, composite=True, example="diag(x)", group=_ALGEBRA,
    ),
    Function(
        "tril", "The elements on and below the k-th diagonal; 0 above.",
        (_X, Parameter("k", "whole", 0)), matrices.tril, composite=True, example="tril(W)",
        group=_ALGEBRA,
    ),
    Function(
        "triu", "The elements on and above the k-th diagonal; 0 below.",
        (_X, Parameter("k", "whole", 0)), matrices.triu, composite=True, example="triu(W)",
        group=_ALGEBRA,
    ),
    Function(
        "transpose", TABLE["transpose"].doc, (_X,), _transpose, example="transpose(W)",
        group="linear algebra and shape",
    ),
    Function(
        "reshape", TABLE["reshape"].doc, (_X, _SHAPE), _reshape, example="reshape(W, 3, 2)",
        group="linear algebra and shape",
    ),
    Function(
        "flatten", "All elements in one vector.", (_X,), _flatten, example="flatten(W)",
        group="linear algebra and shape",
    ),
    Function(
        "pick", TABLE["pick"].doc, (_X, Parameter("k", "tensor")), _pick,
        example="pick(x, k)", group="linear algebra and shape",
    ),
    Function(
        "take", f"{TABLE['take'].doc} Also written x[k].", (_X, Parameter("k", "tensor")), _take,
        example="take(X, ids)", group=_ALGEBRA,
    ),
    Function(
        "put", TABLE["put"].doc,
        (_X, Parameter("k", "tensor"), Parameter("rows", "whole")), _put,
        example="put(x, [0, 2, 0], 4)", group=_ALGEBRA,
    ),
    Function(
        "move_axis", TABLE["move_axis"].doc,
        (_X, Parameter("source", "whole"), Parameter("target", "whole")), _move_axis,
        example=TABLE["move_axis"].example, group="linear algebra and shape",
    ),
    Function(
        "patches", TABLE["patches"].doc,
        (_X, Parameter("size", "wholes"), *WINDOWS), _patches,
        example=TABLE["patches"].example, group="linear algebra and shape",
    ),
    Function(
        "unpatches", TABLE["unpatches"].doc,
        (_X, Parameter("like", "tensor"), Parameter("size", "wholes"), *WINDOWS), _unpatches,
        example=TABLE["unpatches"].example, group="linear algebra and shape",
    ),
    *PARTIALS,
    of_list("concat", _FIRST, group="linear algebra and shape"),
    of_list("stack", _FIRST, group="linear algebra and shape"),
    Function(
        "one_hot", "Zeros with a 1 at the class number; a row each of several.",
        (Parameter("k", "tensor"), Parameter("n", "whole")), layers.one_hot,
        example="one_hot(k, 3)", group="linear algebra and shape",
    ),
    of_shape("zeros"),
    of_shape("ones"),
    of_row("eye", Parameter("n", "whole"), group="values"),
    of_row("arange", Parameter("n", "whole"), group="values"),
    of_row(
        "linspace", Parameter("low", "number"), Parameter("high", "number"),
        Parameter("n", "whole"), group="values",
    ),
    Function(
        "softmax", f"{TABLE['softmax'].doc} A temperature T divides x first: e^(x/T).",
        (_X, _LAST, Parameter("temperature", "tensor", 1, keyword=True)), layers.softmax,
        example="softmax(x, temperature=2)", group="normalising",
    ),
    of_row("log_softmax", _X, _LAST, group="normalising"),
    Function(
        "layer_norm", "Mean 0 and variance 1 over the last axis, then times gain plus bias, of its "
        "own where they are left out.",
        (_X, _GAIN, _BIAS, _EPS), layers.layer_norm, composite=True, layer=True,
        example="layer_norm(x, gain, bias)", group="normalising",
    ),
    Function(
        "batch_norm", "Mean 0 and variance 1 a feature over the batch, then times gain plus bias, "
        "of its own where they are left out.",
        (_X, _GAIN, _BIAS, _EPS), layers.batch_norm, composite=True, layer=True,
        example="batch_norm(X, gain, bias)", group="normalising",
    ),
    Function(
        "group_norm", "Mean 0 and variance 1 over each group of channels of a case, then times "
        "gain plus bias.",
        (_X, Parameter("groups", "whole"), _GAIN, _BIAS, _EPS), layers.group_norm, composite=True,
        layer=True, example="group_norm(X, 1)", group="normalising",
    ),
    Function(
        "rms_norm", "Divided by the root of the mean square over the last axis, then times gain.",
        (_X, _GAIN, Parameter("eps", "number", Fraction(0))), layers.rms_norm, composite=True,
        layer=True, example="rms_norm(x, gain)", group="normalising",
    ),
    Function(
        "dense", "A linear layer W x + b with parameters of its own; on a batch of rows X Wᵀ + b.",
        (_X, Parameter("units", "whole"), Parameter("init", "word", "xavier", keyword=True)),
        layers.dense, composite=True, layer=True, example="dense(x, 3)", group="layers",
    ),
    _convolution(1),
    _convolution(2),
    Function(
        "conv_transpose2d",
        "Each element of an image times a kernel, added up where it came from: what conv2d sends "
        "back.",
        (
            _X, _own("K"), _own("b"), Parameter("stride", "whole", 1),
            Parameter("padding", "whole", 0), Parameter("output_padding", "whole", 0),
            Parameter("groups", "whole", 1), Parameter("dilation", "whole", 1), *_OWN_KERNELS,
        ),
        layers.conv_transpose2d, composite=True, layer=True,
        example="conv_transpose2d(image, filters=2, kernel=2)", group="layers",
    ),
    *(
        _pooling(axes, kind, reduction)
        for kind, reduction in (("max", "max"), ("avg", "mean"))
        for axes in (1, 2)
    ),
    Function(
        "rnn_cell", "One recurrent step: tanh(W_x x + W_h h + b).",
        (_X, Parameter("h", "tensor"), _own("W_x"), _own("W_h"), _own("b")), layers.rnn_cell,
        composite=True, layer=True, example="rnn_cell(x, h)", group="layers",
    ),
    Function(
        "lstm_cell", "One step of a long short-term memory; gives the new h and c.",
        (
            _X, Parameter("h", "tensor"), Parameter("c", "tensor"),
            _own("W_x"), _own("W_h"), _own("b"),
        ),
        layers.lstm_cell, composite=True, layer=True, outputs=2,
        example="lstm_cell(x, h, c)", group="layers",
    ),
    Function(
        "gru_cell", "One step of a gated recurrent unit, with gates r, z, n as PyTorch's.",
        (
            _X, Parameter("h", "tensor"),
            _own("W_x"), _own("W_h"), _own("b_x"), _own("b_h"),
        ),
        layers.gru_cell, composite=True, layer=True, example="gru_cell(x, h)", group="layers",
    ),
    Function(
        "attention",
        "Rows of V averaged with the weights softmax(Q Kᵀ / √d); d is the width of a row of Q.",
        (
            Parameter("Q", "tensor"), Parameter("K", "tensor"), Parameter("V", "tensor"),
            _CAUSAL, _MASK,
        ),
        layers.attention, composite=True, example="attention(Q, K, V)", group="layers",
    ),
    Function(
        "self_attention", "Attention of rows among themselves, with W_q, W_k and W_v of its own.",
        (Parameter("X", "tensor"), Parameter("width", "whole"), _CAUSAL, _MASK),
        layers.self_attention, composite=True, layer=True, example="self_attention(X, 2)",
        group="layers",
    ),
    Function(
        "multi_head_attention",
        "Self-attention by parts of the width, a head each, with W_q, W_k, W_v and W_o of its own.",
        (Parameter("X", "tensor"), Parameter("heads", "whole"), _CAUSAL, _MASK),
        layers.multi_head_attention, composite=True, layer=True,
        example="multi_head_attention(X, 1)", group="layers",
    ),
    Function(
        "embedding", "The rows of a table of its own with the given whole numbers.",
        (Parameter("ids", "tensor"), Parameter("count", "whole"), Parameter("width", "whole")),
        layers.embedding, composite=True, layer=True, example="embedding(ids, 4, 2)",
        group="layers",
    ),
    Function(
        "dropout", "Elements set to 0 with probability p, the rest scaled by 1/(1 − p).",
        (_X, Parameter("p", "number")), layers.dropout, composite=True, layer=True,
        example="dropout(x, 0.5)", group="layers",
    ),
    Function(
        "mse", "The mean of squared differences.",
        (Parameter("prediction", "tensor"), _Y), losses.mse, composite=True,
        example="mse(prediction, y)", group="losses",
    ),
    Function(
        "cross_entropy",
        "Minus the log-probability that softmax gives the true class, from logits; the mean over "
        "the rows of a batch.",
        (
            Parameter("logits", "tensor"), _Y,
            Parameter("label_smoothing", "number", Fraction(0), keyword=True),
            Parameter("weight", "tensor", None, keyword=True),
            Parameter("ignore", "whole", None, keyword=True),
        ),
        losses.cross_entropy, composite=True,
        example="cross_entropy(logits, k)", group="losses",
    ),
    Function(
        "mae", "The mean of absolute differences.",
        (Parameter("prediction", "tensor"), _Y), distances.mae, composite=True,
        example="mae(prediction, y)", group="losses",
    ),
    Function(
        "kl", "The divergence Σ p log(p/q) of q from a distribution p; 0·log 0 is 0.",
        (_P, Parameter("q", "tensor")), distances.kl, composite=True, example="kl(p, q)",
        group="losses",
    ),
    Function(
        "gaussian_nll", "Minus the logarithm of a normal density, without its constant: the mean "
        "of (log v + (m − y)²/v)/2.",
        (
            Parameter("mean", "tensor"), _Y, Parameter("variance", "tensor"),
            Parameter("full", "truth", False, keyword=True),
            Parameter("eps", "number", Fraction(0), keyword=True),
        ),
        distances.gaussian_nll, composite=True, example="gaussian_nll(z, y, 2)", group="losses",
    ),
    Function(
        "poisson_nll", "Minus the logarithm of a Poisson probability, without its constant: the "
        "mean of e^z − y·z.",
        (
            Parameter("z", "tensor"), _Y, Parameter("log_input", "truth", True, keyword=True),
            Parameter("full", "truth", False, keyword=True),
            Parameter("eps", "number", distances.POISSON_EPS, keyword=True),
        ),
        distances.poisson_nll, composite=True, example="poisson_nll(z, y)", group="losses",
    ),
    Function(
        "cosine_similarity", "The cosine of the angle between vectors, or between rows.",
        (_A, _B, _LAST, Parameter("eps", "number", Fraction(0), keyword=True)),
        distances.cosine_similarity, composite=True, example="cosine_similarity(a, b)",
        group="losses",
    ),
    Function(
        "triplet", "How much closer the negative is to the anchor than the positive is, beyond a "
        "margin; else 0.",
        (
            Parameter("anchor", "tensor"), Parameter("positive", "tensor"),
            Parameter("negative", "tensor"), Parameter("margin", "number", Fraction(1)),
            Parameter("eps", "number", distances.TRIPLET_EPS, keyword=True),
        ),
        distances.triplet, composite=True, example="triplet(a, b, x)", group="losses",
    ),
    Function(
        "contrastive", "The mean of y·d² + (1 − y)·relu(margin − d)², for distances d.",
        (Parameter("d", "tensor"), _Y, Parameter("margin", "number", Fraction(1))),
        distances.contrastive, composite=True, example="contrastive(p, y)", group="losses",
    ),
    Function(
        "nll", "Minus the logarithm of the true class's probability.", (_P, _Y), losses.nll,
        composite=True, example="nll(p, k)", group="losses",
    ),
    Function(
        "bce", "Binary cross-entropy of probabilities, the mean over elements.", (_P, _Y),
        losses.bce, composite=True, example="bce(p, y)", group="losses",
    ),
    Function(
        "bce_with_logits", "Binary cross-entropy from logits, right in both tails.",
        (Parameter("z", "tensor"), _Y), losses.bce_with_logits, composite=True,
        example="bce_with_logits(z, y)", group="losses",
    ),
    Function(
        "hinge", "The sum over wrong classes of how far each comes within 1 of the true one.",
        (Parameter("scores", "tensor"), _Y), losses.hinge, composite=True,
        example="hinge(scores, k)", group="losses",
    ),
)  # fmt: skip

FUNCTIONS: Mapping[str, Function] = MappingProxyType({f.name: f for f in _ALL})
