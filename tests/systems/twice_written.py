"""Networks written twice, as definitions and as PyTorch: a pair or more for each layer.

Runs nothing. In PyTorch's text declared names are tensors, and `own["h.W"]` is the parameter of
a layer; it must give every name that the definition gives.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """One network: what it shows, as a definition, and as PyTorch."""

    said: str
    definition: str
    torch: str


_X = "input X[5, 4] ~ normal(0, 1)\n"
_SIGNAL = "input x[2, 9] ~ normal(0, 1)\n"
_SIGNALS = "input x[3, 2, 9] ~ normal(0, 1)\n"
_IMAGE = "input x[3, 6, 7] ~ normal(0, 1)\n"
_IMAGES = "input x[2, 3, 6, 7] ~ normal(0, 1)\n"
_KERNELS = "param K[4, 2, 3] ~ he\nparam b[4] ~ normal(0, 1)\n"
_KERNELS_2D = "param K[4, 3, 3, 2] ~ he\nparam b[4] ~ normal(0, 1)\n"
_SQUARES = "\nL = sum(h^2)"
_IN_TORCH = "\nL = (h**2).sum()"

DENSE = (
    Pair(
        "dense on a vector",
        "input x[4] ~ normal(0, 1)\nh = tanh(dense(x, 3))\nL = sum(h^2)",
        'h = torch.tanh(F.linear(x, own["h.W"], own["h.b"]))' + _IN_TORCH,
    ),
    Pair(
        "dense on rows, drawn by he",
        f"{_X}h = dense(X, 3, init=he)" + _SQUARES,
        'h = F.linear(X, own["h.W"], own["h.b"])' + _IN_TORCH,
    ),
    Pair(
        "two layers in one statement, units by name",
        "input x[4] ~ normal(0, 1)\nh = relu(dense(tanh(dense(x, units=5)), 3, init=ones))"
        "\nL = sum(h^2)",
        'h = F.relu(F.linear(torch.tanh(F.linear(x, own["h.W"], own["h.b"])), '
        'own["h.W_2"], own["h.b_2"]))' + _IN_TORCH,
    ),
    Pair(
        "one layer used in every pass: its partial is a sum over the passes",
        "input x[4] ~ normal(0, 1)\nh = x\nfor t in range(3):\n    h = tanh(dense(h, 4))\n"
        "L = sum(h)",
        'h = x\nfor t in range(3):\n    h = torch.tanh(F.linear(h, own["h.W"], own["h.b"]))\n'
        "L = h.sum()",
    ),
    Pair(
        "layers of their own in every pass, read in a penalty",
        "input x[4] ~ normal(0, 1)\nh = x\nfor k in layers(3):\n    h = tanh(dense(h, 5))\n"
        "r = sum(h[0].W^2) + sum(abs(h[1].W)) + norm(h[2].W)\nL = sum(h) + 0.1*r",
        'h = x\nfor k in range(3):\n    h = torch.tanh(F.linear(h, own[f"h[{k}].W"], '
        'own[f"h[{k}].b"]))\n'
        'r = (own["h[0].W"]**2).sum() + own["h[1].W"].abs().sum() + own["h[2].W"].norm()\n'
        "L = h.sum() + 0.1*r",
    ),
    Pair(
        "an embedding by one_hot",
        "input k = [1, 0, 3, 1]\nparam E[4, 2] ~ normal(0, 1)\nh = one_hot(k, 4) @ E" + _SQUARES,
        "h = F.one_hot(k.long(), 4).double() @ E" + _IN_TORCH,
    ),
)

CONVOLUTIONS = (
    Pair(
        "conv1d",
        f"{_SIGNAL}{_KERNELS}h = conv1d(x, K, b)" + _SQUARES,
        "h = F.conv1d(x, K, b)" + _IN_TORCH,
    ),
    Pair(
        "conv1d without bias",
        f"{_SIGNAL}param K[4, 2, 3] ~ he\nh = conv1d(x, K)" + _SQUARES,
        "h = F.conv1d(x, K)" + _IN_TORCH,
    ),
    Pair(
        "conv1d, one bias for all filters",
        f"{_SIGNAL}param K[4, 2, 3] ~ he\nparam b = 0.3\nh = conv1d(x, K, b=b)" + _SQUARES,
        "h = F.conv1d(x, K) + b" + _IN_TORCH,
    ),
    Pair(
        "conv1d with stride and padding on a batch",
        f"{_SIGNALS}{_KERNELS}h = conv1d(x, K, b, stride=2, padding=1)" + _SQUARES,
        "h = F.conv1d(x, K, b, stride=2, padding=1)" + _IN_TORCH,
    ),
    Pair(
        "conv1d of its own",
        f"{_SIGNALS}h = conv1d(x, filters=4, kernel=3, stride=2, padding=2)" + _SQUARES,
        'h = F.conv1d(x, own["h.W"], own["h.b"], stride=2, padding=2)' + _IN_TORCH,
    ),
    Pair(
        "conv2d",
        f"{_IMAGE}{_KERNELS_2D}h = conv2d(x, K, b)" + _SQUARES,
        "h = F.conv2d(x, K, b)" + _IN_TORCH,
    ),
    Pair(
        "conv2d with stride and padding",
        f"{_IMAGE}{_KERNELS_2D}h = conv2d(x, K, b, stride=2, padding=1)" + _SQUARES,
        "h = F.conv2d(x, K, b, stride=2, padding=1)" + _IN_TORCH,
    ),
    Pair(
        "conv2d with stride and padding by place, on a batch",
        f"{_IMAGES}{_KERNELS_2D}h = conv2d(x, K, b, 3, 2)" + _SQUARES,
        "h = F.conv2d(x, K, b, 3, 2)" + _IN_TORCH,
    ),
    Pair(
        "conv2d without bias, its padding by name",
        f"{_IMAGES}param K[4, 3, 3, 2] ~ he\nh = conv2d(x, K, padding=1)" + _SQUARES,
        "h = F.conv2d(x, K, padding=1)" + _IN_TORCH,
    ),
    Pair(
        "conv2d of its own",
        f"{_IMAGE}h = conv2d(x, filters=4, kernel=3, stride=2)" + _SQUARES,
        'h = F.conv2d(x, own["h.W"], own["h.b"], stride=2)' + _IN_TORCH,
    ),
    Pair(
        "a kernel of 1 and one as large as the padded image",
        f"{_IMAGE}param K[2, 3, 1, 1] ~ he\nparam G[2, 2, 8, 9] ~ he\ng = conv2d(x, K)\n"
        "h = conv2d(g, G, padding=1)" + _SQUARES,
        "g = F.conv2d(x, K)\nh = F.conv2d(g, G, padding=1)" + _IN_TORCH,
    ),
)

POOLING = (
    Pair(
        "max_pool1d with windows that overlap",
        f"{_SIGNALS}h = max_pool1d(x, 3, stride=1)" + _SQUARES,
        "h = F.max_pool1d(x, 3, stride=1)" + _IN_TORCH,
    ),
    Pair(
        "max_pool1d that leaves a rest",
        f"{_SIGNAL}h = max_pool1d(x, 2)" + _SQUARES,
        "h = F.max_pool1d(x, 2)" + _IN_TORCH,
    ),
    Pair(
        "avg_pool1d by name",
        f"{_SIGNAL}h = avg_pool1d(x, size=3, stride=2)" + _SQUARES,
        "h = F.avg_pool1d(x, 3, stride=2)" + _IN_TORCH,
    ),
    Pair(
        "max_pool2d",
        f"{_IMAGES}h = max_pool2d(x, 2)" + _SQUARES,
        "h = F.max_pool2d(x, 2)" + _IN_TORCH,
    ),
    Pair(
        "max_pool2d with its stride by name",
        f"{_IMAGE}h = max_pool2d(x, 2, stride=1)" + _SQUARES,
        "h = F.max_pool2d(x, 2, stride=1)" + _IN_TORCH,
    ),
    Pair(
        "max_pool2d with its stride by place",
        f"{_IMAGE}h = max_pool2d(x, 2, 3)" + _SQUARES,
        "h = F.max_pool2d(x, 2, 3)" + _IN_TORCH,
    ),
    Pair(
        "avg_pool2d",
        f"{_IMAGES}h = avg_pool2d(x, 3, stride=2)" + _SQUARES,
        "h = F.avg_pool2d(x, 3, stride=2)" + _IN_TORCH,
    ),
)

_STEPS = "input x[4, 2] ~ normal(0, 1)\nh = zeros(3)\n"
_BATCHED_STEPS = "input x[5, 4, 2] ~ normal(0, 1)\nh = zeros(5, 3)\n"
_RNN = "param W_x[3, 2] ~ xavier\nparam W_h[3, 3] ~ xavier\nparam b[3] ~ normal(0, 1)\n"
_LSTM = "param W_x[12, 2] ~ xavier\nparam W_h[12, 3] ~ xavier\nparam b[12] ~ normal(0, 1)\n"
# PyTorch's own recurrent layers keep two biases; ours is their sum.
_OWN_RNN = 'cell = (own["h.W_x"], own["h.W_h"], own["h.b"], torch.zeros(3))\n'

RECURRENT = (
    Pair(
        "rnn_cell over time, its parameters given",
        f"{_RNN}{_STEPS}for t in range(4):\n    h = rnn_cell(x[t], h, W_x, W_h, b)" + _SQUARES,
        "h = torch.zeros(3)\nfor t in range(4):\n"
        "    h = torch.rnn_tanh_cell(x[t, None], h[None], W_x, W_h, b, torch.zeros(3))[0]"
        + _IN_TORCH,
    ),
    Pair(
        "rnn_cell over time, its parameters by name, on a batch",
        f"{_RNN}{_BATCHED_STEPS}for t in range(4):\n"
        "    h = rnn_cell(x[:, t], h, W_x=W_x, W_h=W_h, b=b)" + _SQUARES,
        "h = torch.zeros(5, 3)\nfor t in range(4):\n"
        "    h = torch.rnn_tanh_cell(x[:, t], h, W_x, W_h, b, torch.zeros(3))" + _IN_TORCH,
    ),
    Pair(
        "rnn_cell of its own over time",
        f"{_STEPS}for t in range(4):\n    h = rnn_cell(x[t], h)" + _SQUARES,
        _OWN_RNN + "h = torch.zeros(3)\nfor t in range(4):\n"
        "    h = torch.rnn_tanh_cell(x[t, None], h[None], *cell)[0]" + _IN_TORCH,
    ),
    Pair(
        "lstm_cell over time, its parameters given, on a batch",
        f"{_LSTM}{_BATCHED_STEPS}c = zeros(5, 3)\nfor t in range(4):\n"
        "    h, c = lstm_cell(x[:, t, :], h, c, W_x, W_h, b)" + _SQUARES,
        "h, c = torch.zeros(5, 3), torch.zeros(5, 3)\nfor t in range(4):\n"
        "    h, c = torch.lstm_cell(x[:, t], (h, c), W_x, W_h, b, torch.zeros(12))" + _IN_TORCH,
    ),
    Pair(
        "lstm_cell of its own over time, both of its values in the loss",
        f"{_STEPS}c = ones(3)\nfor t in range(4):\n    h, c = lstm_cell(x[t], h, c)\n"
        "L = sum(h^2) + sum(c)",
        "h, c = torch.zeros(3), torch.ones(3)\nfor t in range(4):\n"
        '    gates = own["h.W_x"] @ x[t] + own["h.W_h"] @ h + own["h.b"]\n'
        "    i, f, g, o = gates.chunk(4)\n    c = f.sigmoid()*c + i.sigmoid()*g.tanh()\n"
        "    h = o.sigmoid()*c.tanh()\nL = (h**2).sum() + c.sum()",
    ),
    Pair(
        "the whole sequence by PyTorch's own LSTM",
        f"{_LSTM}{_STEPS}c = zeros(3)\nfor t in range(4):\n"
        "    h, c = lstm_cell(x[t], h, c, W_x, W_h, b)" + _SQUARES,
        "start = (torch.zeros(1, 3), torch.zeros(1, 3))\n"
        "_, h, c = torch.lstm(x[:, None], (start[0][None], start[1][None]), "
        "[W_x, W_h, b, torch.zeros(12)], True, 1, 0.0, False, False, False)\n"
        # The last c is an output beside h there, and no step on its way.
        "h, c = h[0, 0], c[0, 0].detach()" + _IN_TORCH,
    ),
)

_ATTENTION = (
    'Q, K, V = (X @ own[f"h.W_{part}"].T for part in "qkv")\n'
    "h = F.scaled_dot_product_attention(Q, K, V)"
)

ATTENTION = (
    Pair(
        "attention",
        "param Q[5, 4] ~ normal(0, 1)\nparam K[6, 4] ~ normal(0, 1)\nparam V[6, 2] ~ normal(0, 1)\n"
        "h = attention(Q, K, V)" + _SQUARES,
        "h = F.scaled_dot_product_attention(Q, K, V)" + _IN_TORCH,
    ),
    Pair(
        "attention of a width without a whole root, on a batch",
        "param Q[2, 5, 3] ~ normal(0, 1)\nparam K[2, 6, 3] ~ normal(0, 1)\n"
        "param V[2, 6, 2] ~ normal(0, 1)\nh = attention(Q, K, V)" + _SQUARES,
        "h = F.scaled_dot_product_attention(Q, K, V)" + _IN_TORCH,
    ),
    Pair("self_attention", f"{_X}h = self_attention(X, 3)" + _SQUARES, _ATTENTION + _IN_TORCH),
    Pair(
        "self_attention on a batch, its width by name",
        "input X[2, 5, 4] ~ normal(0, 1)\nh = self_attention(X, width=4)" + _SQUARES,
        _ATTENTION + _IN_TORCH,
    ),
)

_SCALED = "param gain[4] ~ normal(1, 1)\nparam bias[4] ~ normal(0, 1)\n"
_CUBES, _CUBES_IN_TORCH = "\nL = sum(h^3)", "\nL = (h**3).sum()"

NORMALISING = (
    Pair(
        "layer_norm on rows",
        f"{_X}{_SCALED}h = layer_norm(X, gain, bias)" + _CUBES,
        "h = F.layer_norm(X, (4,), gain, bias)" + _CUBES_IN_TORCH,
    ),
    Pair(
        "layer_norm on a vector, eps given",
        f"input x[4] ~ normal(0, 1)\n{_SCALED}h = layer_norm(x, gain, bias, eps=0.1)" + _CUBES,
        "h = F.layer_norm(x, (4,), gain, bias, eps=0.1)" + _CUBES_IN_TORCH,
    ),
    Pair(
        "batch_norm on rows",
        f"{_X}{_SCALED}h = batch_norm(X, gain, bias)" + _CUBES,
        "h = F.batch_norm(X, None, None, gain, bias, training=True)" + _CUBES_IN_TORCH,
    ),
    Pair(
        "batch_norm on signals",
        f"input X[5, 4, 3] ~ normal(0, 1)\n{_SCALED}h = batch_norm(X, gain, bias)" + _CUBES,
        "h = F.batch_norm(X, None, None, gain, bias, training=True)" + _CUBES_IN_TORCH,
    ),
    Pair(
        "batch_norm on images, eps given",
        f"input X[3, 4, 2, 3] ~ normal(0, 1)\n{_SCALED}h = batch_norm(X, gain, bias, eps=1e-3)"
        + _CUBES,
        "h = F.batch_norm(X, None, None, gain, bias, training=True, eps=1e-3)" + _CUBES_IN_TORCH,
    ),
    Pair(
        "softmax with a temperature that is learned",
        f"{_X}param T = 0.7\nh = softmax(X, temperature=T)" + _CUBES,
        "h = F.softmax(X / T, -1)" + _CUBES_IN_TORCH,
    ),
    Pair(
        "softmax along the first axis, with a temperature",
        f"{_X}h = softmax(X, axis=0, temperature=2.5)" + _CUBES,
        "h = F.softmax(X / 2.5, 0)" + _CUBES_IN_TORCH,
    ),
    Pair(
        "log_softmax",
        f"{_X}h = log_softmax(X, axis=0)" + _CUBES,
        "h = F.log_softmax(X, 0)" + _CUBES_IN_TORCH,
    ),
)

LAYERS = (*DENSE, *CONVOLUTIONS, *POOLING, *RECURRENT, *ATTENTION, *NORMALISING)
