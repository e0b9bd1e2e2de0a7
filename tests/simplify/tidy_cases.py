"""Texts, and the tidy form of a value or a gradient of each. Holds no checks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from backstep.autodiff.gradient import differentiate
from backstep.graph.node import Node
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Definition

VECTORS = (
    "param a[3] ~ uniform(0.5, 2)\nparam b[3] ~ uniform(0.5, 2)\nparam c = 0.7\nparam d = -0.4\n"
)
MATRICES = (
    "param A[2, 3] ~ normal(0, 1)\nparam B[3, 4] ~ normal(0, 1)\nparam x[3] ~ normal(0, 1)\n"
    "param v[2] ~ normal(0, 1)\nparam c = 0.7\n"
)
SIGNALS = "param x[2, 5] ~ normal(0, 1)\nparam T[2, 3, 4] ~ normal(0, 1)\n"
ROWS = (
    "param S[2, 3] ~ normal(0, 1)\nparam a[3] ~ normal(0, 1)\n"
    "target k = [2, 0]\ntarget j = 1\ntarget m = 2\n"
)

FORWARD: Mapping[str, tuple[str, str]] = {
    "numbers to the front": (VECTORS + "out = a*2*b*3", "6*a*b"),
    "scalars before tensors": (VECTORS + "out = a*c*b", "c*a*b"),
    "equal factors": (VECTORS + "out = a*b*a", "a^2*b"),
    "a square": (VECTORS + "out = square(a)*a", "a^3"),
    "a square alone": (VECTORS + "out = square(a)", "a^2"),
    "a power alone": (VECTORS + "out = (2*a)^2", "4*a^2"),
    "another name": (VECTORS + "out = a", "a"),
    "a quotient of itself": (VECTORS + "out = a*b/a", "b"),
    "a power of a quotient": (VECTORS + "out = (a/b)^2*b", "a^2 / b"),
    "a count at the end": (VECTORS + "out = a/3*b", "a*b / 3"),
    "another number in front": (VECTORS + "out = a/50", "0.02*a"),
    "multiplied out where it cancels": (VECTORS + "out = (a/b + 1)*b - a", "b"),
    "not where it does not": (VECTORS + "out = (a + 1)*b", "(a + 1)*b"),
    "a difference turned": (VECTORS + "out = -(1 - c)*a", "(c - 1)*a"),
    "but not the slope of tanh": (VECTORS + "out = -(a*(1 - b^2))", "-a*(1 - b^2)"),
    "a number that clears fractions": (VECTORS + "out = 2*(1/2 - c/2)*a", "(1 - c)*a"),
    "equal terms": (VECTORS + "out = a + b + a", "2*a + b"),
    "what cancels": (VECTORS + "out = a - b - a", "-b"),
    "a plus first": (VECTORS + "out = -a + b", "b - a"),
    "common factors": (VECTORS + "out = a*c + b*c", "c*(a + b)"),
    "common numbers": (VECTORS + "out = a/3 - b/3", "(a - b) / 3"),
    "a mirrored sigmoid": (
        VECTORS + "out = c*sigmoid(d) - (1 - c)*sigmoid(-d)",
        "sigmoid(d) + c - 1",
    ),
    "only equal powers are common": (VECTORS + "out = a^2*c + a*d", "c*a^2 + d*a"),
    "a difference stays under an even power": (VECTORS + "out = -(1 - c)^2*a", "-(1 - c)^2*a"),
    "ones that a condition needs": (
        VECTORS + "out = where(c*ones(3) > d, c, d)",
        "where(c*ones(3) > d, c, d)",
    ),
    "an even power is not turned": (VECTORS + "out = a*b - (b - 1)^2", "a*b - (b - 1)^2"),
    "an odd one is": (VECTORS + "out = a*b - (b - 1)^3*a", "a*(b + (1 - b)^3)"),
    "a minus of a difference": (VECTORS + "out = -(a - b)", "b - a"),
    "a mirrored pair": (
        VECTORS + "out = c*(sigmoid(a - b) - sigmoid(b - a))",
        "c*tanh((a - b) / 2)",
    ),
    "twice a sigmoid less one": (VECTORS + "out = 1 - 2*sigmoid(-2*a)", "tanh(a)"),
    "a hyperbolic quotient": (VECTORS + "out = c*sinh(a)/cosh(a)", "c*tanh(a)"),
    "a value times its sign": (VECTORS + "out = c*a*sign(a)", "c*abs(a)"),
    "one denominator": (
        VECTORS + "out = 1/(1 + a^2) - 2*a^2/(1 + a^2)^2",
        "(1 - a^2) / (1 + a^2)^2",
    ),
    "not where it would be longer": (
        VECTORS + "out = 1/(1 + a) - b/(1 + a)^2 + c",
        "1 / (1 + a) - b / (1 + a)^2 + c",
    ),
    "a divisor that cancels": (VECTORS + "out = (1 + a/c)*c*b", "(c + a)*b"),
    "a factor of some terms": (VECTORS + "out = a*exp(b) + c*exp(b) + d", "exp(b)*(a + c) + d"),
    "with their number": (
        VECTORS + "out = a*exp(b)/5 + c*exp(b)/5 + d",
        "0.2*exp(b)*(a + c) + d",
    ),
    "elements of a vector": (
        VECTORS + "out = c*one_hot(0, 2) + exp(d)*one_hot(1, 2)",
        "[c, exp(d)]",
    ),
    "elements with a common factor": (
        VECTORS + "out = 2*c*d*one_hot(0, 3) + 2*c*one_hot(2, 3)",
        "2*c*[d, 0, 1]",
    ),
    "not of a long one": (
        VECTORS + "out = c*one_hot(0, 20) + d*one_hot(1, 20)",
        "c*one_hot(0, 20) + d*one_hot(1, 20)",
    ),
    "a named value": (VECTORS + "u = exp(a)\nout = exp(a)*b", "u*b"),
    "a sum of ones": (VECTORS + "out = sum(ones(4))*a", "4*a"),
    "a sum along an axis of ones": (VECTORS + "out = sum(ones(4, 3), axis=0)*a", "4*a"),
    "the only axis": (VECTORS + "out = sum(exp(a), axis=-1)*b", "sum(exp(a))*b"),
    "of a mean": (VECTORS + "out = mean(exp(a), axis=0)*b", "mean(exp(a))*b"),
    "of a maximum": (VECTORS + "out = max(a, axis=0)*b", "max(a)*b"),
    "of a minimum": (VECTORS + "out = min(a, axis=0)*b", "min(a)*b"),
    "of a product": (VECTORS + "out = prod(a, axis=0)*b", "prod(a)*b"),
    "of a norm": (VECTORS + "out = norm(a, axis=0)*b", "norm(a)*b"),
    "of a variance": (VECTORS + "out = var(a, axis=0)*b", "var(a)*b"),
    "of a logsumexp": (VECTORS + "out = logsumexp(a, axis=0)*b", "logsumexp(a)*b"),
    "a scalar out of a sum": (VECTORS + "out = sum(2*c*a)", "2*c*sum(a)"),
    "a scalar out of a mean": (VECTORS + "out = mean(2*c*exp(a))", "2*c*mean(exp(a))"),
    "a dot product": (VECTORS + "out = sum(a*b)", "dot(a, b)"),
    "a vector of one is not as long": (VECTORS + "out = sum(a[1:2]*b)", "sum(a[1:2]*b)"),
    "a scalar out of a dot product": (VECTORS + "out = dot(2*c*a, b)", "2*c*dot(a, b)"),
    "a dot product with ones": (VECTORS + "out = dot(ones(3), exp(a))", "sum(exp(a))"),
    "a row's sum": (MATRICES + "out = sum(A*x, axis=1)", "A @ x"),
    "a column's sum": (MATRICES + "out = sum(A*reshape(v, 2, 1), axis=0)", "A.T @ v"),
    "constant along the axis": (
        MATRICES + "out = sum(exp(A)*A*x, axis=0)",
        "sum(exp(A)*A, axis=0)*x",
    ),
    "constant along the axis of a mean": (
        MATRICES + "out = mean(exp(A)*A*x, axis=0)",
        "mean(exp(A)*A, axis=0)*x",
    ),
    "one vector on both sides": (MATRICES + "out = A @ x + exp(A) @ x", "(A + exp(A)) @ x"),
    "one matrix on both sides": (MATRICES + "out = A @ x - A @ exp(x)", "A @ (x - exp(x))"),
    "outer products by one side": (
        MATRICES + "out = outer(v, x) + outer(exp(v), x)",
        "outer(v + exp(v), x)",
    ),
    "a square of a root": (VECTORS + "out = sqrt(a + b)*c*sqrt(a + b)", "c*(a + b)"),
    "a cube of a root": (VECTORS + "out = c/sqrt(a + b)^3", "c / ((a + b)*sqrt(a + b))"),
    "a quotient with a name": (VECTORS + "u = a/(a + b)\nout = a*c/(a + b)", "c*u"),
    "a power with a name": (VECTORS + "u = 1/sqrt(a + c)\nout = b/sqrt(a + c)", "u*b"),
    "a number in what has a name": (
        VECTORS + "u = 0.4*exp(-(a - b)^2)\nout = exp(-(a - b)^2)*b",
        "5*u*b / 2",
    ),
    "a sigmoid in parts": (VECTORS + "out = c/(1 + exp(-a))", "c*sigmoid(a)"),
    "what it leaves": (
        VECTORS + "u = 1/(1 + exp(-a))\nout = b*exp(-a)/(1 + exp(-a))^2",
        "(1 - u)*u*b",
    ),
    "the greater of two shares": (VECTORS + "out = c*exp(a)/(1 + exp(a))", "c*sigmoid(a)"),
    "one of two classes": (VECTORS + "out = exp(a)/(exp(a) + exp(b))", "sigmoid(a - b)"),
    "an identity matrix on the right": (MATRICES + "out = A @ eye(3)", "A"),
    "an identity matrix turned": (MATRICES + "out = eye(3).T @ B", "B"),
    "ones at their own numbers": (MATRICES + "out = one_hot(arange(3), 3) @ B", "B"),
    "a softmax in parts": (VECTORS + "out = exp(a)/sum(exp(a))*c", "c*softmax(a)"),
    "a softmax of rows in parts": (
        MATRICES + "out = exp(A)/reshape(sum(exp(A), axis=1), 2, 1)",
        "softmax(A)",
    ),
    "a softmax of columns in parts": (
        MATRICES + "out = exp(A)/sum(exp(A), axis=0)",
        "softmax(A, axis=0)",
    ),
    "not where the sum is along another axis": (
        "param Q[3, 3] ~ normal(0, 1)\nout = exp(Q)/sum(exp(Q), axis=1)",
        "exp(Q) / sum(exp(Q), axis=1)",
    ),
    "a sum of a transpose": (MATRICES + "out = sum(A.T, axis=0)", "sum(A, axis=1)"),
    "a double transpose": (MATRICES + "out = A.T.T @ x", "A @ x"),
    "a transposed product": (MATRICES + "out = (A @ B).T", "B.T @ A.T"),
    "a transposed outer product": (MATRICES + "out = outer(v, x).T", "outer(x, v)"),
    "a scalar out of a transpose": (MATRICES + "out = (2*A).T", "2*A.T"),
    "a vector's transpose": (MATRICES + "out = x.T", "x"),
    "a vector on the left": (MATRICES + "out = v @ A", "A.T @ v"),
    "two vectors": (MATRICES + "out = x @ x", "dot(x, x)"),
    "an identity matrix": (MATRICES + "out = eye(3) @ B", "B"),
    "scalars out of a product": (MATRICES + "out = (2*A) @ (c*B)", "2*c*(A @ B)"),
    "scalars out of an outer product": (MATRICES + "out = outer(2*v, c*x)", "2*c*outer(v, x)"),
    "a shape given twice": (MATRICES + "out = reshape(reshape(A, 6), 3, 2)", "reshape(A, 3, 2)"),
    "a shape as it was": (MATRICES + "out = reshape(A, 2, 3)", "A"),
    "a scalar out of a shape": (MATRICES + "out = reshape(c*A, 6)", "c*reshape(A, 6)"),
    "a scalar out of an index": (MATRICES + "out = (c*A)[1]", "c*A[1]"),
    "an axis moved back": (
        SIGNALS + "out = move_axis(move_axis(T, 0, 2), 2, 0)*T[0, 0, 0]",
        "T[0, 0, 0]*T",
    ),
    "an axis moved on": (
        SIGNALS + "out = move_axis(move_axis(T, 0, 1), 1, 2)*T[0, 0, 0]",
        "T[0, 0, 0]*move_axis(move_axis(T, 0, 1), 1, 2)",
    ),
    "an axis of a matrix": (SIGNALS + "out = move_axis(x, 0, 1)", "x.T"),
    "a scalar out of a moved axis": (
        SIGNALS + "out = move_axis(2*T, 0, 2)",
        "2*move_axis(T, 0, 2)",
    ),
    "a scalar out of windows": (
        SIGNALS + "out = patches(2*x, 2)",
        "2*patches(x, 2, stride=1, padding=0)",
    ),
    "a scalar out of windows put back": (
        SIGNALS + "out = unpatches(2*patches(x, 2), x, 2)",
        "2*unpatches(patches(x, 2, stride=1, padding=0), zeros(2, 5), 2, stride=1, padding=0)",
    ),
    "a scalar out of a choice of class": (ROWS + "out = pick(2*S, k)", "2*pick(S, k)"),
    "the chosen of one-hot": (ROWS + "out = pick(one_hot(j, 3), j)*a", "a"),
    "beside one-hot only the chosen": (
        ROWS + "out = one_hot(j, 3)*exp(a)/pick(exp(a), j)",
        "one_hot(j, 3)",
    ),
    "a comparison broadcasts": (
        VECTORS + "out = where(a > c*ones(3), a, 2)",
        "where(a > c, a, 2)",
    ),
    "a comparison is not put together anew": (
        VECTORS + "out = where(a*2*b*3 > c - d - c, a*a, 2)",
        "where(a*2*b*3 > c - d - c, a^2, 2)",
    ),
}
"""A text and the tidy form of what its `out` is computed by."""

GRADIENTS: Mapping[str, tuple[str, str, str]] = {
    "where a named relu is positive": (
        VECTORS + "h = relu(a*b - c)\nL = sum(h*a)",
        "b",
        "a^2*step(h)",
    ),
    "the slope of log": (VECTORS + "L = sum(log(a))", "a", "1 / a"),
    "softmax under the log of a class that is written": (
        VECTORS + "p = softmax(a)\nL = -log(p[1])",
        "a",
        "p - one_hot(1, 3)",
    ),
    "half of what a matrix is solved for": (
        "param d = [0.3, -0.7]\ninput S = [[2, 0.3], [0.1, 1]]\nL = dot(d, solve(S, d))/2",
        "d",
        "(solve(S.T, d) + solve(S, d)) / 2",
    ),
    "the slope of log alone": (VECTORS + "L = log(c)", "c", "1 / c"),
    "a product of matrices": (MATRICES + "L = sum(exp(A @ B))", "B", "A.T @ exp(A @ B)"),
    "a sum spread out": (VECTORS + "L = sum(a)", "a", "ones(3)"),
    "a sum along an axis spread out": (
        MATRICES + "L = dot(sum(A, axis=1), v)",
        "A",
        "reshape(v, 2, 1)*ones(2, 3)",
    ),
    "sums over the broadcast axis": (
        MATRICES + "L = sum(exp(A + x))",
        "x",
        "sum(exp(A + x), axis=0)",
    ),
    "broadcast back": (MATRICES + "L = sum(exp(A) * c)", "A", "c*exp(A)"),
    "a value at a class number": (
        ROWS + "L = sum(exp(pick(S, k)))",
        "S",
        "reshape(exp(pick(S, k)), 2, 1)*one_hot(k, 3)",
    ),
    "an element put back": (VECTORS + "L = exp(a[1])", "a", "exp(a[1])*one_hot(1, 3)"),
    "a row put back": (MATRICES + "L = sum(exp(A[1]))", "A", "outer(one_hot(1, 2), exp(A[1]))"),
    "parts with a gap between them": (
        VECTORS + "L = sum(exp(a[0:1])) + sum(cos(a[2:3]))",
        "a",
        "eye(3)[0:1].T @ exp(a[0:1]) - eye(3)[2:3].T @ sin(a[2:3])",
    ),
    "parts put back the later first": (
        VECTORS + "L = sum(cos(a[1:3])) + sum(exp(a[0:1]))",
        "a",
        "concat(exp(a[0:1]), -sin(a[1:3]), axis=0)",
    ),
    "a scalar before parts": (
        VECTORS + "L = c*(sum(cos(a[1:3])) + sum(exp(a[0:1])))",
        "a",
        "concat(c*exp(a[0:1]), -c*sin(a[1:3]), axis=0)",
    ),
    "a class that is not the one-hot's": (
        ROWS + "L = pick(one_hot(j, 3), m)*sum(a)",
        "a",
        "pick(one_hot(j, 3), m)*ones(3)",
    ),
    "a scalar before what is put back": (
        VECTORS + "L = 2*exp(c)*sum(exp(a[1:3]))",
        "a",
        "2*exp(c)*(eye(3)[1:3].T @ exp(a[1:3]))",
    ),
    "rows put back": (VECTORS + "L = sum(exp(a[0:2]))", "a", "eye(3)[0:2].T @ exp(a[0:2])"),
    "parts side by side": (
        VECTORS + "L = sum(exp(a[0:1])) + sum(sin(a[1:3]))",
        "a",
        "concat(exp(a[0:1]), cos(a[1:3]), axis=0)",
    ),
    "a batch's last axes": (
        "param X[2, 3, 4] ~ normal(0, 1)\nparam Y[2, 4, 3] ~ normal(0, 1)\nL = sum(exp(X @ Y))",
        "Y",
        "move_axis(X, -1, -2) @ exp(X @ Y)",
    ),
    "a matrix product": (MATRICES + "L = sum(exp(A @ x))", "A", "outer(exp(A @ x), x)"),
    "a partial through a name": (VECTORS + "e = a\nL = sum(exp(e))", "a", "exp(e)"),
    "softmax with its cross-entropy": (
        ROWS + "p = softmax(a)\nL = nll(p, j)",
        "a",
        "p - one_hot(j, 3)",
    ),
    "softmax with a distribution": (
        VECTORS + "p = softmax(a)\nL = cross_entropy(a, b)",
        "a",
        "sum(b)*p - b",
    ),
}
"""A text, a name, and the tidy form of the loss's partial with respect to it."""


