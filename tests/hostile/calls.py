"""More hostile inputs: sweeps, what goes on with them, names that are words of exported languages,
answers and choices that grow, and raw requests. See `corpus`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.hostile.case import Case

LINE = "input x = [1, 2, 3]\ntarget y = [2, 4, 6]\nparam w = 0.5\nL = mean((w*x - y)^2)"
WORDS = (
    "function", "end", "begin", "struct", "module", "using", "ans", "Inf", "eps", "im", "NaN",
    "int", "double", "static", "main", "return", "NULL", "printf", "register", "__import__",
    "np", "torch", "jax", "jnp", "self", "del", "async", "nonlocal", "None", "True", "exit",
    "quit", "pause", "system", "sizeof", "restrict", "inline", "typedef", "goto", "auto",
)  # fmt: skip
TARGETS = ("numpy", "torch", "jax", "c", "julia", "octave", "sympy", "latex", "notebook")
BREAKS = ("*/ int main(){return 7;} /*", "\\end{document}\\input{x}", '"""\nimport os\n"""', "|#")


def sweeps() -> Iterator[Case]:
    """Choices that are none, that are too many, that grow, that hide code."""
    over: dict[str, Any] = {
        "null": None,
        "a list": [],
        "a number": 1,
        "nothing": {},
        "an empty list": {"rate": []},
        "a number for a list": {"rate": 0.1},
        "null in a list": {"rate": [None]},
        "text in a list": {"rate": ["0.1"]},
        "true in a list": {"seed": [True]},
        "an object in a list": {"values.w": [{}]},
        "deep": {"values.w": [[[[[[[[[1]]]]]]]]]},
        "ragged": {"values.x": [[1, [2], 3]]},
        "dunder": {"__class__": [1]},
        "dotted dunder": {"values.__class__": [1]},
        "settings dunder": {"settings.__init__": [1]},
        "source": {"source": ["import os"]},
        "over": {"over": [{}]},
        "train": {"train": [{}]},
        "data": {"data": [{}]},
        "names": {"names": [["w"]]},
        "every": {"every": [1]},
        "dots": {"values..w": [1], "..": [1]},
        "pointer": {"values.~1/~0": [1]},
        "code": {"values.__import__('os')": [1]},
        "markup": {"<script>alert(1)</script>": [1]},
        "negative rate": {"rate": [0.1, -0.1]},
        "huge rate": {"rate": [1e308]},
        "tiny rate": {"rate": [5e-324]},
        "huge seed": {"seed": [2**31 + 1]},
        "many": {"seed": list(range(100_000))},
        "product": {f"settings.a{i}": [1, 2] for i in range(64)},
        "batches": {"batch": list(range(1, 22))},
        "steps": {"steps": [100_000] * 20},
        "optimiser": {"optimiser": ["sgd", "__import__('os').system('id')"]},
        "unlike": {"optimiser": ["sgd", "momentum"], "settings.mu": [0.5]},
        "nan": {"values.w": ["NaN"]},
        "infinite": {"values.w": ["Infinity", "-Infinity"]},
    }
    for name, each in over.items():
        yield Case(f"sweep/{name}", "sweep", {"source": LINE, "train": {"steps": 2}, "over": each})
    one = {"rate": [0.1]}
    for name, train in {
        "watch": {"watch": "w"},
        "fit": {"fit": True},
        "a list": [],
        "text": "steps",
        "every zero": {"every": 0},
        "unknown": {"stps": 1},
        "data bomb": {"data": {"x": [[1] * 1000] * 1000}},
        "endless": {"steps": 10**9},
    }.items():
        yield Case(f"sweep/train {name}", "sweep", {"source": LINE, "train": train, "over": one})
    yield Case("sweep/no text", "sweep", {"over": one})
    yield Case("sweep/no parameter", "sweep", {"source": "input x = 1\nL = x", "over": one})
    for name, address in {
        "long": "f" * 5000,
        "traversal": "..%2f..%2fetc%2fpasswd",
        "nul": "%00",
        "capital": "F" * 32,
        "negative": "0" * 32 + "?from=-1",
        "huge": "0" * 32 + "?from=" + "9" * 400,
        "twice": "0" * 32 + "?from=1&from=x",
        "digits": "0" * 32 + "?from=%D9%A3",
    }.items():
        yield Case(f"sweep/id {name}", f"/api/v1/sweep/{address}")


def words() -> Iterator[Case]:
    """Names that are words of the languages that files are written in, and text that breaks out."""
    declared = "".join(f"param {name} = 1\n" for name in WORDS)
    source = f"{declared}L = {' + '.join(f'{name}^2' for name in WORDS)}"
    for target in TARGETS:
        yield Case(f"words/{target}", "export", {"source": source, "target": target})
    for place, text in enumerate(BREAKS):
        for target in ("c", "latex", "julia", "notebook"):
            body = {"source": f"param w = 1 # {text}\nL = w^2", "target": target}
            yield Case(f"words/break {place} {target}", "export", body)


def grows() -> Iterator[Case]:
    """What is small to type and large to answer."""
    source = "param w[30, 30] ~ normal(0, 1)\nL = sum(softmax(w @ w @ w)^2)"
    wide = "input x[9] ~ normal(0,1)\nparam A[10,9] ~ normal(0,1)\nparam B[5,10] ~ normal(0,1)\n"
    for call, more in {
        "derive": {"form": "scalar"},
        "hessian": {},
        "steps": {"zoom": "scalar"},
        "graph": {"zoom": "scalar", "format": "svg"},
        "export": {"target": "sympy"},
        "paths": {"of": "w[0,0]"},
    }.items():
        yield Case(f"grows/softmax {call}", call, {"source": source, **more})
    closed = f"{wide}L = sum(tanh(B @ tanh(A @ x))^2)"
    yield Case("grows/closed", "derive", {"source": closed, "form": "scalar"})
    answers = {"source": LINE, "of": "w", "answer": "+".join(["w*x"] * 4000)}
    yield Case("grows/answer", "compare", answers)


def raw() -> Iterator[Case]:
    """What no client sends."""
    body = json.dumps({"source": LINE, "over": {"rate": [0.1]}}).encode()
    head = b"POST /api/v1/sweep HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    typed = head + b"Content-Type: application/json\r\n"
    length = b"Content-Length: %d\r\n" % len(body)
    for name, sent in {
        "get with a body": b"GET /api/v1/sweep/0 HTTP/1.1\r\nHost: x\r\n"
        b"Connection: close\r\nContent-Length: 3\r\n\r\nabc",
        "last id that is none": b"GET /api/v1/sweep/0 HTTP/1.1\r\nHost: x\r\n"
        b"Connection: close\r\nLast-Event-ID: \xff\x00\r\n\r\n",
        "delete": b"DELETE /api/v1/sweep/0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "no type": head + length + b"\r\n" + body,
        "two lengths": typed + length + b"Content-Length: 1\r\n\r\n" + body,
        "chunk of minus": typed + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        "chunk too large": typed + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n\r\n",
        "smuggled": typed + length + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + body,
        "expects": typed + length + b"Expect: 200-maybe\r\n\r\n" + body,
        "folded": typed + b"X: a\r\n b\r\n" + length + b"\r\n" + body,
        "space before the colon": typed + b"Content-Length : 5\r\n\r\nabcde",
    }.items():
        yield Case(f"raw/{name}", raw=sent)
