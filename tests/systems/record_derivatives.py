"""Writes tests/data/derivatives.json: PyTorch's values of losses with derivatives inside.

By hand, where PyTorch is installed: `python tests/systems/record_derivatives.py`. Each network is
written twice, for Backstep and for PyTorch, and differentiated there with `create_graph`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, cos, exp, log, relu, sigmoid, softmax, tanh

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "tests" / "data" / "derivatives.json"
EXAMPLES = ROOT / "backstep" / "examples"

Leaves = Mapping[str, Tensor]


def grad(y: Tensor, x: Tensor) -> Tensor:
    """The derivative as a value that is differentiated again."""
    return torch.autograd.grad(y, x, create_graph=True, materialize_grads=True)[0]


def jacobian(y: Tensor, x: Tensor) -> Tensor:
    """The partials of each element of y."""
    return torch.stack([grad(each, x) for each in y.reshape(-1)]).reshape(*y.shape, *x.shape)


def pinn(n: Leaves) -> Tensor:
    def u(s: Tensor) -> Tensor:
        return torch.dot(n["v"], tanh(n["w"] * s + n["b"]))

    y = u(n["t"])
    return (grad(y, n["t"]) + y) ** 2 + (u(torch.tensor(0.0)) - 1) ** 2


def gradient_penalty(n: Leaves) -> Tensor:
    def critic(x: Tensor) -> Tensor:
        return torch.dot(n["v"], tanh(n["W"] @ x))

    between = 0.3 * n["real"] + 0.7 * n["fake"]
    steep = grad(critic(between), between).norm()
    return critic(n["fake"]) - critic(n["real"]) + 10 * (steep - 1) ** 2


def force_matching(n: Leaves) -> Tensor:
    def pair(a: Tensor, b: Tensor) -> Tensor:
        return torch.dot(n["v"], tanh(n["w"] * (a - b).norm() + n["b"]))

    places = n["R"]
    energy = pair(places[0], places[1]) + pair(places[0], places[2]) + pair(places[1], places[2])
    return ((-grad(energy, places) - n["F"]) ** 2).mean()


def maml(n: Leaves) -> Tensor:
    task = ((n["w"] * n["x"] + n["b"] - n["y"]) ** 2).mean()
    w, b = (n[name] - 0.1 * grad(task, n[name]) for name in "wb")
    return ((w * n["x_new"] + b - n["y_new"]) ** 2).mean()


def wave(n: Leaves) -> Tensor:
    u = n["a"] * torch.sin(n["w"] * n["x"])
    slope = grad(u, n["x"])
    return (grad(slope, n["x"]) + 4 * u) ** 2 + (slope - 1) ** 2


def pieces(n: Leaves) -> Tensor:
    score = torch.dot(n["v"], relu(n["W"] @ n["x"] + 0.1))
    return score + 10 * (grad(score, n["x"]).norm() - 1) ** 2


def steps(n: Leaves) -> Tensor:
    h = n["x"] * 1
    for _ in range(3):
        h = h - 0.1 * grad((h - n["w"]) ** 2 * h, h)
    return h**2


def stopped(n: Leaves) -> Tensor:
    w = n["w"]
    g = grad(w**3 + w.detach() * w, w)
    return g**2 + g.detach() * w


def own_hessian(n: Leaves) -> Tensor:
    w = n["w"]
    matrix = jacobian(grad(w[0] ** 2 * w[1] + exp(w[0]), w), w)
    return (matrix**2).sum() / 2


def softmax_jacobian(n: Leaves) -> Tensor:
    return (n["C"] * jacobian(softmax(n["z"], 0), n["z"])).sum()


def rows(n: Leaves) -> Tensor:
    u = sigmoid(n["X"] @ n["W"]).sum(1)
    return (((grad(u.sum(), n["X"]) ** 2).sum(1) - 1) ** 2).mean()


def classes(n: Leaves) -> Tensor:
    loss = -torch.log_softmax(n["W"] @ n["x"], 0)[1]
    return loss + (grad(loss, n["x"]) ** 2).sum()


def power(n: Leaves) -> Tensor:
    a, b = n["a"], n["b"]
    return grad(log(a / b) + a**b, b) ** 2 + grad(cos(a) * b, a)


WRITTEN: list[tuple[str, str, Callable[[Leaves], Tensor]]] = [
    ("wave", """\
