"""Names of other libraries: ours for them, and for those without one here, a way round."""

from __future__ import annotations

import numpy as np

from backstep.lang.diagnostics.fixes.foreign_formulas import FORMULAS, WAYS_OUT
from backstep.ops import FUNCTIONS

MODULES = frozenset(
    [
        "np",
        "numpy",
        "math",
        "cmath",
        "scipy",
        "special",
        "linalg",
        "torch",
        "nn",
        "functional",
        "F",
        "tf",
        "keras",
        "K",
        "jnp",
        "jax",
        "lax",
        "numpy",
        "losses",
        "activations",
        "autograd",
        "onp",
        "mx",
        "cupy",
        "cp",
        "Math",
        "sympy",
        "optax",
        "flax",
        "NNlib",
        "Flux",
        "layers",
        "metrics",
        "sklearn",
        "jsp",
        "jscipy",
        "T",
        "theano",
        "mnp",
        "paddle",
        "ag",
        "anp",
    ]
)
"""Prefixes of a name and a point in other languages."""

ARRAYS = frozenset(
    [
        "array",
        "asarray",
        "tensor",
        "as_tensor",
        "from_numpy",
        "Tensor",
        "FloatTensor",
        "DoubleTensor",
        "Variable",
        "Parameter",
        "constant",
        "convert_to_tensor",
        "float32",
        "float64",
        "double",
        "asfarray",
    ]
)
"""Functions that convert a list to an array."""

IDENTITIES = frozenset(
    [
        "item",
        "float",
        "double",
        "clone",
        "copy",
        "numpy",
        "cpu",
        "cuda",
        "to",
        "astype",
        "type",
        "contiguous",
        "requires_grad_",
        "requires_grad",
        "tolist",
    ]
)
"""Methods that change no number."""

TURNS = frozenset({"t", "transpose", "mT", "adjoint"})

EXCHANGES = frozenset({"transpose", "permute", "swapaxes", "permute_dims", "swapdims"})
"""Functions and methods that exchange axes."""

OPERATORS = {
    "matmul": " @ ",
    "mm": " @ ",
    "bmm": " @ ",
    "mv": " @ ",
    "power": "^",
    "powi": "^",
    "powf": "^",
    "pow": "^",
    "float_power": "^",
    "multiply": "*",
    "mul": "*",
    "add": " + ",
    "subtract": " - ",
    "sub": " - ",
    "divide": "/",
    "div": "/",
    "true_divide": "/",
    "truediv": "/",
}
"""Functions of two arguments that are operators here."""

CONSTANTS = {
    "pi": "pi",
    "PI": "pi",
    "E": "exp(1)",
    "e": "exp(1)",
    "inf": "inf",
    "Inf": "inf",
    "nan": "nan",
    "newaxis": "None",
}

RENAMED = {
    "ln": "log",
    "sqr": "square",
    "logistic": "sigmoid",
    "expit": "sigmoid",
    "sgn": "sign",
    "heaviside": "step",
    "average": "mean",
    "avg": "mean",
    "total": "sum",
    "reduce_sum": "sum",
    "reduce_mean": "mean",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_prod": "prod",
    "reduce_logsumexp": "logsumexp",
    "amax": "max",
    "amin": "min",
    "product": "prod",
    "flat": "flatten",
    "ravel": "flatten",
    "identity": "eye",
    "range": "arange",
    "absolute": "abs",
    "fabs": "abs",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "logsigmoid": "log_sigmoid",
    "hard_sigmoid": "hardsigmoid",
    "hard_swish": "hardswish",
    "soft_sign": "softsign",
    "clamp": "clip",
    "clip_by_value": "clip",
    "cat": "concat",
    "concatenate": "concat",
    "vdot": "dot",
    "inner": "dot",
    "ger": "outer",
    "view": "reshape",
    "fmax": "maximum",
    "fmin": "minimum",
    "mse_loss": "mse",
    "l1_loss": "mae",
    "mean_absolute_error": "mae",
    "tr": "trace",
    "Tr": "trace",
    "stop_grad": "stop_gradient",
    "gradient": "grad",
    "gradients": "grad",
    "rmsnorm": "rms_norm",
    "groupnorm": "group_norm",
    "mean_squared_error": "mse",
    "binary_cross_entropy": "bce",
    "binary_crossentropy": "bce",
    "bce_loss": "bce",
    "binary_cross_entropy_with_logits": "bce_with_logits",
    "bce_with_logits_loss": "bce_with_logits",
    "crossentropy": "cross_entropy",
    "cross_entropy_loss": "cross_entropy",
    "hinge_loss": "hinge",
    "logsoftmax": "log_softmax",
    "log_2": "log2",
    "log_10": "log10",
    "cube_root": "cbrt",
    "cuberoot": "cbrt",
    "leakyrelu": "leaky_relu",
    "layernorm": "layer_norm",
    "batchnorm": "batch_norm",
    "linalg_norm": "norm",
}
"""Other libraries' names of our functions with the same arguments."""

