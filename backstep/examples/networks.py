"""Examples of neurons and small networks, scalar by scalar and in matrices."""

from __future__ import annotations

from backstep.examples.example import Example

NETWORKS: tuple[Example, ...] = (
    Example(
        "toy-neuron",
        "One neuron with weight decay",
        "A weight that reaches the loss by two paths: through the prediction and through the "
        "penalty. Its partial is the sum of both.",
        """\
input  x = 2
target y = 1
param  w = 0.5
param  b = -0.3
const  lambda = 0.1

z = w*x + b
u = sigmoid(z)
l = (u - y)^2 / 2
r = w^2
L = l + lambda*r
minimize L
""",
    ),
    Example(
        "linear-regression",
        "Linear regression",
        "The prediction is a weighted sum. The gradient is the error times the input, "
        "(wᵀx + b − y)·x.",
        """\
input  x = [1, 2, -1]
target y = 0.5
param  w = [0.4, -0.2, 0.3]
param  b = 0.1

p = dot(w, x) + b
L = (p - y)^2 / 2
""",
    ),
    Example(
        "logistic-regression",
        "Logistic regression",
        "A sigmoid on a weighted sum with the cross-entropy of a yes-or-no label. All the slopes "
        "of sigmoid and log cancel to (p − y)·x.",
        """\
input  x = [0.5, -1, 2]
target y = 1
param  w = [0.2, 0.4, -0.1]
param  b = 0.3

z = dot(w, x) + b
p = sigmoid(z)
L = -(y*log(p) + (1 - y)*log(1 - p))
""",
    ),
    Example(
        "nine-weights",
        "Two hidden units, nine weights",
        "Two inputs, two sigmoid hidden units and a linear output, every weight by its own name; "
        "biases are weights of a constant 1. Partials of the same layer share their factors.",
        """\
input  x_0 = 1
input  x_1 = 0.5
input  x_2 = -1
input  z_0 = 1
target t = 1

param  w__h_01 = 0.1
param  w__h_02 = -0.2
param  w__h_11 = 0.4
param  w__h_12 = 0.3
param  w__h_21 = -0.5
param  w__h_22 = 0.2
param  w__o_01 = 0.3
param  w__o_11 = -0.4
param  w__o_21 = 0.6

z_1 = sigmoid(w__h_01*x_0 + w__h_11*x_1 + w__h_21*x_2)
z_2 = sigmoid(w__h_02*x_0 + w__h_12*x_1 + w__h_22*x_2)
y = w__o_01*z_0 + w__o_11*z_1 + w__o_21*z_2
L = (y - t)^2 / 2
""",
    ),
    Example(
        "two-layers",
        "Two layers in matrix form",
        "p = σ(w_oᵀ σ(W₁x)) and L = −log p. The gradients are (p − 1)·z for the output weights "
        "and (p − 1)(w_o ⊙ z ⊙ (1 − z))xᵀ for the first layer.",
        """\
input  x = [1, -0.5, 2]
param  W_1 = [[0.2, -0.3, 0.1], [0.4, 0.1, -0.2]]
param  w_o = [0.7, -0.6]

a = W_1 @ x
z = sigmoid(a)
s = dot(w_o, z)
p = sigmoid(s)
L = -log(p)
""",
    ),
    Example(
        "softmax-layer",
        "ReLU, softmax and cross-entropy",
        "The partials of softmax mix all classes, a_i(1 − a_i) and −a_i a_j; with the "
        "cross-entropy behind it they come down to a − z.",
        """\
input  x = [1, -2, 0.5]
target z = [0, 1, 0]
param  W = [[0.3, -0.1, 0.2], [-0.2, -0.4, 0.1], [0.5, 0.1, -0.3]]

q = W @ x
h = relu(q)
a = softmax(h)
J = -sum(z * log(a))
""",
    ),
    Example(
        "mazur",
        "Mazur's 2-2-2 network",
        "The network of a widely read worked example, with its published numbers: two inputs, "
        "two hidden and two output sigmoids, and a bias shared by each layer.",
        """\
input  i1 = 0.05
input  i2 = 0.10
target t1 = 0.01
target t2 = 0.99
param  w1 = 0.15
param  w2 = 0.2
param  w3 = 0.25
param  w4 = 0.3
param  w5 = 0.4
param  w6 = 0.45
param  w7 = 0.5
param  w8 = 0.55
param  b1 = 0.35
param  b2 = 0.6

h1 = sigmoid(w1*i1 + w2*i2 + b1)
h2 = sigmoid(w3*i1 + w4*i2 + b1)
o1 = sigmoid(w5*h1 + w6*h2 + b2)
o2 = sigmoid(w7*h1 + w8*h2 + b2)
E = (t1 - o1)^2/2 + (t2 - o2)^2/2
""",
    ),
)