WIDENED = MATRICES + "L = sum(exp(x))"


def widened() -> tuple[Definition, Node]:
    """A value repeated by hand: the pass does so only where it meets a written number."""
    definition = compile_text(WIDENED)
    differentiate(definition.loss)
    inner = definition.loss.nodes[0]
    return definition, definition.graph.apply("broadcast_to", inner, shape=(2, 3))


CONVOLVED = SIGNALS + "param d[3, 4] ~ normal(0, 1)\nparam K[3, 2, 2] ~ normal(0, 1)\nL = sum(x)"


def convolved(name: str) -> tuple[Definition, Node]:
    """What a convolution sends back; a text has it in parts."""
    definition = compile_text(CONVOLVED)
    differentiate(definition.loss)
    x, d, kernels = (definition.names[each][-1].node for each in ("x", "d", "K"))
    if name == "conv_weight":
        return definition, x.graph.apply(name, 2 * x, 3 * d, size=(2,), stride=1, padding=0)
    return definition, x.graph.apply(name, 2 * d, 3 * kernels, lengths=(5,), stride=1, padding=0)


def forward(source: str) -> tuple[Definition, Node]:
    definition = compile_text(source + "\nL = sum(out)" if "out =" in source else source)
    differentiate(definition.loss)
    return definition, definition.names["out"][-1].node


