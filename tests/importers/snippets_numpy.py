"""Texts in NumPy's words, as tutorials and courses write them."""

from __future__ import annotations

from tests.importers.snippet import Snippet, grads, own

NUMPY = (
    Snippet(
        "neuron",
        """
import math

def sigmoid(z):
    return 1 / (1 + math.exp(-z))

x = 2.0
y = 1.0
w = 0.5
b = -0.3
lr = 0.1

for step in range(100):
    z = w * x + b
    u = sigmoid(z)
    loss = (u - y) ** 2 / 2
    dz = (u - y) * u * (1 - u)
    dw = dz * x
    w = w - lr * dw
    b = b - lr * dz
""",
        own("x", "y", "w", "b"),
        {"w": "dw", "b": "dz"},
        quiet=(("lr = 0.1", "lr = 0.0"), ("range(100)", "range(1)")),
        roles={"x": "input", "y": "target"},
    ),
    Snippet(
        "two_layers",
        """
import numpy as np

# N is the batch, D_in the input, H the hidden size.
N, D_in, H, D_out = 6, 5, 4, 3

x = np.random.randn(N, D_in)
y = np.random.randn(N, D_out)
w1 = np.random.randn(D_in, H)
w2 = np.random.randn(H, D_out)

learning_rate = 1e-6
for t in range(500):
    h = x.dot(w1)
    h_relu = np.maximum(h, 0)
    y_pred = h_relu.dot(w2)

    loss = np.square(y_pred - y).sum()
    print(t, loss)

    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h_relu.T.dot(grad_y_pred)
    grad_h_relu = grad_y_pred.dot(w2.T)
    grad_h = grad_h_relu.copy()
    grad_h[h < 0] = 0
    grad_w1 = x.T.dot(grad_h)

    w1 -= learning_rate * grad_w1
    w2 -= learning_rate * grad_w2
""",
        own("x", "y", "w1", "w2"),
        {"w1": "grad_w1", "w2": "grad_w2"},
        quiet=(("1e-6", "0.0"), ("range(500)", "range(1)")),
        roles={"x": "input", "y": "target"},
    ),
    Snippet(
        "polynomial",
        """
import numpy as np
import math

x = np.linspace(-math.pi, math.pi, 20)
y = np.sin(x)

a = np.random.randn()
b = np.random.randn()
c = np.random.randn()
d = np.random.randn()

learning_rate = 1e-6
for t in range(2000):
    y_pred = a + b * x + c * x ** 2 + d * x ** 3
    loss = np.square(y_pred - y).sum()
    if t % 100 == 99:
        print(t, loss)

    grad_y_pred = 2.0 * (y_pred - y)
    grad_a = grad_y_pred.sum()
    grad_b = (grad_y_pred * x).sum()
    grad_c = (grad_y_pred * x ** 2).sum()
    grad_d = (grad_y_pred * x ** 3).sum()

    a -= learning_rate * grad_a
    b -= learning_rate * grad_b
    c -= learning_rate * grad_c
    d -= learning_rate * grad_d

print(f'Result: y = {a} + {b} x + {c} x^2 + {d} x^3')
""",
        own("a", "b", "c", "d"),
        {name: f"grad_{name}" for name in "abcd"},
        quiet=(("1e-6", "0.0"), ("range(2000)", "range(1)")),
        roles={"x": "input"},
    ),
    Snippet(
        "xor_in_few_lines",
        """
import numpy as np

def nonlin(x, deriv=False):
    if deriv == True:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

X = np.array([[0, 0, 1],
              [0, 1, 1],
              [1, 0, 1],
              [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])

np.random.seed(1)
syn0 = 2 * np.random.random((3, 4)) - 1
syn1 = 2 * np.random.random((4, 1)) - 1

for j in range(60000):
    l0 = X
    l1 = nonlin(np.dot(l0, syn0))
    l2 = nonlin(np.dot(l1, syn1))
    l2_error = y - l2
    if (j % 10000) == 0:
        print("Error:" + str(np.mean(np.abs(l2_error))))
    l2_delta = l2_error * nonlin(l2, deriv=True)
    l1_error = l2_delta.dot(syn1.T)
    l1_delta = l1_error * nonlin(l1, deriv=True)
    syn1 += l1.T.dot(l2_delta)
    syn0 += l0.T.dot(l1_delta)
""",
        {"syn0": "start0", "syn1": "start1"},
        {"syn0": "-l0.T.dot(l1_delta)", "syn1": "-l1.T.dot(l2_delta)"},
        loss="(l2_error**2).sum()/2",
        quiet=(
            ("range(60000)", "range(1)"),
            ("for j", "start0, start1 = syn0.copy(), syn1.copy()\nfor j"),
        ),
        roles={"X": "input", "y": "target"},
    ),
    Snippet(
        "softmax_classifier",
        """
import numpy as np

N = 4
D = 2
K = 3
X = np.zeros((N * K, D))
y = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
X = np.random.randn(N * K, D)

W = 0.01 * np.random.randn(D, K)
b = np.zeros((1, K))

step_size = 1e-0
reg = 1e-3

num_examples = X.shape[0]
for i in range(200):
    scores = np.dot(X, W) + b
    scores -= np.max(scores, axis=1, keepdims=True)
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    corect_logprobs = -np.log(probs[range(num_examples), y])
    data_loss = np.sum(corect_logprobs) / num_examples
    reg_loss = 0.5 * reg * np.sum(W * W)
    loss = data_loss + reg_loss
    if i % 10 == 0:
        print("iteration %d: loss %f" % (i, loss))

    dscores = probs
    dscores[range(num_examples), y] -= 1
    dscores /= num_examples
    dW = np.dot(X.T, dscores)
    db = np.sum(dscores, axis=0, keepdims=True)
    dW += reg * W
    W += -step_size * dW
    b += -step_size * db

scores = np.dot(X, W) + b
predicted_class = np.argmax(scores, axis=1)
print('training accuracy: %.2f' % (np.mean(predicted_class == y)))
""",
        own("X", "W", "b"),
        {"W": "dW", "b": "db"},
        quiet=(("step_size = 1e-0", "step_size = 0.0"), ("range(200)", "range(1)")),
        roles={"X": "input", "y": "target", "reg": "const"},
    ),
    Snippet(
        "hidden_layer",
        """
import numpy as np

h = 5 # size of hidden layer
D, K = 2, 3
X = np.random.randn(7, D)
y = np.array([0, 2, 1, 1, 0, 2, 2])
W = 0.01 * np.random.randn(D, h)
b = np.zeros((1, h))
W2 = 0.01 * np.random.randn(h, K)
b2 = np.zeros((1, K))
reg = 1e-3
step_size = 0.5
num_examples = X.shape[0]
for i in range(10000):
    hidden_layer = np.maximum(0, np.dot(X, W) + b)
    scores = np.dot(hidden_layer, W2) + b2
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    correct_logprobs = -np.log(probs[range(num_examples), y])
    data_loss = np.sum(correct_logprobs) / num_examples
    reg_loss = 0.5 * reg * np.sum(W * W) + 0.5 * reg * np.sum(W2 * W2)
    loss = data_loss + reg_loss
    dscores = probs.copy()
    dscores[range(num_examples), y] -= 1
    dscores /= num_examples
    dW2 = np.dot(hidden_layer.T, dscores)
    db2 = np.sum(dscores, axis=0, keepdims=True)
    dhidden = np.dot(dscores, W2.T)
    dhidden[hidden_layer <= 0] = 0
    dW = np.dot(X.T, dhidden)
    db = np.sum(dhidden, axis=0, keepdims=True)
    dW2 += reg * W2
    dW += reg * W
    W += -step_size * dW
    b += -step_size * db
    W2 += -step_size * dW2
    b2 += -step_size * db2
""",
        own("X", "W", "b", "W2", "b2"),
        {"W": "dW", "b": "db", "W2": "dW2", "b2": "db2"},
        quiet=(("step_size = 0.5", "step_size = 0.0"), ("range(10000)", "range(1)")),
    ),
    Snippet(
        "svm",
        """
import numpy as np

def svm_loss(W, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(num_train), y]
    margins = np.maximum(0, scores - correct[:, np.newaxis] + 1.0)
    margins[np.arange(num_train), y] = 0
    loss = np.sum(margins) / num_train
    loss += reg * np.sum(W * W)

    mask = (margins > 0).astype(float)
    mask[np.arange(num_train), y] = -np.sum(mask, axis=1)
    dW = X.T.dot(mask) / num_train + 2 * reg * W
    return loss, dW

X = np.random.randn(5, 4)
W = np.random.randn(4, 3) * 0.1
y = np.array([0, 1, 2, 1, 0])
loss, dW = svm_loss(W, X, y, 0.05)
W -= 0.0 * dW
""",
        own("X", "W"),
        {"W": "dW"},
        roles={"X": "input", "y": "target"},
    ),
    Snippet(
        "logistic",
        """
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

X = np.random.normal(0, 1, size=(8, 3))
y = np.array([0, 1, 1, 0, 1, 0, 0, 1])
weights = np.random.uniform(-0.5, 0.5, size=3)
bias = 0.1
alpha = 0.5
l2 = 0.01

for epoch in range(1000):
    z = X @ weights + bias
    p = sigmoid(z)
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + l2 * np.sum(weights ** 2)
    error = p - y
    dw = X.T @ error / len(y) + 2 * l2 * weights
    db = np.mean(error)
    weights -= alpha * dw
    bias -= alpha * db
""",
        own("X", "weights", "bias"),
        {"weights": "dw", "bias": "db"},
        quiet=(("alpha = 0.5", "alpha = 0.0"), ("range(1000)", "range(1)")),
        roles={"X": "input", "y": "target", "l2": "const"},
    ),
    Snippet(
        "softmax_function",
        """
import numpy as np

def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def cross_entropy(p, t):
    return -np.sum(t * np.log(p + 1e-9)) / p.shape[0]

x = np.random.rand(4, 3)
t = np.eye(3)[[0, 2, 1, 1]]
W = np.random.randn(3, 3) / np.sqrt(3)
b = np.zeros(3)
p = softmax(x @ W + b)
loss = cross_entropy(p, t)
dz = (p - t) / x.shape[0]
W -= 0.0 * (x.T @ dz)
b -= 0.0 * dz.sum(axis=0)
""",
        own("x", "W", "b"),
        {},
        roles={"x": "input"},
    ),
    Snippet(
        "skip_gram",
        """
import numpy as np

V, d = 6, 4
center, outside = 2, 5
center_vectors = np.random.randn(V, d)
outside_vectors = np.random.randn(V, d)

v = center_vectors[center]
scores = outside_vectors @ v
y_hat = np.exp(scores) / np.sum(np.exp(scores))
loss = -np.log(y_hat[outside])

delta = y_hat.copy()
delta[outside] -= 1
grad_v = outside_vectors.T @ delta
grad_outside = np.outer(delta, v)
center_vectors[center] -= 0.0 * grad_v
outside_vectors -= 0.0 * grad_outside
""",
        own("center_vectors", "outside_vectors"),
        {"outside_vectors": "grad_outside"},
    ),
    Snippet(
        "negative_sampling",
        """
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

v_c = np.random.randn(5)
u_o = np.random.randn(5)
U_neg = np.random.randn(3, 5)

pos = sigmoid(u_o.dot(v_c))
neg = sigmoid(-U_neg.dot(v_c))
loss = -np.log(pos) - np.sum(np.log(neg))

grad_v = (pos - 1) * u_o + U_neg.T.dot(1 - neg)
grad_u = (pos - 1) * v_c
v_c -= 0.0 * grad_v
u_o -= 0.0 * grad_u
""",
        own("v_c", "u_o", "U_neg"),
        {"v_c": "grad_v", "u_o": "grad_u"},
    ),
    Snippet(
        "char_rnn",
        """
import numpy as np

vocab_size = 4
hidden_size = 3
Wxh = np.random.randn(hidden_size, vocab_size) * 0.01
Whh = np.random.randn(hidden_size, hidden_size) * 0.01
Why = np.random.randn(vocab_size, hidden_size) * 0.01
bh = np.zeros((hidden_size, 1))
by = np.zeros((vocab_size, 1))
inputs = [0, 1, 2, 2]
targets = [1, 2, 2, 3]

def lossFun(inputs, targets, hprev):
    xs, hs, ys, ps = {}, {}, {}, {}
    hs[-1] = np.copy(hprev)
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((vocab_size, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t-1]) + bh)
        ys[t] = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
        loss += -np.log(ps[t][targets[t], 0])
    dWhy, dby = np.zeros_like(Why), np.zeros_like(by)
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
    return loss, dWhy, dby, hs[len(inputs)-1]

hprev = np.zeros((hidden_size, 1))
loss, dWhy, dby, hprev2 = lossFun(inputs, targets, hprev)
for param, dparam in zip([Why, by], [dWhy, dby]):
    param += -0.0 * dparam
""",
        own("Wxh", "Whh", "Why", "bh", "by"),
        {"Why": "dWhy", "by": "dby"},
    ),
    Snippet(
        "tied_autoencoder",
        """
import numpy as np
sigmoid = lambda a: 1.0 / (1.0 + np.exp(-a))
x = np.random.rand(5, 6)
W = np.random.randn(6, 2) * 0.3
b = np.zeros(2)
c = np.zeros(6)
hidden = sigmoid(x.dot(W) + b)
x_hat = sigmoid(hidden.dot(W.T) + c)
cost = np.mean(np.sum((x_hat - x) ** 2, axis=1))
delta_c = (2 * (x_hat - x) * x_hat * (1 - x_hat) / 5).sum(axis=0)
c -= 0.0 * delta_c
""",
        own("x", "W", "b", "c"),
        {"c": "delta_c"},
        loss="cost",
    ),
    Snippet(
        "batch_norm_by_hand",
        """
import numpy as np

x = np.random.randn(6, 3)
gamma = np.ones(3)
beta = np.zeros(3)
target = np.random.randn(6, 3)
eps = 1e-5

mu = x.mean(axis=0)
var = x.var(axis=0)
x_hat = (x - mu) / np.sqrt(var + eps)
out = gamma * x_hat + beta
loss = 0.5 * np.sum((out - target) ** 2)

dout = out - target
dgamma = np.sum(dout * x_hat, axis=0)
dbeta = dout.sum(axis=0)
gamma -= 0.0 * dgamma
beta -= 0.0 * dbeta
""",
        own("x", "target", "gamma", "beta"),
        {"gamma": "dgamma", "beta": "dbeta"},
        roles={"x": "input", "target_": "target", "eps": "const"},
    ),
    Snippet(
        "attention_by_hand",
        """
import numpy as np

def softmax(z, axis=-1):
    z = z - z.max(axis=axis, keepdims=True)
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)

T, d = 4, 3
X = np.random.randn(T, d)
W_q, W_k, W_v = np.random.randn(d, d), np.random.randn(d, d), np.random.randn(d, d)
Q, K, V = X @ W_q, X @ W_k, X @ W_v
A = softmax(Q @ K.T / np.sqrt(d))
out = A @ V
loss = (out ** 2).mean()
grad_V = A.T @ (2 * out / out.size)
W_v = W_v - 0.0 * (X.T @ grad_V)
""",
        own("X", "W_q", "W_k", "W_v"),
        {"W_v": "X.T @ grad_V"},
    ),
    Snippet(
        "einsum",
        """
import numpy as np
X = np.random.randn(3, 4)
W = np.random.randn(4, 2)
Y = np.random.randn(3, 2)
pred = np.einsum('ij,jk->ik', X, W)
loss = np.einsum('ik,ik->', pred - Y, pred - Y) / 2
W -= 0.0 * np.einsum('ij,ik->jk', X, pred - Y)
""",
        own("X", "W", "Y"),
        {"W": "X.T @ (pred - Y)"},
    ),
    Snippet(
        "engine_for_scalars",
        """
import math

class Value:
    def __init__(self, data, _children=(), _op=''):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = set(_children)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), '+')
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), '*')
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,), 'tanh')
        def _backward():
            self.grad += (1 - t ** 2) * out.grad
        out._backward = _backward
        return out

    def backward(self):
        topo, visited = [], set()
        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)
        build(self)
        self.grad = 1.0
        for node in reversed(topo):
            node._backward()

x1 = Value(2.0)
x2 = Value(0.0)
w1 = Value(-3.0)
w2 = Value(1.0)
b = Value(6.8813735870195432)
x1w1 = x1*w1
x2w2 = x2*w2
n = x1w1 + x2w2 + b
o = n.tanh()
o.backward()
""",
        {name: f"{name}.data" for name in ("x1", "x2", "w1", "w2", "b")},
        grads("w1", "w2", "b"),
        loss="o.data",
        roles={"x1": "input", "x2": "input"},
    ),
)
