"""Examples of units: sign and step, every activation, softmax at two temperatures."""

from __future__ import annotations

from backstep.examples.example import Example

UNITS: tuple[Example, ...] = (
    Example(
        "perceptron",
        "A perceptron",
        "A weighted sum and its sign. The answer is wrong, and yet every partial is 0: sign is "
        "flat on both sides of its jump, so no small step of a weight changes the loss. The "
        "perceptron was trained by a rule of its own; descent needs a unit with a slope.",
        """\
input  x = [1, -1]
target y = 1
param  w = [0.5, 0.5]
param  b = -0.5

z = dot(w, x) + b
p = sign(z)
L = (y - p)^2 / 2
""",
    ),
    Example(
        "xor",
        "XOR by step units",
        "Two step units say OR and AND, a third says OR and not AND: what no single unit can. All "
        "four rows come out right. Move a bias and the loss jumps, while every partial stays 0, "
        "so weights like these are found by thought and not by descent.",
        """\
input  X = [[0, 0], [0, 1], [1, 0], [1, 1]]
target y = [0, 1, 1, 0]
param  W = [[1, 1], [1, 1]]
param  b = [-0.5, -1.5]
param  w = [1, -1]
param  c = -0.5

h = step(X @ W.T + b)
p = step(h @ w + c)
L = mean((p - y)^2)
""",
    ),
    Example(
        "activations",
        "Every activation",
        "One number through every unit. What comes back to z is the sum of their slopes: 0 from "
        "sign, 1 from the straight lines, next to nothing where a unit is saturated. Give z "
        "another value and see which still answer.",
        """\
param z = 0.8

line = z
jump = sign(z)
s = sigmoid(z)
t = tanh(z)
r = relu(z)
h = hardtanh(z)
leaky = leaky_relu(z, slope=0.1)
e = elu(z)
scaled = selu(z)
g = gelu(z)
swish = silu(z)
plus = softplus(z)
L = line + jump + s + t + r + h + leaky + e + scaled + g + swish + plus
""",
    ),
    Example(
        "temperature",
        "Softmax, cold and hot",
        "The same scores at two temperatures. Cold, softmax is all but sure, and what is wrong is "
        "pushed hard; hot, it is all but even, and the gradient is divided by the temperature.",
        """\
param  s = [2, 1, 0.1]
target y = 1
const  cold = 0.5
const  hot = 5

p = softmax(s, temperature=cold)
q = softmax(s, temperature=hot)
L = nll(p, y) + nll(q, y)
""",
    ),
)
