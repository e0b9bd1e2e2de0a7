"""The functions that PyTorch and JAX files define, from one template for both libraries.

Functions that the two do not share (writing elements in place, erfc) are separate.
"""

from __future__ import annotations

from collections.abc import Mapping

from backstep.export.expression_writer import Helper
from backstep.export.numpy_helpers import HELPERS as OF_NUMPY

_SHARED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sigmoid": (
        """\
def sigmoid(x):
    e = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1.0, e)/(1.0 + e)
""",
        (),
    ),
    "elu": (
        """\
def elu(x):
    return xp.where(x >= 0, x, xp.expm1(xp.where(x > 0, 0.0, x)))
""",
        (),
    ),
    "selu": (
        """\
def selu(x):
    left = 1.6732632423543772*xp.expm1(xp.where(x > 0, 0.0, x))
    return 1.0507009873554805*xp.where(x >= 0, x, left)
""",
        (),
    ),
    "normal_cdf": (
        """\
def normal_cdf(x):  # with the argument's rounding put back, the product exact in two parts
    root, low = -0.70710678118654757, 4.8336466567264573e-17
    at = x*root
    x_high, root_high = x*134217729.0, root*134217729.0
    x_high, root_high = x_high - (x_high - x), root_high - (root_high - root)
    x_low, root_low = x - x_high, root - root_high
    lost = x_high*root_high - at + x_high*root_low + x_low*root_high + x_low*root_low + x*low
    back = xp.where(xp.isfinite(lost), lost, 0.0)*xp.exp(-at*at)*1.1283791670955126
    return (erfc(at) - back)/2
""",
        ("erfc",),
    ),
    "gelu": (
        """\
def gelu(x):
    return xp.where(xp.isneginf(x), -0.0, x*normal_cdf(x))
""",
        ("normal_cdf",),
    ),
    "silu": (
        """\
def silu(x):
    half = xp.exp(0.5*xp.where(x > 0, 0.0, x))
    left = xp.where(xp.isneginf(x), -0.0, x*half*half)
    return xp.where(x < -40, left, x*sigmoid(x))
""",
        ("sigmoid",),
    ),
    "norm": (
        """\
def norm(x, axis=None):  # scaled by a power of two, so that no square overflows
    rows = x.reshape(1, -1) if axis is None else xp.moveaxis(x, axis, -1)
    largest = largest_of(xp.abs(rows))
    usable = xp.isfinite(largest) & (largest > 0)
    power = xp.frexp(xp.where(usable, largest, 1.0))[1]
    root = xp.ldexp(xp.sqrt((xp.ldexp(rows, -power[..., None])**2).sum(-1)), power)
    whole = xp.where(usable, root, largest)
    return whole[0] if axis is None else whole
""",
        ("largest_of",),
    ),
    "variance": (
        """\
def variance(x, axis=None):
    mean = x.mean() if axis is None else x.mean(axis, keepdims=True)
    return ((x - mean)**2).mean() if axis is None else ((x - mean)**2).mean(axis)
""",
        (),
    ),
    "is_largest": (
        """\
def is_largest(rows):  # marks one element a row: the first of the largest, or of the NaN
    return xp.arange(rows.shape[-1]) == xp.argmax(rows, -1)[..., None]
""",
        (),
    ),
    "logsumexp": (
        """\
def logsumexp(x, axis=None):  # the largest term left out of log1p
    rows = x.reshape(1, -1) if axis is None else xp.moveaxis(x, axis, -1)
    largest = largest_of(rows)
    weights = xp.exp(rows - xp.where(xp.isfinite(largest), largest, 0.0)[..., None])
    rest = xp.where(is_largest(rows), 0.0, weights).sum(-1)
    whole = xp.where(xp.isfinite(largest), largest + xp.log1p(rest), largest)
    return whole[0] if axis is None else whole
""",
        ("largest_of", "is_largest"),
    ),
    "softmax": (
        """\
def softmax(x, axis):
    rows = xp.moveaxis(x, axis, -1)
    weights = xp.exp(rows - largest_of(rows)[..., None])
    return xp.moveaxis(weights/weights.sum(-1)[..., None], -1, axis)
""",
        ("largest_of",),
    ),
    "log_softmax": (
        """\
def log_softmax(x, axis):  # the largest term left out of log1p
    rows = xp.moveaxis(x, axis, -1)
    shifted = rows - largest_of(rows)[..., None]
    rest = xp.where(is_largest(rows), 0.0, xp.exp(shifted)).sum(-1)[..., None]
    spoiled = xp.where(xp.isnan(shifted).any(-1), xp.nan, 0.0)[..., None]
    return xp.moveaxis(shifted - xp.log1p(rest) + spoiled, -1, axis)
""",
        ("largest_of", "is_largest"),
    ),
    "others": (
        """\
def others(rows):  # of each element the sum of the others
    left_out = is_largest(xp.abs(rows))
    rest = xp.where(left_out, 0.0, rows).sum(-1)[..., None]
    return xp.where(left_out, rest, rows.sum(-1)[..., None] - rows)
""",
        ("is_largest",),
    ),
    "less_its_share": (
        """\
def less_its_share(g, p, axis):  # g - p*sum(g), its digits kept where p is nearly 1
    g, p = xp.moveaxis(g, axis, -1), xp.moveaxis(p, axis, -1)
    if xp.isfinite(g).all() and xp.isfinite(p).all():
        most = is_largest(p)
        rest = xp.where(most, xp.where(most, 0.0, p).sum(-1)[..., None], 1.0 - p)
        made = g*rest - p*others(g)
    else:
        whole = g.sum(-1)[..., None]
        made = g - xp.where(whole == 0, 0.0, p*whole)
    return xp.moveaxis(made, -1, axis)
""",
        ("is_largest", "others"),
    ),
    "less_its_mean": (
        """\
def less_its_mean(g, p, axis):  # g - sum(p*g), its digits kept where p is nearly 1
    g, p = xp.moveaxis(g, axis, -1), xp.moveaxis(p, axis, -1)
    if xp.isfinite(g).all() and xp.isfinite(p).all():
        left = g - xp.where(is_largest(p), g, 0.0).sum(-1)[..., None]
        made = left - (p*left).sum(-1)[..., None]
    else:
        made = g - xp.where(g == 0, 0.0, g*p).sum(-1)[..., None]
    return xp.moveaxis(made, -1, axis)
""",
        ("is_largest",),
    ),
    "products_of_others": (
        """\
def products_of_others(x):  # products of all but one; nothing is divided
    one = xp.ones((*x.shape[:-1], 1))
    before = xp.cumprod(xp.concatenate([one, x[..., :-1]], -1), -1)
    turned = xp.flip(x[..., 1:], (-1,))
    behind = xp.cumprod(xp.concatenate([one, turned], -1), -1)
    return before*xp.flip(behind, (-1,))
""",
        (),
    ),
    "products_without": (
        """\
def products_without(x, order):  # [.., i, j, ..]: the product without those
    n = x.shape[-1]
    k = xp.arange(n)
    places = [k.reshape([n if a == b else 1 for b in range(order)] + [1]) for a in range(order)]
    keep, distinct = k == k, k[:1] == k[:1]
    for a, each in enumerate(places):
        keep = keep & (each != k)
        for other in places[:a]:
            distinct = distinct & (each != other)[..., 0]
    wide = x.reshape([*x.shape[:-1], *[1]*order, n])
    return xp.where(distinct, xp.where(keep, wide, 1.0).prod(-1), 0.0)
""",
        (),
    ),
    "scatter": (
        """\
def scatter(x, key, shape):  # zeros of a shape with x put at an index
    return put(xp.zeros(shape), key, x)
""",
        ("put",),
    ),
    "std": (
        """\
def std(x, axis=None):  # 0 where all elements are equal, though their mean may be rounded
    rows = x.reshape(1, -1) if axis is None else xp.moveaxis(x, axis, -1)
    apart = rows - rows.mean(-1)[..., None]
    same = (rows == rows[..., :1]).all(-1)
    whole = xp.where(same, 0.0, norm(apart, -1)/rows.shape[-1]**0.5)
    return whole[0] if axis is None else whole
""",
        ("norm",),
    ),
    "logdet": (
        """\
def logdet(x):  # undefined where the determinant is negative
    sign, whole = xp.linalg.slogdet(x)
    return xp.where((sign < 0) | ~xp.isfinite(x).all(), xp.nan, whole)
""",
        (),
    ),
    "pick": (
        """\
def pick(x, k):  # of each row the element of class k
    return xp.where(xp.arange(x.shape[-1]) == k[..., None], x, 0.0).sum(-1)
""",
        (),
    ),
    "place": (
        """\
def place(x, k, classes):  # rows of zeros with x put at class k
    x = xp.broadcast_to(x, k.shape)[..., None]
    return xp.where(xp.arange(classes) == k[..., None], x, 0.0)
""",
        (),
    ),
    "padded": (
        """\
def padded(x, axes, padding):  # with zeros on both sides of the last axes
    for axis in range(x.ndim - axes, x.ndim):
        zeros = xp.zeros([*x.shape[:axis], padding, *x.shape[axis + 1:]])
        x = xp.concatenate([zeros, x, zeros], axis)
    return x
""",
        (),
    ),
    "patches": (
        """\
def patches(x, size, stride, padding):  # the windows of a signal or image, each a row
    axes = len(size)
    counts = [(n + 2*padding - k)//stride + 1 for n, k in zip(x.shape[-axes:], size)]
    x = padded(x, axes, padding)
    rows = []
    for at in itertools.product(*map(range, size)):
        cut = tuple(slice(k, k + stride*(n - 1) + 1, stride) for k, n in zip(at, counts))
        rows.append(x[(..., *cut)])
    return xp.stack(rows, -1)
""",
        ("import itertools", "padded"),
    ),
    "unpatches": (
        """\
def unpatches(g, shape, size, stride, padding):  # windows added up where they came from
    axes = len(size)
    counts = g.shape[-axes - 1:-1]
    whole = xp.zeros([*shape[:-axes], *(n + 2*padding for n in shape[-axes:])])
    for row, at in enumerate(itertools.product(*map(range, size))):
        cut = tuple(slice(k, k + stride*(n - 1) + 1, stride) for k, n in zip(at, counts))
        whole = added(whole, (..., *cut), g[..., row])
    return whole[(..., *(slice(padding, padding + n) for n in shape[-axes:]))]
""",
        ("import itertools", "added"),
    ),
}
_FROM_NUMPY = (
    "times", "times_both", "over", "masked_matmul",
    "slope_of_tanh", "log_slope", "times_log", "bell", "gauss", "softsign", "huber",
    "one_less_square", "minors", "det", "cofactors",
)  # fmt: skip
"""Functions of the NumPy file that work for the other two unchanged."""

