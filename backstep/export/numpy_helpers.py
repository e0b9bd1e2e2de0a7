"""The functions that a NumPy file defines if its lines call them."""

from __future__ import annotations

from collections.abc import Mapping

from backstep.export.expression_writer import Helper

HELPERS: Mapping[str, Helper] = {
    "times": Helper(
        """\
def times(partial, local):  # the product; a partial of exactly 0 gives 0, whatever it meets
    return np.where(partial == 0, 0.0, partial*local)
"""
    ),
    "times_both": Helper(
        """\
def times_both(one, other):  # the product of two partials; where either is exactly 0 it is 0
    return np.where((one == 0) | (other == 0), 0.0, one*other)
"""
    ),
    "over": Helper(
        """\
def over(partial, value):  # the quotient; a partial of exactly 0 gives 0, whatever it meets
    return np.where(partial == 0, 0.0, partial/value)
"""
    ),
    "masked_matmul": Helper(
        """\
def masked_matmul(a, b, partial):  # a @ b, its partial's zeros giving zeros
    if np.isfinite(a).all() and np.isfinite(b).all():
        return a @ b
    left = a[None, :] if a.ndim == 1 else a
    right = b[:, None] if b.ndim == 1 else b
    left, right = left[..., :, :, None], right[..., None, :, :]
    zero = (partial[0] & (left == 0)) | (partial[1] & (right == 0))
    made = np.where(zero, 0.0, left*right).sum(axis=-2)
    made = made[..., 0, :] if a.ndim == 1 else made
    return made[..., 0] if b.ndim == 1 else made
"""
    ),
    "sigmoid": Helper(
        """\
def sigmoid(x):
    return 1.0/(1.0 + np.exp(-x))
"""
    ),
    "sigmoid of scalars": Helper(
        """\
def sigmoid(x):
    e = math.exp(-abs(x))
    return 1.0/(1.0 + e) if x >= 0 else e/(1.0 + e)
""",
        ("import math",),
    ),
    "rest": Helper(
        """\
def rest(u, x):  # 1 - u where u is sigmoid(x), with its digits where u is nearly 1
    return 1.0 - u if u.max() < 0.999 else sigmoid(-x)
""",
        ("sigmoid",),
    ),
    "slope_of_tanh": Helper(
        """\
def slope_of_tanh(x):  # 1 - tanh(x)^2, with its digits where tanh is nearly 1 or -1
    e = np.exp(-2.0*np.abs(x))
    return 4.0*e/(1.0 + e)**2
"""
    ),
    "rest_of_square": Helper(
        """\
def rest_of_square(t, x):  # 1 - t^2 where t is tanh(x), with its digits where t is nearly 1 or -1
    left = 1.0 - t*t
    return left if left.min() > 0.001 else slope_of_tanh(x)
""",
        ("slope_of_tanh",),
    ),
    "one_less_square": Helper(
        """\
def one_less_square(x):  # 1 - x^2, with its digits where x is nearly 1 or -1
    return (1.0 - x)*(1.0 + x)
"""
    ),
    "log_slope": Helper(
        """\
def log_slope(x):  # 1/x, the slope of log: infinite at 0, undefined where log is
    return np.where(x < 0, np.nan, 1.0/np.abs(x))
"""
    ),
    "elu": Helper(
        """\
def elu(x):
    return np.where(x >= 0, x, np.expm1(np.minimum(x, 0.0)))
"""
    ),
    "selu": Helper(
        """\
def selu(x):
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    return scale*np.where(x >= 0, x, alpha*np.expm1(np.minimum(x, 0.0)))
"""
    ),
    "normal_cdf": Helper(
        """\
def normal_cdf(x):  # with the argument's rounding put back
    at = np.multiply(x, -math.sqrt(0.5))
    lost = np.asarray(np.multiply(x, -np.sqrt(np.longdouble(0.5))) - at, dtype=np.float64)
    back = np.where(np.isfinite(lost), lost, 0.0)*np.exp(-at*at)*(2/math.sqrt(math.pi))
    return (np.asarray(np.frompyfunc(math.erfc, 1, 1)(at), dtype=np.float64) - back)/2
""",
        ("import math",),
    ),
    "gelu": Helper(
        """\
def gelu(x):
    return np.where(np.isneginf(x), -0.0, x*normal_cdf(x))
""",
        ("normal_cdf",),
    ),
    "erf": Helper(
        """\
def erf(x):
    return np.asarray(np.frompyfunc(math.erf, 1, 1)(x), dtype=np.float64)[()]
""",
        ("import math",),
    ),
    "softsign": Helper(
        """\
def softsign(x):
    return np.where(np.isinf(x), np.sign(x), x/(1.0 + np.abs(x)))
"""
    ),
    "huber": Helper(
        """\
def huber(r, delta):
    size = np.abs(r)
    near = np.where(size <= delta, size, 0.0)
    return np.where(size <= delta, near*near/2, delta*(size - delta/2))
"""
    ),
    "silu": Helper(
        """\
def silu(x):
    half = np.exp(0.5*np.clip(x, -2000.0, 0.0))
    return np.where(x < -40, np.where(np.isneginf(x), -0.0, x*half*half), x/(1.0 + np.exp(-x)))
"""
    ),
    "times_log": Helper(
        """\
def times_log(y, p):  # y log p; 0 log 0 counts as 0
    return np.where((y == 0) & (p == 0), 0.0, y*np.log(p))
"""
    ),
    "bell": Helper(
        """\
def bell(x):  # exp(-x^2/2), the square exact in two parts
    near = np.where(np.abs(x) > 100.0, 100.0, x)
    spread = near*(2.0**27 + 1)
    high = spread - (spread - near)
    return np.exp(-0.5*high*high)*np.exp(-0.5*(near - high)*(near + high))
"""
    ),
    "gauss": Helper(
        """\
def gauss(x):  # exp(-x^2), the square exact in two parts
    near = np.where(np.abs(x) > 100.0, 100.0, x)
    spread = near*(2.0**27 + 1)
    high = spread - (spread - near)
    return np.exp(-high*high)*np.exp(-(near - high)*(near + high))
"""
    ),
    "norm": Helper(
        """\
def norm(x, axis=None):  # the length, scaled by a power of two so that no square overflows
    x = np.asarray(x)
    largest = np.max(np.abs(x), axis=axis, keepdims=True, initial=0.0)
    usable = np.isfinite(largest) & (largest > 0)
    power = np.frexp(np.where(usable, largest, 1.0))[1]
    scaled = np.ldexp(x, -power)
    root = np.ldexp(np.sqrt(np.sum(scaled*scaled, axis=axis, keepdims=True)), power)
    whole = np.where(usable, root, largest)
    return whole.reshape(()) if axis is None else whole.squeeze(axis)
"""
    ),
    "logsumexp": Helper(
        """\
def logsumexp(x, axis=None):  # the largest term left out of log1p
    rows = np.reshape(x, (1, -1)) if axis is None else np.moveaxis(x, axis, -1)
    largest = rows.max(axis=-1, keepdims=True)
    weights = np.exp(rows - np.where(np.isfinite(largest), largest, 0.0))
    place = np.expand_dims(np.argmax(rows, axis=-1), -1)
    np.put_along_axis(weights, place, np.where(np.isnan(largest), np.nan, 0.0), axis=-1)
    largest = largest[..., 0]
    whole = np.where(np.isinf(largest), largest, largest + np.log1p(weights.sum(axis=-1)))
    return whole[0] if axis is None else whole
"""
    ),
    "softmax": Helper(
        """\
def softmax(x, axis):
    if x.shape[axis] == 0:
        return x
    weights = np.exp(x - x.max(axis=axis, keepdims=True))
    return weights/weights.sum(axis=axis, keepdims=True)
"""
    ),
    "log_softmax": Helper(
        """\
def log_softmax(x, axis):  # the largest term left out of log1p
    if x.shape[axis] == 0:
        return x
    shifted = x - x.max(axis=axis, keepdims=True)
    weights = np.exp(shifted)
    total = weights.sum(axis=axis, keepdims=True)
    if total.min() > 1.5:  # the logarithm has its digits
        return shifted - np.log(total)
    np.put_along_axis(weights, np.expand_dims(np.argmax(x, axis=axis), axis), 0.0, axis=axis)
    spoiled = np.where(np.isnan(shifted).any(axis=axis, keepdims=True), np.nan, 0.0)
    return shifted - np.log1p(weights.sum(axis=axis, keepdims=True)) + spoiled
"""
    ),
    "others": Helper(
        """\
def others(x, axis):  # of each element the sum of the others
    made = x.sum(axis=axis, keepdims=True) - x
    place = np.expand_dims(np.argmax(np.abs(x), axis=axis), axis)
    without = np.array(x)
    np.put_along_axis(without, place, 0.0, axis=axis)
    np.put_along_axis(made, place, without.sum(axis=axis, keepdims=True), axis=axis)
    return made
"""
    ),
    "less_its_share": Helper(
        """\
def less_its_share(g, p, axis):  # g - p*sum(g), its digits kept where p is nearly 1
    if p.max() < 0.9:
        return g - p*g.sum(axis=axis, keepdims=True)
    if not (np.isfinite(g).all() and np.isfinite(p).all()):
        whole = g.sum(axis=axis, keepdims=True)
        return g - np.where(whole == 0, 0.0, p*whole)
    rest = 1.0 - p
    place = np.expand_dims(np.argmax(p, axis=axis), axis)
    without = np.array(p)
    np.put_along_axis(without, place, 0.0, axis=axis)
    np.put_along_axis(rest, place, without.sum(axis=axis, keepdims=True), axis=axis)
    return g*rest - p*others(g, axis)
""",
        ("others",),
    ),
    "less_its_mean": Helper(
        """\
def less_its_mean(g, p, axis):  # g - sum(p*g), its digits kept where p is nearly 1
    if p.max() < 0.9:
        return g - (p*g).sum(axis=axis, keepdims=True)
    if not (np.isfinite(g).all() and np.isfinite(p).all()):
        return g - np.where(g == 0, 0.0, g*p).sum(axis=axis, keepdims=True)
    place = np.expand_dims(np.argmax(p, axis=axis), axis)
    left = g - np.take_along_axis(g, place, axis)
    return left - (p*left).sum(axis=axis, keepdims=True)
"""
    ),
    "products_of_others": Helper(
        """\
def products_of_others(x):  # products of all but one; nothing is divided
    one = np.ones((*x.shape[:-1], 1))
    before = np.cumprod(np.concatenate([one, x[..., :-1]], axis=-1), axis=-1)
    behind = np.cumprod(np.concatenate([one, x[..., :0:-1]], axis=-1), axis=-1)
    return before*behind[..., ::-1]
"""
    ),
    "products_without": Helper(
        """\
def products_without(x, order):  # [.., i, j, ..]: the product without those
    length = x.shape[-1]
    made = np.zeros((*x.shape[:-1], *[length]*order))
    for places in np.ndindex(*[length]*order):
        if len(set(places)) == order:
            kept = [k for k in range(length) if k not in places]
            made[(..., *places)] = np.prod(x[..., kept], axis=-1)
    return made
"""
    ),
    "take": Helper(
        """\
def take(x, k):  # the elements or rows with these numbers
    return x[np.asarray(k).astype(np.int64)]
"""
    ),
    "put_rows": Helper(
        """\
def put_rows(x, k, rows):  # zeros with values added at these numbers
    k = np.asarray(k).astype(np.int64)
    whole = np.zeros((rows, *np.shape(x)[k.ndim:]))
    np.add.at(whole, k, x)
    return whole
"""
    ),
    "solve": Helper(
        """\
def solve(a, b):  # NaN where the matrix is singular
    if not np.isfinite(a).all():
        return np.full(np.shape(b), np.nan)
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        return np.full(np.shape(b), np.nan)
"""
    ),
    "logdet": Helper(
        """\
def logdet(x):  # undefined where the determinant is negative
    if not np.isfinite(x).all():
        return np.float64(np.nan)
    sign, whole = np.linalg.slogdet(x)
    return np.where(sign < 0, np.nan, whole)[()]
"""
    ),
    "minors": Helper(
        """\
def minors(rows):  # a determinant by the minors of the first row
    if len(rows) == 1:
        return rows[0][0]
    total = 0.0
    for j, first in enumerate(rows[0]):
        part = first*minors([row[:j] + row[j + 1:] for row in rows[1:]])
        total = total - part if j % 2 else total + part
    return total
"""
    ),
    "det": Helper(
        """\
def det(x):  # by minors where it is small
    rows = [[each for each in row] for row in x]
    return minors(rows) if len(x) < 4 else np.linalg.det(x)
""",
        ("minors",),
    ),
    "cofactors": Helper(
        """\
def cofactors(x):  # by minors, so that a singular matrix has them too
    n = range(len(x))

    def minor(i, j):
        kept = [[x[k, m] for m in n if m != j] for k in n if k != i]
        return minors(kept) if len(x) < 5 else np.linalg.det(np.stack([np.stack(r) for r in kept]))

    if len(x) == 1:
        return np.ones((1, 1))
    return np.stack([np.stack([(-1)**(i + j)*minor(i, j) for j in n]) for i in n])
""",
        ("minors",),
    ),
    "std": Helper(
        """\
def std(x, axis=None):  # 0 where all elements are equal, though their mean may be rounded
    rows = np.reshape(x, (1, -1)) if axis is None else np.moveaxis(x, axis, -1)
    apart = rows - rows.mean(-1)[..., None]
    same = (rows == rows[..., :1]).all(-1)
    whole = np.where(same, 0.0, norm(apart, axis=-1)/math.sqrt(rows.shape[-1] or np.nan))
    return whole[0] if axis is None else whole
""",
        ("import math", "norm"),
    ),
    "scatter": Helper(
        """\
def scatter(x, key, shape):  # zeros of a shape with x put at an index
    whole = np.zeros(shape)
    whole[key] = x
    return whole
"""
    ),
    "pick": Helper(
        """\
def pick(x, k):  # of each row the element of class k
    k = np.asarray(k, dtype=np.int64)
    rows = x.reshape(-1, x.shape[-1])
    return rows[np.arange(k.size), k.ravel()].reshape(k.shape)[()]
"""
    ),
    "place": Helper(
        """\
def place(x, k, classes):  # rows of zeros with x put at class k
    k = np.asarray(k, dtype=np.int64)
    whole = np.zeros((k.size, classes))
    whole[np.arange(k.size), k.ravel()] = np.broadcast_to(x, k.shape).ravel()
    return whole.reshape(*k.shape, classes)
"""
    ),
    "patches": Helper(
        """\
def patches(x, size, stride, padding):  # the windows of a signal or image, each laid out as a row
    axes = len(size)
    if padding:
        x = np.pad(x, [(0, 0)]*(x.ndim - axes) + [(padding, padding)]*axes)
    counts = [(n - k)//stride + 1 for n, k in zip(x.shape[-axes:], size)]
    rows = np.empty((*x.shape[:-axes], *counts, math.prod(size)))
    for row, at in enumerate(itertools.product(*map(range, size))):
        place = tuple(slice(k, k + stride*(n - 1) + 1, stride) for k, n in zip(at, counts))
        rows[..., row] = x[(..., *place)]
    return rows
""",
        ("import itertools", "import math"),
    ),
    "unpatches": Helper(
        """\
def unpatches(g, shape, size, stride, padding):  # windows added up where they came from
    axes = len(size)
    counts = g.shape[-axes - 1:-1]
    whole = np.zeros((*shape[:-axes], *(n + 2*padding for n in shape[-axes:])))
    for row, at in enumerate(itertools.product(*map(range, size))):
        place = tuple(slice(k, k + stride*n, stride) for k, n in zip(at, counts))
        whole[(..., *place)] += g[..., row]
    return whole[(..., *(slice(padding, padding + n) for n in shape[-axes:]))]
""",
        ("import itertools",),
    ),
}
"""By the function's name; a helper names the import that it needs."""
