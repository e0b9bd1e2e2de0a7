"""Examples that read one thing after another: recurrent cells and attention."""

from __future__ import annotations

from backstep.examples.example import Example

SEQUENCES: tuple[Example, ...] = (
    Example(
        "rnn",
        "A recurrent network",
        "The same three tensors are used at every step, so the partial of each is a sum with one "
        "contribution a step; the walk names the step of each.",
        """\
input  x = [[1, 0.5], [-0.5, 1], [0.3, -0.8]]
target y = [0.5, -0.5]
param  W_x = [[0.4, -0.2], [0.1, 0.3]]
param  W_h = [[0.2, 0.5], [-0.3, 0.1]]
param  b = [0.1, 0]

h = zeros(2)
for t in range(3):
    h = rnn_cell(x[t], h, W_x, W_h, b)
L = mse(h, y)
""",
    ),
    Example(
        "lstm",
        "An LSTM, two steps by hand",
        "Aidan Gomez's worked example: one cell, two steps, every gate typed out. The state s is "
        "carried by a sum, which is why what comes back through time does not fade at once.",
        """\
input  x = [[1, 2], [0.5, 3]]
target y = [0.5, 1.25]
param  W_a = [0.45, 0.25]
param  U_a = 0.15
param  b_a = 0.2
param  W_i = [0.95, 0.8]
param  U_i = 0.8
param  b_i = 0.65
param  W_f = [0.7, 0.45]
param  U_f = 0.1
param  b_f = 0.15
param  W_o = [0.6, 0.4]
param  U_o = 0.25
param  b_o = 0.1

s = 0
h = 0
L = 0
for t in range(2):
    a = tanh(dot(W_a, x[t]) + U_a*h + b_a)
    i = sigmoid(dot(W_i, x[t]) + U_i*h + b_i)
    f = sigmoid(dot(W_f, x[t]) + U_f*h + b_f)
    o = sigmoid(dot(W_o, x[t]) + U_o*h + b_o)
    s = a*i + f*s
    h = tanh(s)*o
    L = L + (h - y[t])^2 / 2
""",
    ),
    Example(
        "lstm-cell",
        "The LSTM as a cell",
        "The same cell as a layer: the four gates i, f, g, o stacked in one matrix, as libraries "
        "keep them. Open the block to see the gates.",
        """\
input  x = [[1, 2], [0.5, 3]]
target y = [[0.5], [1.25]]
param  W_x = [[0.95, 0.8], [0.7, 0.45], [0.45, 0.25], [0.6, 0.4]]
param  W_h = [[0.8], [0.1], [0.15], [0.25]]
param  b = [0.65, 0.15, 0.2, 0.1]

h = zeros(1)
c = zeros(1)
L = 0
for t in range(2):
    h, c = lstm_cell(x[t], h, c, W_x, W_h, b)
    L = L + sum((h - y[t])^2) / 2
""",
    ),
    Example(
        "attention",
        "Self-attention",
        "Raimi Karim's worked example: three positions ask for one another. A row of A is a "
        "softmax, so what comes back to the scores of a row sums to 0.",
        """\
input  x = [[1, 0, 1, 0], [0, 2, 0, 2], [1, 1, 1, 1]]
param  W_k = [[0, 0, 1], [1, 1, 0], [0, 1, 0], [1, 1, 0]]
param  W_q = [[1, 0, 1], [1, 0, 0], [0, 0, 1], [0, 1, 1]]
param  W_v = [[0, 2, 0], [0, 3, 0], [1, 0, 3], [1, 1, 0]]

Q = x @ W_q
K = x @ W_k
V = x @ W_v
A = softmax(Q @ K.T)
o = A @ V
L = sum(o)
""",
    ),
)
