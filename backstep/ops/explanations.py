"""A teacher's words for each operation's derivative; new rows get a general sentence.

By row: the code of the rule, its name, and for each input (the last one for all further ones) what
happens to the partial on its way back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backstep.graph.node import Node
from backstep.ops.table import TABLE


@dataclass(frozen=True, slots=True)
class Explanation:
    """`code` groups the rules that have one name; `back` says what is done to a partial."""

    code: str
    title: str
    back: tuple[str, ...]


def _all(code: str, title: str, *back: str) -> Explanation:
    return Explanation(code, title, back)


_SUM = "sum rule"
_PRODUCT = "product rule"

_COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")

EXPLANATIONS: Mapping[str, Explanation] = {
    "add": _all("sum", _SUM, "a sum hands the partial on as it is"),
    "subtract": _all(
        "sum",
        _SUM,
        "a difference hands the partial on to its first part",
        "a difference hands the partial on to its second part with the sign turned",
    ),
    "negate": _all("sum", "constant factor", "the sign is turned"),
    "multiply": _all("product", _PRODUCT, "a product multiplies the partial by its other factor"),
    "divide": _all(
        "quotient",
        "quotient rule",
        "the partial is divided by the denominator",
        "1/x has the derivative −1/x²",
    ),
    "power": _all(
        "power",
        "power rule",
        "xⁿ has the derivative n·xⁿ⁻¹",
        "aˣ has the derivative aˣ·log a",
    ),
    "square": _all("power", "power rule", "x² has the derivative 2x"),
    "sqrt": _all("power", "power rule", "√x has the derivative 1/(2√x)"),
    "exp": _all("function", "derivative of exp", "(eˣ)′ = eˣ"),
    "log": _all("function", "derivative of log", "log′ x = 1/x"),
    "sin": _all("function", "derivative of sin", "sin′ = cos"),
    "cos": _all("function", "derivative of cos", "cos′ = −sin"),
    "tan": _all("function", "derivative of tan", "tan′ = 1 + tan² = 1/cos²"),
    "asin": _all("function", "derivative of asin", "asin′ x = 1/√(1 − x²)"),
    "acos": _all("function", "derivative of acos", "acos′ x = −1/√(1 − x²)"),
    "atan": _all("function", "derivative of atan", "atan′ x = 1/(1 + x²)"),
    "sinh": _all("function", "derivative of sinh", "sinh′ = cosh"),
    "cosh": _all("function", "derivative of cosh", "cosh′ = sinh, without a change of sign"),
    "log1p": _all(
        "function", "derivative of log(1 + x)", "log(1 + x) has the derivative 1/(1 + x)"
    ),
    "expm1": _all("function", "derivative of eˣ − 1", "(eˣ − 1)′ = eˣ"),
    "log2": _all(
        "function", "derivative of log₂", "log₂ x = log x / log 2, so log₂′ x = 1/(x·log 2)"
    ),
    "log10": _all("function", "derivative of log₁₀", "log₁₀ x = log x / log 10, so 1/(x·log 10)"),
    "erf": _all("function", "derivative of erf", "erf′ x = 2/√π · e^(−x²)"),
    "atan2": _all(
        "function",
        "derivative of the angle",
        "the angle of (x, y) turns with y by x/(x² + y²)",
        "the angle of (x, y) turns with x by −y/(x² + y²)",
    ),
    "logaddexp": _all(
        "function",
        "derivative of logaddexp",
        "log(eᵃ + eᵇ) has the partial σ(a − b) by a, σ(b − a) by b",
    ),
    "softsign": _all("function", "derivative of softsign", "softsign′ x = 1/(1 + |x|)²"),
    "hardsigmoid": _all(
        "function", "derivative of hardsigmoid", "its slope is 1/6 between −3 and 3, else 0"
    ),
    "tanh": _all("function", "derivative of tanh", "tanh′ = 1 − tanh²"),
    "sigmoid": _all("function", "derivative of σ", "σ′ = σ(1 − σ)"),
    "relu": _all(
        "function",
        "derivative of relu",
        "its slope is 1 where its input is positive, else 0",
    ),
    "softplus": _all("function", "derivative of softplus", "softplus′ = σ"),
    "abs": _all("function", "derivative of |x|", "its slope is sign x"),
    "leaky_relu": _all(
        "function",
        "derivative of leaky_relu",
        "its slope is 1 where its input is positive, else the small slope it is given",
    ),
    "elu": _all(
        "function", "derivative of elu", "its slope is 1 where its input is positive, else eˣ"
    ),
    "selu": _all(
        "function", "derivative of selu", "its slope is that of elu, both sides to their scale"
    ),
    "gelu": _all("function", "derivative of gelu", "(x·Φ)′ = Φ + x·φ, with the density φ = Φ′"),
    "normal_cdf": _all("function", "derivative of Φ", "Φ′ = φ, the density"),
    **{
        name: _all("function", f"derivative of {name}", "its slope is 0 wherever it has one")
        for name in ("sign", "step", "round")
    },
    **{
        name: _all("function", "derivative of a comparison", "it only switches: its slope is 0")
        for name in _COMPARISONS
    },
    "silu": _all("function", "derivative of silu", "(x·σ)′ = σ + x·σ(1 − σ)"),
    "hardtanh": _all(
        "function", "derivative of hardtanh", "its slope is 1 between −1 and 1, else 0"
    ),
    "huber": _all(
        "function", "derivative of huber", "its slope is r cut off at −delta and delta: a clip"
    ),
    "clip": _all("function", "derivative of clip", "its slope is 1 within the bounds, else 0"),
    "norm": _all("function", "derivative of a norm", "‖x‖ has the partials x/‖x‖"),
    "var": _all(
        "function",
        "derivative of a variance",
        "each of n elements has the partial 2(x − mean)/n: the mean's own change cancels",
    ),
    "std": _all(
        "function",
        "derivative of a standard deviation",
        "each of n elements has the partial (x − mean)/(n·std)",
    ),
    "cumsum": _all("sum", _SUM, "each term is in all sums from its place on: it gets theirs"),
    "sort": _all("cases", "order", "each element gets the partial of the place that it moved to"),
    "argmax": _all("cases", "number of the largest", "a number only counts: its slope is 0"),
    "stop_gradient": _all("cases", "a cut", "nothing goes back: the value counts as a constant"),
    "take": _all(
        "cases", "choice of rows", "each row gets what comes back to all places that took it"
    ),
    "put": _all("cases", "adding up by number", "each value gets the partial of its place"),
    "det": _all("function", "derivative of a determinant", "det A has the partials det A·(A⁻¹)ᵀ"),
    "cofactors": _all("function", "derivative of cofactors", "cof A is det A·(A⁻¹)ᵀ"),
    "logdet": _all("function", "derivative of log det", "log det A has the partials (A⁻¹)ᵀ"),
    "solve": _all(
        "matrix",
        "system of equations",
        "from A x = b: A gets −u xᵀ, where u solves Aᵀ u = what comes back",
        "from A x = b: b gets the u that solves Aᵀ u = what comes back",
    ),
    "prod": _all("product", _PRODUCT, "each factor has the product of all others as its partial"),
    "logsumexp": _all(
        "function", "derivative of logsumexp", "log Σ exp s has the partials softmax(s)"
    ),
    "matmul": _all(
        "matrix",
        "matrix product",
        "(W x)ᵢ = Σⱼ Wᵢⱼ xⱼ, so Wᵢⱼ gets the i-th partial times xⱼ: what comes back times xᵀ",
        "(W x)ᵢ = Σⱼ Wᵢⱼ xⱼ, so xⱼ gets Σᵢ Wᵢⱼ times the i-th partial: Wᵀ times what comes back",
    ),
    "dot": _all(
        "matrix", "dot product", "aᵀb = Σⱼ aⱼ bⱼ, so each factor gets the partial times the other"
    ),
    "outer": _all("matrix", "outer product", "each factor is contracted with the other"),
    "sum": _all("sum", _SUM, "a sum hands its partial to every one of its terms"),
    "mean": _all("sum", "mean", "a mean of n hands 1/n of its partial to every one of its terms"),
    "softmax": _all(
        "softmax",
        "derivative of softmax",
        "∂fᵢ/∂sⱼ = fᵢ(1(i=j) − fⱼ), so a partial g becomes f ⊙ (g − Σ g ⊙ f)",
    ),
    "log_softmax": _all(
        "softmax",
        "derivative of log softmax",
        "∂ log fᵢ/∂sⱼ = 1(i=j) − fⱼ, so a partial g becomes g − f Σ g",
    ),
    "times_log": _all(
        "product",
        _PRODUCT,
        "y log p has the derivative log p by y",
        "y log p has the derivative y/p by p",
    ),
    "pick": _all("cases", "choice of a class", "only the chosen class gets the partial"),
    "index": _all("cases", "choice of elements", "only the chosen elements get the partial"),
    "patches": _all(
        "cases", "windows", "each element gets what comes back to all windows that hold it"
    ),
    "conv_weight": _all(
        "matrix",
        "convolution",
        "K gets x ⋆ δ: each window of x times the partial of what it became, added up",
    ),
    "conv_input": _all(
        "matrix",
        "convolution",
        "x gets δ ∗ K: each partial times its kernel, added up where its window was",
    ),
    "concat": _all("cases", "joining", "each part gets its own piece of the partial"),
    "stack": _all("cases", "joining", "each part gets its own piece of the partial"),
    "maximum": _all("cases", "the larger of two", "only the larger gets the partial"),
    "minimum": _all("cases", "the smaller of two", "only the smaller gets the partial"),
    "max": _all("cases", "the largest", "only the largest gets the partial"),
    "min": _all("cases", "the smallest", "only the smallest gets the partial"),
    "where": _all("cases", "choice", "only the branch that is taken gets the partial"),
    "reshape": _all("shape", "another shape", "the partial is laid out as the input was"),
    "move_axis": _all("shape", "axes moved", "the partial's axes are moved back"),
    "swap_last": _all("shape", "transpose", "the partial is transposed back"),
    "transpose": _all("shape", "transpose", "the partial is transposed back"),
    "identity": _all("sum", "another name", "the same value has the same partial"),
    "expand": _all("broadcast", "broadcasting", "what was repeated gets the sum of its partials"),
    "sum_to": _all("sum", _SUM, "a sum hands its partial to every one of its terms"),
    "broadcast_to": _all(
        "broadcast", "broadcasting", "what was repeated gets the sum of its partials"
    ),
    "constant": _all("sum", "constant", "nothing goes back through a constant"),
    "carry": _all("sum", "another name", "the same value has the same partial"),
    "log_slope": _all("function", "derivative of 1/x", "(1/x)′ = −1/x²"),
    "guard": _all("cases", "choice", "the partial goes on where the condition holds, 0 elsewhere"),
    "prod_except": _all(
        "function",
        "product of the others",
        "each factor gets, of every product that it is in, the rest of that product",
    ),
    "scatter": _all("cases", "elements put in their places", "each gets the partial of its place"),
    "place": _all("cases", "an element put in its place", "it gets the partial of that place"),
    "unpatches": _all("cases", "windows put back", "each gets the partials of its own places"),
}
_MATRICES = _all(
    "matrix",
    "matrix product",
    "(A B)ᵢₖ = Σⱼ Aᵢⱼ Bⱼₖ, so A gets what comes back times Bᵀ",
    "(A B)ᵢₖ = Σⱼ Aᵢⱼ Bⱼₖ, so B gets Aᵀ times what comes back",
)
_ROW = _all(
    "matrix",
    "matrix product",
    "(x W)ⱼ = Σᵢ xᵢ Wᵢⱼ, so xᵢ gets Σⱼ Wᵢⱼ times the j-th partial: W times what comes back",
    "(x W)ⱼ = Σᵢ xᵢ Wᵢⱼ, so Wᵢⱼ gets xᵢ times the j-th partial: x times what comes back, as a row",
)
CONSTANT: Mapping[str, str] = {"product": "constant factor", "quotient": "constant factor"}
"""By code, the rule's name if only one input depends on the variable."""
_WIDENED = "sum_to"
BROADCAST = _all(
    "broadcast",
    "broadcasting",
    "a value that was repeated to fit gets the sum over its repetitions",
)


