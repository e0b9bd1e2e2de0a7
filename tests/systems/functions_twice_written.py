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


FUNCTIONS: tuple[Pair, ...] = (*_elementwise(),)