def gradient(source: str, name: str) -> tuple[Definition, Node]:
    definition = compile_text(source)
    back = differentiate(definition.loss)
    adjoint = back.adjoints[definition.names[name][-1].node.id]
    assert adjoint is not None
    return definition, adjoint


MADE: Mapping[str, tuple[Any, tuple[str, ...], str]] = {
    "a value repeated": (widened, (), "exp(x)*ones(2, 3)"),
    "scalars out of the partial of kernels": (
        convolved, ("conv_weight",), "6*conv1d_weight(x, d, 2)",
    ),
    "scalars out of the partial of an input": (
        convolved, ("conv_input",), "6*conv1d_input(d, K, 5)",
    ),
}  # fmt: skip
"""What no text is: how it is made, and its tidy form."""

CASES: Mapping[str, tuple[Any, tuple[str, ...], bool]] = {
    **{name: (forward, (source,), True) for name, (source, _) in FORWARD.items()},
    **{name: (make, given, False) for name, (make, given, _) in MADE.items()},
    **{name: (gradient, (source, wrt), False) for name, (source, wrt, _) in GRADIENTS.items()},
}


@cache
def case(name: str) -> tuple[Definition, Node, bool]:
    make, given, whole = CASES[name]
    definition, node = make(*given)
    return definition, node, whole