input x = 0.4
param w = 1.3
param a = 0.7
u = a*sin(w*x)
u_x = grad(u, x)
L = (grad(u_x, x) + 4*u)^2 + (u_x - 1)^2
""", wave),
    ("pieces", """\
input x = [0.3, -0.8]
param W = [[0.5, -0.2], [0.1, 0.9]]
param v = [1, -0.7]
D = dot(v, relu(W @ x + 0.1))
L = D + 10*(norm(grad(D, x)) - 1)^2
""", pieces),
    ("steps", """\
param w = 2
input x = 1
h = x
for k in range(3):
    h = h - 0.1*grad((h - w)^2*h, h)
L = h^2
""", steps),
    ("stopped", """\
param w = 0.7
y = w^3 + stop_gradient(w)*w
g = grad(y, w)
L = g^2 + stop_gradient(g)*w
""", stopped),
    ("hessian", """\
param w = [0.5, -0.3]
l = w[0]^2*w[1] + exp(w[0])
g = grad(l, w)
L = sum(jacobian(g, w)^2)/2
""", own_hessian),
    ("softmax", """\
param z = [0.5, -0.3, 1.1]
const C = [[1, -0.5, 0.3], [0.7, 2, -1], [0.4, 0.1, 0.6]]
p = softmax(z)
L = sum(C*jacobian(p, z))
""", softmax_jacobian),
    ("rows", """\
input X = [[0.1, 0.2], [0.5, -0.3], [1, 1]]
param W = [[1, 2], [0.3, -0.4]]
u = sum(sigmoid(X @ W), axis=1)
g = grad(sum(u), X)
L = mean((sum(g^2, axis=1) - 1)^2)
""", rows),
    ("classes", """\
input x = [0.2, 0.5, -1]
param W = [[1, 2, 0.5], [0.3, -0.4, 1]]
l = cross_entropy(W @ x, 1)
L = l + sum(grad(l, x)^2)
""", classes),
    ("power", """\
param a = 1.5
param b = 0.5
L = grad(log(a/b) + a^b, b)^2 + grad(cos(a)*b, a)
""", power),
]  # fmt: skip
SHIPPED: Mapping[str, Callable[[Leaves], Tensor]] = {
    "pinn": pinn,
    "gradient-penalty": gradient_penalty,
    "force-matching": force_matching,
    "maml": maml,
}


def recorded(name: str, text: str, network: Callable[[Leaves], Tensor]) -> dict[str, Any]:
    """The loss and the partials of the declared names, by PyTorch."""
    leaves = {}
    for line in text.splitlines():
        if line.startswith(("input", "target", "param", "const")):
            declared, value = line.split(None, 1)[1].split("=")
            numbers = torch.tensor(json.loads(value), dtype=torch.float64)
            leaves[declared.strip()] = numbers.requires_grad_()
    loss = network(leaves)
    partials = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    found = dict(zip(leaves, partials, strict=True))
    return {
        "id": name,
        "definition": text,
        "loss": loss.item(),
        "partials": {
            key: value.tolist()
            for key, value in found.items()
            if value is not None and f"const {key}" not in text
        },
    }


def main() -> None:
    """Write the file."""
    torch.set_default_dtype(torch.float64)
    texts = [
        (name, (EXAMPLES / f"{name}.nn").read_text().split("\n\n", 1)[1], network)
        for name, network in SHIPPED.items()
    ]
    found = [recorded(*each) for each in [*texts, *WRITTEN]]
    data = {"by": f"PyTorch {torch.__version__}, float64", "networks": found}
    TARGET.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