def explanation_of(node: Node) -> Explanation:
    """The explanation of the operation at a node."""
    known = EXPLANATIONS.get(node.op)
    if node.op == "matmul":
        axes = [len(operand.shape) for operand in node.inputs]
        known = _MATRICES if min(axes) > 1 else _ROW if axes == [1, 2] else known
    if known is not None:
        return known
    name = TABLE[node.op].notation.sign
    return Explanation(
        "function", f"derivative of {name}", ("by its rule in the list of operations",)
    )


def back(node: Node, position: int) -> str:
    """What happens to the partial on its way to an input."""
    said = explanation_of(node).back
    return said[min(position, len(said) - 1)]


def widened(node: Node) -> bool:
    """Whether the node adds up what broadcasting had repeated."""
    return node.op == _WIDENED


_STEPS = ("function", "power")
_CHOOSING = ("maximum", "minimum", "where")


def alone(node: Node) -> bool:
    """Whether the operation is a function of one number, or softmax: printed as `name(x)`."""
    row = TABLE[node.op]
    arithmetic = {"sum", "power"} if node.op != "sqrt" else set()
    said = explanation_of(node).code
    if said == "softmax":
        return True
    return (
        row.elementwise
        and row.arity == (1, 1)
        and not row.transparent
        and said not in arithmetic
        and bool(node.nodes)
    )


def contracts(node: Node) -> bool:
    """Whether the operation is a product of matrices or vectors."""
    return explanation_of(node).code == "matrix"


def is_step(node: Node) -> bool:
    """Whether the operation takes a line of its own on paper, where one stands inside another.

    Functions, norms, powers, quotients by what is no number, products of matrices, and what is the
    larger, the smaller or chosen by a condition do.
    """
    if node.op in _COMPARISONS:
        return False
    written = (explanation_of(node).code in _STEPS or node.op in _CHOOSING) and bool(node.nodes)
    return alone(node) or contracts(node) or divides(node) or written


def divides(node: Node) -> bool:
    """Whether the operation is a quotient by what is no written number."""
    return explanation_of(node).code == "quotient" and isinstance(node.inputs[1], Node)


def multiplies(node: Node) -> bool:
    """Whether the operation is a product of two parts that are no written numbers."""
    product = explanation_of(node).code == "product"
    return product and len(node.nodes) == len(node.inputs) > 1 and len(set(node.nodes)) > 1


def has_rule(node: Node) -> bool:
    """Whether the operation's derivative is worth saying: functions and products of matrices."""
    return explanation_of(node).code not in ("sum", "product", "quotient", "power", "shape")