SHEETS = {
    "IF": "where",
    "AVERAGE": "mean",
    "SUMSQ": "sum_of_squares",
    "SUMPRODUCT": "sum_of_products",
    "MMULT": "matmul",
    "DEVSQ": "sum_of_deviations",
}
"""Spreadsheet functions with another name here, in capitals or not."""

OF_A_SAMPLE = {"VAR": "var", "STDEV": "std", "STD": "std"}
"""Spreadsheet spreads that divide by n − 1."""

CLASSES = {
    "ReLU": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "SiLU": "silu",
    "GELU": "gelu",
    "LogSigmoid": "log_sigmoid",
    "Softsign": "softsign",
    "Mish": "mish",
    "Hardsigmoid": "hardsigmoid",
    "Hardswish": "hardswish",
    "ELU": "elu",
    "SELU": "selu",
    "Flatten": "flatten",
    "MSELoss": "mse",
    "BCELoss": "bce",
    "BCEWithLogitsLoss": "bce_with_logits",
    "CrossEntropyLoss": "cross_entropy",
}
"""PyTorch modules that are called at once."""

CLASSES_WITH = {
    "Softmax": ("softmax", ("dim", "axis")),
    "LogSoftmax": ("log_softmax", ("dim", "axis")),
    "LeakyReLU": ("leaky_relu", ("negative_slope", "slope")),
    "Linear": ("dense", None),
    "Dropout": ("dropout", ("p", "p")),
}
"""PyTorch modules with an option: our function, and their and our name of the option.

`Linear` has two sizes, of which dense takes the second.
"""

SHAPED = frozenset(
    {
        "ones_like",
        "zeros_like",
        "unsqueeze",
        "expand_dims",
        "squeeze",
        "numel",
        "length",
        "size",
        "count",
    }
)
"""Functions whose form depends on the shape of their operand."""

OPTIONS = {"dim": "axis", "negative_slope": "slope"}
DROPPED_OPTIONS = frozenset(
    {"dtype", "device", "requires_grad", "out", "order", "copy", "create_graph", "retain_graph"}
)
REDUCTIONS = frozenset(
    {"sum", "mean", "max", "min", "prod", "var", "logsumexp", "softmax", "log_softmax"}
)
SIZES = {"zeros": 0, "ones": 0, "reshape": 1, "concat": 0, "stack": 0}
"""Functions whose sizes or tensors others take as one tuple, and its position."""

