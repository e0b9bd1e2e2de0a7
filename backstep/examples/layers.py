"""Examples of layers on vectors, batches and images: deep, averaged, convolved, normalised."""

from __future__ import annotations

from backstep.examples.example import Example

LAYERS: tuple[Example, ...] = (
    Example(
        "batch-loss",
        "A batch, with penalties",
        "The mean loss of four examples plus what large weights cost. The gradient is the mean of "
        "the examples' gradients; |w| adds its sign, w² adds 2w.",
        """\
input  X = [[1, 0.5], [-1, 2], [0.3, -0.7], [2, 1]]
target y = [1, -0.5, 0.2, 1.5]
param  w = [0.4, -0.3]
param  b = 0.1
const  lambda_1 = 0.05
const  lambda_2 = 0.1

p = X @ w + b
l = (p - y)^2 / 2
R = lambda_1*sum(abs(w)) + lambda_2*sum(w^2)
L = mean(l) + R
""",
    ),
    Example(
        "deep-network",
        "Hidden layers in a loop",
        "Every pass of the loop has a layer of its own, a[0] and a[1]; change the 2 for a deeper "
        "network. At the top −1/f_y meets the slopes of softmax, and f − e(y) is what is left.",
        """\
input  x = [0.5, -1]
target y = 1

h = x
for k in layers(2):
    a = dense(h, 2)
    h = tanh(a)
s = dense(h, 2)
f = softmax(s)
L = nll(f, y)
""",
    ),
    Example(
        "softmax-scores",
        "CS231n's softmax and hinge",
        "The three scores of CS231n's figure under both losses: softmax makes them 0.016, 0.631 "
        "and 0.353 and says 1.04, the hinge says 1.58 and stops caring past its margin.",
        """\
input  x = [-15, 22, -44, 56]
target y = 2
param  W = [[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0, -0.45, -0.2, 0.03]]
param  b = [0, 0.2, -0.3]

s = W @ x + b
p = softmax(s)
svm = hinge(s, y)
L = cross_entropy(s, y)
""",
    ),
    Example(
        "convolution",
        "Convolution of a signal",
        "One kernel of three weights slides along a signal, so each weight is used in every place "
        "and its partial is a sum over places. Max pooling sends what comes back to the larger of "
        "two.",
        """\
input  x = [[0.1, 0.9, 1.4, 0.3, -0.8, -1.1, -0.2, 0.6]]
target y = [[1, -0.5, 0]]
param  K = [[[0.5, -1, 0.4]]]
param  b = [0.1]

c = conv1d(x, K, b)
h = max_pool1d(c, 2)
L = mse(h, y)
""",
    ),
    Example(
        "convolution-2d",
        "Convolution of an image",
        "Two kernels find edges that lie and edges that stand in a small image; relu keeps what "
        "they find, and a mean over each map says how much there is of both.",
        """\
input  x = [[[0, 0.1, 0.9], [0.1, 1, 0.8], [0.2, 0.7, 1]]]
target y = 1
param  K = [[[[1, 1], [-1, -1]]], [[[-1, 1], [-1, 1]]]]
param  b = [0.1, 0.2]

c = conv2d(x, K, b)
h = relu(c)
m = avg_pool2d(h, 2)
s = flatten(m)
L = cross_entropy(s, y)
""",
    ),
    Example(
        "batch-norm",
        "Batch normalisation",
        "Each column loses its mean and its scale over the batch. What comes back is centred too: "
        "the partials of a column sum to 0, for a shift of all of them changes nothing.",
        """\
input  X = [[1, 2], [2, -1], [4, 0.5]]
target Y = [[0.5, 0], [-1, 1], [1, 0]]
param  gain = [1.2, 0.8]
param  bias = [0.1, -0.2]

h = batch_norm(X, gain, bias)
L = mse(h, Y)
""",
    ),
)
