"""Functions written twice, as definitions and as PyTorch, with values at edges. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.systems.twice_written import Pair

_LINE = "param x = [-3.5, -3, -1.2, -0.4, 0, 0.3, 0.9, 2.6, 3, 3.4]\n"
_WEIGHTS = "const c = [1, -2, 0.5, 3, -1, 0.7, 1.3, -0.6, 2, -1.7]\n"
_INSIDE = "param x = [-0.99, -0.4, 0, 0.3, 0.9]\n"
_ABOVE = "param x = [1e-12, 0.2, 1, 3, 40]\n"

_ON_THE_LINE = (
    ("tan(x)", "torch.tan(x)"),
    ("atan(x)", "torch.atan(x)"),
    ("sinh(x)", "torch.sinh(x)"),
    ("cosh(x)", "torch.cosh(x)"),
    ("expm1(x)", "torch.expm1(x)"),
    ("erf(x)", "torch.erf(x)"),
    ("log_sigmoid(x)", "F.logsigmoid(x)"),
    ("softsign(x)", "F.softsign(x)"),
    ("mish(x)", "F.mish(x)"),
    ("swish(x)", "F.silu(x)"),
    ("huber(x)", "F.huber_loss(x, torch.zeros(10), reduction='none')"),
    ("huber(x, delta=3)", "F.huber_loss(x, torch.zeros(10), reduction='none', delta=3.0)"),
    ("atan2(x, 0.5 - x)", "torch.atan2(x, 0.5 - x)"),
    ("logaddexp(x, -2*x)", "torch.logaddexp(x, -2*x)"),
)


def _elementwise() -> Iterator[Pair]:
    for ours, theirs in _ON_THE_LINE:
        yield Pair(ours, f"{_LINE}{_WEIGHTS}L = dot(c, {ours})", f"L = (c*{theirs}).sum()")
    for name in ("asin", "acos"):
        yield Pair(name, f"{_INSIDE}L = sum({name}(x)^3)", f"L = (torch.{name}(x)**3).sum()")
    for name in ("log1p", "log2", "log10", "reciprocal"):
        yield Pair(name, f"{_ABOVE}L = sum({name}(x))", f"L = torch.{name}(x).sum()")
    yield Pair(
        "xlogy",
        "param x = [0, 0.5, 2]\nparam y = [0.3, 0.7, 3]\nL = sum(xlogy(x, y)^2 + xlogy(x, y))",
        "L = (torch.xlogy(x, y)**2 + torch.xlogy(x, y)).sum()",
    )
    # PyTorch's partials of these hold 1/6 in single precision.
    for name in ("hardsigmoid", "hardswish"):
        formula = (
            "torch.clamp(x + 3, 0, 6)/6"
            if name == "hardsigmoid"
            else "x*torch.clamp(x + 3, 0, 6)/6"
        )
        line = _LINE.replace("-3, ", "").replace("3, 3.4", "3.4")
        weights = "const c = [1, 0.5, 3, -1, 0.7, 1.3, -0.6, -1.7]\n"
        yield Pair(name, f"{line}{weights}L = dot(c, {name}(x))", f"L = (c*{formula}).sum()")


_M = "param X = [[0.5, -1.2, 2, 0.3], [0.3, 0.9, -0.4, 1.1], [-0.7, 1.4, 0.2, -1.6]]\n"
_V = "param x = [0.5, -1.2, 2, 0.3]\nconst c = [1, -2, 0.5, 3]\n"
_A = "param A = [[2, -0.5, 0.3], [0.4, 1.5, -0.7], [0.1, 0.6, 1.2]]\n"
_PQ = "param p = [0.2, 0.5, 0.3]\nparam q = [0.4, 0.35, 0.25]\n"
_Z = "param Z = [[0.5, -1.2, 2], [0.9, -0.4, 0.1], [0.3, 1.6, -0.7], [-1, 0.2, 0.8]]\n"
_Y = "target y = [2, 0, 1, 0]\n"
_W = "const w = [0.5, 2, 1.3]\n"
_IDS = "target ids = [[2, 0], [1, 2]]\n"


def _sum(said: str, head: str, ours: str, theirs: str) -> Pair:
    """The sum of cubes, so that each element counts in its own way."""
    return Pair(said, f"{head}L = sum(({ours})^3)", f"L = (({theirs})**3).sum()")


_REDUCTIONS = (
    _sum("std of rows", _M, "std(X, axis=1)", "X.std(1, correction=0)"),
    _sum("std, ddof=1", _M, "std(X, axis=0, ddof=1)", "X.std(0)"),
    _sum(
        "var, ddof=1, kept",
        _M,
        "X*var(X, axis=1, ddof=1, keepdims=true)",
        "X*X.var(1, keepdim=True)",
    ),
    _sum("sum over two axes", _M, "sum(X^2, axis=(0, 1))", "(X**2).sum((0, 1))"),
    _sum(
        "logsumexp kept",
        _M,
        "X - logsumexp(X, axis=1, keepdims=true)",
        "X - torch.logsumexp(X, 1, keepdim=True)",
    ),
    _sum("norm, p=1", _M, "norm(X, axis=1, p=1)", "torch.linalg.vector_norm(X, 1, dim=1)"),
    _sum("norm, p=3", _M, "norm(X, axis=0, p=3)", "torch.linalg.vector_norm(X, 3, dim=0)"),
    _sum("norm, p=inf", _M, "norm(X, p=inf)", "torch.linalg.vector_norm(X, float('inf'))"),
    _sum("cumsum", _M, "cumsum(X, axis=0)", "X.cumsum(0)"),
    _sum("cumprod", _M, "cumprod(X)", "X.cumprod(-1)"),
    Pair(
        "cumprod with a 0",
        "param x = [0.5, 0, 2, 0.3]\nL = dot(cumprod(x), [1, 2, 3, 4])",
        "L = (x.cumprod(0)*torch.tensor([1., 2, 3, 4])).sum()",
    ),
    Pair("sort", f"{_V}L = dot(c, sort(x))", "L = (c*x.sort().values).sum()"),
    Pair(
        "sort descending",
        f"{_V}L = dot(c, sort(x, descending=true))",
        "L = (c*x.sort(descending=True).values).sum()",
    ),
    Pair("argmax", f"{_V}L = argmax(x)*sum(x)", "L = x.argmax()*x.sum()"),
    Pair("detach", f"{_V}L = sum(x*detach(x^2))", "L = (x*(x**2).detach()).sum()"),
    Pair("rows by number", f"{_M}{_IDS}L = sum(exp(X[ids]))", "L = X[ids.long()].exp().sum()"),
)
_MATRICES = (
    Pair("det", f"{_A}L = det(A)^2", "L = torch.linalg.det(A)**2"),
    Pair("logdet", f"{_A}L = logdet(A @ A.T)", "L = torch.logdet(A @ A.T)"),
    _sum("inv", _A, "inv(A)", "torch.linalg.inv(A)"),
    _sum("solve", f"{_A}param b = [0.5, -1, 2]\n", "solve(A, b)", "torch.linalg.solve(A, b)"),
    _sum(
        "solve for columns",
        f"{_A}param B = [[0.5, -1], [2, 1], [0, 3]]\n",
        "solve(A, B)",
        "torch.linalg.solve(A, B)",
    ),
    Pair(
        "det of a singular matrix",
        "param A = [[1, 2], [2, 4]]\nL = det(A)",
        "L = A[0, 0]*A[1, 1] - A[0, 1]*A[1, 0]",
    ),
    Pair("trace", f"{_A}L = trace(A @ A)", "L = torch.trace(A @ A)"),
    _sum("tril", _M, "tril(X, 1)", "X.tril(1)"),
    _sum("triu", _M, "triu(X)", "X.triu()"),
    _sum(
        "kron", _M, "kron(X, [[1, 2], [3, -1]])", "torch.kron(X, torch.tensor([[1., 2], [3, -1]]))"
    ),
    _sum("diag", _V, "diag(x) + diag(x)^2", "torch.diag(x) + torch.diag(x)**2"),
)
_LOSSES = (
    Pair("mae", f"{_V}L = mae(x, c)", "L = F.l1_loss(x, c)"),
    Pair("kl", f"{_PQ}L = kl(p, q)", "L = F.kl_div(q.log(), p, reduction='sum')"),
    Pair(
        "gaussian_nll",
        f"{_PQ}L = gaussian_nll(p, 2, q)",
        "L = F.gaussian_nll_loss(p, torch.full((3,), 2.), q)",
    ),
    Pair(
        "gaussian_nll in full",
        f"{_PQ}L = gaussian_nll(p, 2, q, full=true)",
        "L = F.gaussian_nll_loss(p, torch.full((3,), 2.), q, full=True)",
    ),
    Pair(
        "poisson_nll",
        f"{_PQ}L = poisson_nll(p, [0, 1, 3])",
        "L = F.poisson_nll_loss(p, torch.tensor([0., 1, 3]))",
    ),
    Pair(
        "poisson_nll of means, in full",
        f"{_PQ}L = poisson_nll(p, [0, 1, 3], log_input=false, full=true)",
        "L = F.poisson_nll_loss(p, torch.tensor([0., 1, 3]), log_input=False, full=True)",
    ),
    Pair(
        "cosine_similarity",
        f"{_V}L = cosine_similarity(x, c)",
        "L = F.cosine_similarity(x, c, dim=0)",
    ),
    _sum(
        "cosine_similarity of rows",
        _M,
        "cosine_similarity(X, cos(X))",
        "F.cosine_similarity(X, X.cos())",
    ),
    Pair(
        "triplet",
        f"{_M}L = triplet(X, cos(X), sin(X))",
        "L = F.triplet_margin_loss(X, X.cos(), X.sin())",
    ),
    Pair(
        "label_smoothing",
        f"{_Z}{_Y}L = cross_entropy(Z, y, label_smoothing=0.2)",
        "L = F.cross_entropy(Z, y.long(), label_smoothing=0.2)",
    ),
    Pair(
        "weight",
        f"{_Z}{_Y}{_W}L = cross_entropy(Z, y, weight=w)",
        "L = F.cross_entropy(Z, y.long(), weight=w.detach())",
    ),
    Pair(
        "ignore",
        f"{_Z}{_Y}L = cross_entropy(Z, y, ignore=0)",
        "L = F.cross_entropy(Z, y.long(), ignore_index=0)",
    ),
    Pair(
        "ignore what is no class",
        f"{_Z}target y = [2, -1, 1, -1]\nL = cross_entropy(Z, y, ignore=-1, label_smoothing=0.1)",
        "L = F.cross_entropy(Z, y.long(), ignore_index=-1, label_smoothing=0.1)",
    ),
    Pair(
        "all options of cross_entropy",
        f"{_Z}{_Y}{_W}L = cross_entropy(Z, y, weight=w, ignore=1, label_smoothing=0.3)",
        "L = F.cross_entropy(Z, y.long(), weight=w.detach(), ignore_index=1, label_smoothing=0.3)",
    ),
    Pair(
        "a smoothed distribution",
        f"{_Z}D = softmax(cos(Z))\nL = cross_entropy(Z, D, label_smoothing=0.3)",
        "D = Z.cos().softmax(-1)\nL = F.cross_entropy(Z, D, label_smoothing=0.3)",
    ),
)
_IMAGES = "input X[2, 4, 5, 6] ~ normal(0, 1)\n"
_GAINS = 'weight=own["h.gain"], bias=own["h.bias"]'
_LAYERS = (
    Pair("layer_norm with its own", f"{_M}h = layer_norm(X)\nL = sum(h^3)",
         f"h = F.layer_norm(X, (4,), {_GAINS})\nL = (h**3).sum()"),
    Pair("batch_norm with its own", f"{_IMAGES}h = batch_norm(X)\nL = sum(h^3)",
         f"h = F.batch_norm(X, None, None, {_GAINS}, training=True)\nL = (h**3).sum()"),
    Pair("group_norm", f"{_IMAGES}h = group_norm(X, 2)\nL = sum(h^3)",
         f"h = F.group_norm(X, 2, {_GAINS})\nL = (h**3).sum()"),
    Pair("rms_norm", f"{_M}h = rms_norm(X)\nL = sum(h^3)",
         'h = F.rms_norm(X, (4,), own["h.gain"])\nL = (h**3).sum()'),
    Pair("gru_cell", "input x[3, 4] ~ normal(0, 1)\ninput g[3, 2] ~ normal(0, 1)\n"
         "h = gru_cell(x, g)\nL = sum(h^3)",
         'h = torch.gru_cell(x, g, own["h.W_x"], own["h.W_h"], own["h.b_x"], own["h.b_h"])\n'
         "L = (h**3).sum()"),
    Pair("conv2d in groups, dilated", f"{_IMAGES}h = conv2d(X, filters=6, kernel=2, groups=2, "
         "dilation=2, stride=2, padding=1)\nL = sum(h^3)",
         'h = F.conv2d(X, own["h.W"], own["h.b"], 2, 1, 2, 2)\nL = (h**3).sum()'),
    Pair("conv_transpose2d", f"{_IMAGES}h = conv_transpose2d(X, filters=3, kernel=3, stride=2, "
         "padding=1, output_padding=1)\nL = sum(h^3)",
         'h = F.conv_transpose2d(X, own["h.W"], own["h.b"], 2, 1, 1)\nL = (h**3).sum()'),
    Pair("conv_transpose2d in groups, dilated", f"{_IMAGES}h = conv_transpose2d(X, filters=6, "
         "kernel=2, groups=2, dilation=2)\nL = sum(h^3)",
         'h = F.conv_transpose2d(X, own["h.W"], own["h.b"], groups=2, dilation=2)\n'
         "L = (h**3).sum()"),
    Pair("causal attention", f"{_M}h = attention(X, cos(X), X, causal=true)\nL = sum(h^3)",
         "h = F.scaled_dot_product_attention(X, X.cos(), X, is_causal=True)\nL = (h**3).sum()"),
    Pair("attention with a mask of truths", f"{_M}const M = [[1, 0, 1], [0, 1, 1], [1, 1, 1]]\n"
         "h = attention(X, cos(X), X, mask=M)\nL = sum(h^3)",
         "h = F.scaled_dot_product_attention(X, X.cos(), X, M > 0)\nL = (h**3).sum()"),
    Pair("attention with a mask that is added", f"{_M}param M = [[1, 0, 2], [0, 3, 1], [1, 1, 0]]\n"
         "h = attention(X, cos(X), X, mask=M)\nL = sum(h^3)",
         "h = F.scaled_dot_product_attention(X, X.cos(), X, M)\nL = (h**3).sum()"),
    Pair("multi_head_attention", f"{_M}h = multi_head_attention(X, 2)\nL = sum(h^3)",
         'q, k, v = (F.linear(X, own[f"h.W_{n}"]).view(3, 2, 2).transpose(0, 1) for n in "qkv")\n'
         "a = F.scaled_dot_product_attention(q, k, v).transpose(0, 1).reshape(3, 4)\n"
         'h = F.linear(a, own["h.W_o"])\nL = (h**3).sum()'),
    Pair("embedding", f"{_IDS}h = embedding(ids, 3, 2)\nL = sum(h^3)",
         'h = F.embedding(ids.long(), own["h.W"])\nL = (h**3).sum()'),
)  # fmt: skip


FUNCTIONS: tuple[Pair, ...] = (
    *_elementwise(),
    *_REDUCTIONS,
    *_MATRICES,
    *_LOSSES,
    *_LAYERS,
)