_LISTED = frozenset(
    [
        "acos",
        "acosh",
        "adaptive_avg_pool2d",
        "addmm",
        "all",
        "allclose",
        "alpha_dropout",
        "any",
        "argmax",
        "argmin",
        "argsort",
        "asin",
        "asinh",
        "atan",
        "atan2",
        "atanh",
        "avg_pool3d",
        "backward",
        "baddbmm",
        "bilinear",
        "bincount",
        "bitwise_and",
        "bucketize",
        "cdist",
        "ceil",
        "celu",
        "channel_shuffle",
        "cholesky",
        "chunk",
        "clone",
        "conj",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "cosh",
        "cosine_embedding_loss",
        "cosine_similarity",
        "count_nonzero",
        "cov",
        "crelu",
        "cross",
        "ctc_loss",
        "cummax",
        "cumprod",
        "cumsum",
        "deg2rad",
        "det",
        "detach",
        "diag",
        "diagonal",
        "diff",
        "digamma",
        "dist",
        "dropout2d",
        "dropout3d",
        "einsum",
        "embedding",
        "erf",
        "erfc",
        "erfinv",
        "exp2",
        "expand",
        "expand_as",
        "expm",
        "expm1",
        "eig",
        "eigh",
        "eigvals",
        "fft",
        "flip",
        "fliplr",
        "flipud",
        "floor",
        "fmod",
        "fold",
        "frac",
        "full",
        "full_like",
        "gather",
        "gaussian_nll_loss",
        "glu",
        "grad",
        "group_norm",
        "gru",
        "gru_cell",
        "gumbel_softmax",
        "hardshrink",
        "hardsigmoid",
        "hardswish",
        "hessian",
        "histogram",
        "hsplit",
        "hstack",
        "huber",
        "huber_loss",
        "hypot",
        "i0",
        "imag",
        "index_add",
        "index_select",
        "instance_norm",
        "interpolate",
        "inv",
        "inverse",
        "isnan",
        "jacobian",
        "kl_div",
        "kron",
        "kthvalue",
        "l1_loss",
        "lerp",
        "lgamma",
        "linear",
        "local_response_norm",
        "log10",
        "log1p",
        "log2",
        "logaddexp",
        "logcosh",
        "logcumsumexp",
        "logdet",
        "logical_and",
        "logical_not",
        "logical_or",
        "logit",
        "logm",
        "logspace",
        "logsigmoid",
        "log_sigmoid",
        "lstm",
        "lu",
        "mae",
        "margin_ranking_loss",
        "masked_fill",
        "masked_select",
        "matrix_exp",
        "matrix_power",
        "max_pool3d",
        "median",
        "meshgrid",
        "mish",
        "mode",
        "moveaxis",
        "multi_head_attention",
        "multinomial",
        "nan_to_num",
        "narrow",
        "nll_loss",
        "nonzero",
        "norm_except_dim",
        "normalize",
        "one_hot_encode",
        "one_like",
        "ones_like",
        "outer_product",
        "pad",
        "pairwise_distance",
        "permute",
        "pinv",
        "pixel_shuffle",
        "poisson_nll_loss",
        "polar",
        "prelu",
        "put",
        "qr",
        "quantile",
        "rand",
        "randint",
        "randn",
        "randperm",
        "rank",
        "reciprocal",
        "relu6",
        "remainder",
        "renorm",
        "repeat",
        "repeat_interleave",
        "rms_norm",
        "roll",
        "rot90",
        "rrelu",
        "rsqrt",
        "scaled_dot_product_attention",
        "scatter",
        "scatter_add",
        "searchsorted",
        "sinc",
        "sinh",
        "slice",
        "smooth_l1_loss",
        "softmin",
        "softshrink",
        "softsign",
        "solve",
        "sort",
        "split",
        "sqrtm",
        "squeeze",
        "stack_trace",
        "std",
        "stop_gradient",
        "svd",
        "swapaxes",
        "take",
        "tan",
        "tanhshrink",
        "tensordot",
        "threshold",
        "tile",
        "topk",
        "trace",
        "trapz",
        "tril",
        "triplet_margin_loss",
        "triu",
        "trunc",
        "unbind",
        "unfold",
        "unique",
        "unsqueeze",
        "upsample",
        "vander",
        "vjp",
        "vmap",
        "vsplit",
        "vstack",
        "where_",
        "xlogy",
        "zeros_like",
    ]
)
_BUILT_IN = frozenset(
    {
        "LayerNorm",
        "BatchNorm1d",
        "Sequential",
        "Embedding",
        "Linear",
        "lg",
        "len",
        "tr",
        "neg",
        "mean_absolute_error",
        "map",
        "zip",
        "sorted",
        "divmod",
    }
)
_OF_R_AND_MATLAB = frozenset(
    {
        "apply",
        "bsxfun",
        "colMeans",
        "colSums",
        "crossprod",
        "dbinom",
        "dexp",
        "dnorm",
        "dunif",
        "lapply",
        "numel",
        "pbinom",
        "pexp",
        "plogis",
        "pnorm",
        "punif",
        "qlogis",
        "qnorm",
        "rbinom",
        "repmat",
        "rexp",
        "rlogis",
        "rnorm",
        "rowMeans",
        "rowSums",
        "runif",
        "sapply",
        "tcrossprod",
        "vapply",
    }
)
_ELSEWHERE = (
    _LISTED
    | _OF_R_AND_MATLAB
    | _BUILT_IN
    | frozenset(name for name in [*dir(np), *dir(np.linalg)] if name[0] != "_")
)


def elsewhere(name: str) -> bool:
    """Whether another library has a function of this name, so that it is no typing error."""
    return name in _ELSEWHERE


def said_of(name: str) -> str | None:
    """The hint for another library's function: our name for it, or that there is none.

    None if it is no such function.
    """
    if name in OPERATORS:
        return f"write a{OPERATORS[name]}b"
    ours = RENAMED.get(name, CLASSES.get(name) if name.endswith("Loss") else None)
    if ours is not None:
        return f"write {ours}(…)"
    if name in ARRAYS:
        return "write the list alone: [1, 2]"
    if name in FUNCTIONS or name in IDENTITIES or not elsewhere(name):
        return None
    formula = f"write {FORMULAS[name][1]}" if name in FORMULAS else None
    way = WAYS_OUT.get(name, formula)
    return f"Backstep has no {name}" + (f"; {way}" if way else "")