_TORCH = {
    "largest_of": "def largest_of(rows):\n    return torch.amax(rows, -1)\n",
    "erfc": "def erfc(x):\n    return torch.special.erfc(x)\n",
    "take": "def take(x, k):\n    return x[k.to(torch.int64)]\n",
    "put_rows": (
        "def put_rows(x, k, rows):  # zeros with values added at these numbers\n"
        "    whole = torch.zeros((rows, *x.shape[k.ndim:]))\n"
        "    return whole.index_put((k.to(torch.int64),), x, accumulate=True)\n"
    ),
    "solve": (
        "def solve(a, b):  # NaN where the matrix is singular\n"
        "    made, info = torch.linalg.solve_ex(a, b)\n"
        "    return made if info == 0 and torch.isfinite(a).all() else made*torch.nan\n"
    ),
    "erf": "def erf(x):\n    return torch.special.erf(x)\n",
    "put": "def put(whole, key, x):\n    whole[key] = x\n    return whole\n",
    "added": "def added(whole, key, x):\n    whole[key] += x\n    return whole\n",
    "sign": "def sign(x):\n    return torch.where(torch.isnan(x), x, torch.sign(x))\n",
    "step_of": (
        "def step_of(x):  # 1 where x is positive; NaN stays\n"
        "    return torch.where(torch.isnan(x), x, (x > 0)*1.0)\n"
    ),
}
_JAX = {
    "largest_of": "def largest_of(rows):\n    return jnp.max(rows, -1)\n",
    "erfc": "def erfc(x):\n    return jax.scipy.special.erfc(x)\n",
    "take": "def take(x, k):\n    return x[k.astype(jnp.int64)]\n",
    "put_rows": (
        "def put_rows(x, k, rows):  # zeros with values added at these numbers\n"
        "    whole = jnp.zeros((rows, *x.shape[k.ndim:]))\n"
        "    return whole.at[k.astype(jnp.int64)].add(x)\n"
    ),
    "solve": (
        "def solve(a, b):  # NaN where the matrix is singular\n"
        "    singular = jnp.linalg.det(a) == 0\n"
        "    return jnp.where(singular, jnp.nan, jnp.linalg.solve(a, b))\n"
    ),
    "erf": "def erf(x):\n    return jax.scipy.special.erf(x)\n",
    "put": "def put(whole, key, x):\n    return whole.at[key].set(x)\n",
    "added": "def added(whole, key, x):\n    return whole.at[key].add(x)\n",
}


def helpers(library: str) -> dict[str, Helper]:
    """The functions for a library's file, by name; the library is `torch` or `jnp`."""
    own = {"torch": _TORCH, "jnp": _JAX}[library]
    return {
        **{
            name: Helper(OF_NUMPY[name].text.replace("np.", f"{library}."), OF_NUMPY[name].needs)
            for name in _FROM_NUMPY
        },
        **{
            name: Helper(text.replace("xp.", f"{library}."), needs)
            for name, (text, needs) in _SHARED.items()
        },
        **{name: Helper(text) for name, text in own.items()},
    }
