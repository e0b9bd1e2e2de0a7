"""Definitions to derive by hand, and the comparison of an answer to one. Holds no checks."""

from __future__ import annotations

from typing import Any

from backstep.examples import EXAMPLES
from tests.asking import CALLS

SOURCES = {example.id: example.source for example in EXAMPLES}
SQUARES = "input X[4, 3] ~ normal(0, 1)\ntarget Y[4, 2] ~ normal(0, 1)\nparam W[3, 2] ~ xavier\n"
SQUARES += "param b[2] ~ zeros\nconst lambda = 0.3\nP = X @ W + b\n"
SQUARES += "L = sum((P - Y)^2)/4 + lambda*sum(W^2)\n"
ROWS = "input X[4, 3] ~ normal(0, 1)\ntarget y = [0, 1, 1, 0]\nparam w[3] ~ normal(0, 1)\n"
ROWS += "z = X @ w\np = sigmoid(z)\nL = -mean(y*log(p) + (1 - y)*log(1 - p))\n"
CLASSES = "input x = [1, -2]\ntarget y = 1\nparam W[3, 2] ~ xavier\nparam b[3] ~ zeros\n"
CLASSES += "a = W @ x + b\nf = softmax(a)\nL = -log(f[0])*0 + nll(f, y)\n"
SQUARE = "input x = [0.5, -1]\nparam V[2, 2] ~ xavier\nparam W[2, 2] ~ xavier\n"
SQUARE += "h = tanh(W @ x)\no = V @ h\nL = sum(o^2)/2\n"
OWN = SOURCES["toy-neuron"].replace("minimize L", "") + "g(a) = a*(1 - a)\nminimize L\n"
TEXTS = {
    **SOURCES,
    "squares": SQUARES,
    "rows": ROWS,
    "classes": CLASSES,
    "square": SQUARE,
    "own": OWN,
}


def compare(example: str, of: str, answer: str, **values: Any) -> dict[str, Any]:
    request = {"source": TEXTS[example], "of": of, "answer": answer, "values": values}
    found: dict[str, Any] = CALLS["compare"](request)
    return found
