"""Examples of circuits: expressions drawn gate by gate."""

from __future__ import annotations

from backstep.examples.example import Example

CIRCUITS: tuple[Example, ...] = (
    Example(
        "circuit-sum-product",
        "A circuit: (x + y)·z",
        "The smallest circuit of CS231n: a sum hands its partial on unchanged, a product swaps "
        "its inputs.",
        """\
param x = -2
param y = 5
param z = -4

q = x + y
f = q*z
""",
    ),
    Example(
        "circuit-sigmoid",
        "A circuit: sigmoid, gate by gate",
        "CS231n's neuron with the sigmoid typed out as exp, sum and quotient. Zoom to tensors to "
        "see every gate.",
        """\
param w0 = 2
param x0 = -1
param w1 = -3
param x1 = -2
param w2 = -3

s = w0*x0 + w1*x1 + w2
f = 1/(1 + exp(-s))
""",
    ),
    Example(
        "circuit-max",
        "A circuit: add, multiply, max",
        "CS231n's three gates: max sends the whole partial to its larger input and nothing to the "
        "other.",
        """\
param x = 3
param y = -4
param z = 2
param w = -1

p = x*y
m = max(z, w)
f = 2*(p + m)
""",
    ),
    Example(
        "micrograd",
        "micrograd's expression",
        "The expression of micrograd's README: names given again and values used many times, so "
        "that partials are sums of many contributions.",
        """\
param a = -4.0
param b = 2.0

c = a + b
d = a*b + b^3
c = c + c + 1
c = c + 1 + c + (-a)
d = d + d*2 + relu(b + a)
d = d + 3*d + relu(b - a)
e = c - d
f = e^2
g = f/2 + 10/f
""",
    ),
)
