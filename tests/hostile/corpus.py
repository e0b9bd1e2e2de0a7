"""Hostile inputs of every kind, as requests: an id, how it is sent, and what it is about.

What each must give is in `expected.json`, by id. Large inputs are made here and not kept.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from typing import Any

from app.api import share_link
from tests.hostile import calls, more
from tests.hostile.case import Case

NEURON = "input x = 2\ntarget y = 1\nparam w = 0.5\nu = sigmoid(w*x)\nL = (u - y)^2\n"
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "]]><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}{% raw %}",
    "${7*7}#{7*7}",
    "<!--<script>",
    "\u2028alert(1)\u2029",
    "&lt;script&gt;",
)
CODE = (
    "__import__('os').system('id')",
    "().__class__.__bases__[0].__subclasses__()",
    "eval('1')",
    "exec('1')",
    "open('/etc/passwd').read()",
    "lambda: 0",
    "S('__import__(\"os\")')",
    "sympify('1')",
    "Symbol('x').func",
    "f'{1}'",
    "x.__dict__",
    "globals()",
    "import os",
    "os.environ",
    "getattr(w, 'x')",
    "print(1)",
    "\\input{/etc/passwd}",
    "\\write18{id}",
    "\\href{javascript:alert(1)}{x}",
    "$(id)",
    "`id`",
    "; DROP TABLE users",
    "%s%n%x",
    "../../etc/passwd",
)


def _text(kind: str, name: str, source: str, call: str = "evaluate", **more: Any) -> Case:
    return Case(f"{kind}/{name}", call, {"source": source, **more})


def lexing() -> Iterator[Case]:
    """Characters, numbers, names and line ends that no lexer was made for."""
    signs = {
        "nul": "\0",
        "bell": "\a",
        "escape": "\x1b[31m",
        "delete": "\x7f",
        "zero width": "w\u200bw",
        "right to left": "\u202ew",
        "tag": "\U000e0041",
        "private": "\ue000",
        "combining": "w\u0301\u0301",
        "noncharacter": "\ufffe",
        "emoji": "👩‍👩‍👧",
        "fullwidth": "ｗ = １",
        "math bold": "𝐰",
        "roman": "Ⅷ",
        "superscript": "w²³⁴",
        "no-break space": "w\u00a0= 1",
        "line separator": "w\u2028= 1",
        "vertical tab": "w\v= 1",
        "form feed": "w\f= 1",
        "lone return": "w = 1\rL = w",
        "homoglyph": "раram w = 1",
        "quote": "w = 'a'",
        "docstring": '"""a"""',
        "backslash": "w = 1 \\",
        "dollar": "w = $1",
        "at": "@w",
        "question": "w?",
        "semicolon": "w = 1;; L = w",
        "colon": "::::",
        "dots": "w = ....",
        "bang": "!!!",
        "pipes": "|w|",
        "arrows": "w <- 1",
        "empty": "",
        "blank": " \n\t\n",
        "comment": "# only this",
        "comma": ",,,,",
        "equals": "====",
        "hashes": "#" * 5000,
    }
    for name, text in signs.items():
        yield _text("lexing", name, text)
    for name, number in {
        "1e400": "1e400",
        "1e-400": "1e-400",
        "forty digits": "9" * 40,
        "forty-one digits": "9" * 41,
        "many digits": "9" * 5000,
        "two dots": "1.2.3",
        "two exponents": "1e2e3",
        "no exponent": "1e",
        "hex": "0xFF",
        "octal": "0o77",
        "binary": "0b11",
        "imaginary": "1j",
        "underscores": "1_000",
        "nan": "nan",
        "inf": "inf",
        "Infinity": "Infinity",
        "minus zero": "-0",
        "huge exponent": "1e999999999",
        "half dot": ".5",
        "dot": "1.",
        "bengali": "৫",
        "comma": "1,5",
    }.items():
        yield _text("number", name, f"param w = {number}\nL = w^2")
    yield _text("lexing", "name of 64", f"param {'w' * 64} = 1\nL = {'w' * 64}^2")
    yield _text("lexing", "name of 65", f"param {'w' * 65} = 1\nL = 1")
    yield _text("lexing", "name of 10,000", f"param {'w' * 10_000} = 1\nL = 1")
    yield _text("lexing", "a text too long", "# " + "a" * 16_400)
    yield _text("lexing", "a megabyte", "w" * 1_000_000)
    yield _text("lexing", "many lines", "\n" * 16_000)
    yield _text("lexing", "many errors", "?\n" * 4_000)
    yield _text(
        "lexing", "many names", "".join(f"param w{i} = 1\n" for i in range(1_000)) + "L = w0"
    )


def nesting() -> Iterator[Case]:
    """Brackets, calls, blocks, powers, signs and JSON inside each other."""
    for depth in (63, 65, 5_000):
        shapes = {
            "round": "(" * depth + "w" + ")" * depth,
            "square": "[" * depth + "1" + "]" * depth,
            "calls": "sin(" * depth + "w" + ")" * depth,
            "powers": "^".join(["w"] * depth),
            "signs": "-" * depth + "w",
            "sums": "+".join(["w"] * depth),
            "products": "*".join(["w"] * depth),
            "indices": "w" + "[0]" * depth,
            "open": "(" * depth,
            "closed": ")" * depth,
            "comparisons": "<".join(["w"] * depth),
        }
        for name, text in shapes.items():
            yield _text("nesting", f"{name} {depth}", f"param w = 1\nL = {text}")
    blocks = "".join("    " * i + f"for i{i} in range(2):\n" for i in range(70))
    yield _text("nesting", "loops 70", f"param w = 1\n{blocks}{'    ' * 70}w1 = w\nL = w")
    calls = "f0(x) = x\n" + "".join(f"f{i}(x) = f{i - 1}(x) + f{i - 1}(x)\n" for i in range(1, 60))
    yield _text("nesting", "functions that double", f"{calls}param w = 1\nL = f59(w)")
    yield _text("nesting", "itself", "f(x) = f(x)\nparam w = 1\nL = f(w)")
    yield _text("nesting", "each other", "f(x) = g(x)\ng(x) = f(x)\nparam w = 1\nL = f(w)")
    deep = "[" * 20_000 + "1" + "]" * 20_000
    raw = b'{"source": "L = 1", "values": {"w": ' + deep.encode() + b"}}"
    yield Case("nesting/values", "evaluate", raw)
    yield Case("nesting/objects", "evaluate", b'{"a":' * 20_000 + b"1" + b"}" * 20_000)


def injection() -> Iterator[Case]:
    """Code and markup as text, as names, as values, as what is asked for."""
    for number, text in enumerate(CODE):
        yield _text("code", f"text {number}", f"param w = 1\nL = {text}")
        yield _text("code", f"name {number}", f"param {text} = 1\nL = 1")
        yield Case(
            f"code/answer {number}",
            "compare",
            {"source": NEURON, "of": "w", "answer": text},
        )
    for number, text in enumerate(CODE[:12]):
        yield _text("code", f"value {number}", NEURON, values={"w": text})
        yield _text("code", f"value's name {number}", NEURON, values={text: 1})
        yield _text("code", f"wrt {number}", NEURON, "derive", wrt=[text])
    for name in (
        "lambda",
        "class",
        "None",
        "__class__",
        "eval",
        "Symbol",
        "E",
        "I",
        "pi",
        "S",
        "N",
    ):
        yield _text("code", f"reserved {name}", f"param {name} = 2\nL = {name}^2")
        yield _text("code", f"reserved {name} exactly", f"param {name} = 2\nL = {name}^2", "derive")
    for number, text in enumerate(MARKUP):
        yield _text("markup", f"text {number}", f"param w = 1\nL = {text}")
        yield _text("markup", f"comment {number}", f"{NEURON}# {text}", "graph", format="svg")
        yield _text("markup", f"value's name {number}", NEURON, values={text: 1})
        yield Case(f"markup/page {number}", "/?source=" + _quoted(f"# {text}\n{NEURON}"))
        yield Case(f"markup/query {number}", "/api/v1/graph.svg?theme=" + _quoted(text))
        yield Case(f"markup/path {number}", "/" + _quoted(text))
        state = share_link.encode({"source": f"{NEURON}# {text}"})
        yield Case(f"markup/state {number}", f"/?d={state}")


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def blow_up() -> Iterator[Case]:
    """Small texts of large formulas, numbers and graphs."""
    growing = "".join("e = sin(e)*cos(e)\n" for _ in range(20))
    doubling = "".join("e = e*e + e\n" for _ in range(60))
    texts = {
        "2**2**99999": "param w = 1\nL = w*2**2**99999",
        "9**9**9": "param w = 1\nL = w*9**9**9",
        "1e1000000000": "param w = 1\nL = w*1e1000000000",
        "w^(10^40)": "param w = 2\nL = w^(10^38)",
        "root": "param w = 2\nL = w^(1/10^30)",
        "sine": f"param a = 0.5\ne = a\n{growing}L = e",
        "doubling": f"param a = 0.5\ne = a\n{doubling}L = e",
        "max of 300": "param w[300] ~ zeros\nL = max(w)",
        "softmax of 300": "param w[300] ~ normal(0, 1)\nL = sum(softmax(w)^2)",
        "prod of 3000": "param w[3000] ~ normal(1, 0.1)\nL = prod(w)",
        "tower": "param w = 1.1\n"
        + "".join("w1 = w^w\n" if i == 0 else f"w{i + 1} = w{i}^w{i}\n" for i in range(12))
        + "L = w12",
        "range(19990)": "param w = 0.5\nh = w\nfor i in range(19990):\n    h = h + w\nL = h",
        "range(10^9)": "param w = 0.5\nh = w\nfor i in range(1000000000):\n    h = h + w\nL = h",
        "loops": "param w = 0.5\nh = w\nfor i in range(200):\n    for j in range(200):\n"
        "        h = h*w\nL = h",
        "norm of many": "param w[200, 200] ~ normal(0, 1)\nL = norm(w)",
        "long sum": "param w = 1\nL = " + " + ".join(["w*w"] * 1500),
        "factorial digits": "param w = 1\nL = w*" + "*".join(["9" * 30] * 60),
        "cross entropy": "param z[500] ~ normal(0, 1)\nL = cross_entropy(z, 3)",
        "hessian": "param w[150] ~ normal(0, 1)\nL = sum(tanh(w))^2",
    }
    for name, source in texts.items():
        for call in ("evaluate", "derive", "steps", "check"):
            yield _text("blow-up", f"{name}, {call}", source, call)
    yield _text("blow-up", "hessian", texts["hessian"], "hessian")
    yield _text("blow-up", "scalar zoom", texts["norm of many"], "graph", zoom="scalar")
    for name, answer in {
        "power": "9**9**9",
        "long": "+".join(["w"] * 4000),
        "sines": "sin(" * 60 + "w" + ")" * 60,
    }.items():
        yield Case(
            f"blow-up/answer {name}", "compare", {"source": NEURON, "of": "w", "answer": answer}
        )


def shapes() -> Iterator[Case]:
    """Tensors larger than they look, of no size, of many axes, and given in other shapes."""
    for size in (
        "100000000",
        "1000, 1000, 1000",
        "0",
        "-1",
        "1.5",
        "n",
        "1e9",
        "2" + ", 2" * 40,
        "99999999999999999999",
    ):
        yield _text("shape", f"param [{size[:24]}]", f"param w[{size}] ~ zeros\nL = sum(w)")
    for name, source in {
        "outer": "param w[5000] ~ zeros\nL = sum(outer(w, w))",
        "broadcast": "param w[3000, 1] ~ zeros\nparam v[1, 3000] ~ zeros\nL = sum(w + v)",
        "zeros": "param w = 1\nL = sum(zeros(100000, 100000))*w",
        "eye": "param w = 1\nL = sum(eye(100000))*w",
        "arange": "param w = 1\nL = sum(arange(10000000000))*w",
        "linspace": "param w = 1\nL = sum(linspace(0, 1, 100000000))*w",
        "one_hot": "param w = 1\nL = sum(one_hot(3, 1000000000))*w",
        "reshape": "param w[4] ~ zeros\nL = sum(reshape(w, -1, 100000000))",
        "stack": "param w[1000, 900] ~ zeros\nL = sum(stack(" + ", ".join(["w"] * 200) + "))",
        "conv2d": "input x[1, 900, 900] ~ zeros\nh = conv2d(x, filters=1000, kernel=3)\nL = sum(h)",
        "dense": "input x[1000] ~ zeros\nL = sum(dense(x, 100000))",
        "matmul": "param A[900, 900] ~ zeros\n"
        + "".join(f"A{i} = A @ A\n" for i in range(12))
        + "L = sum(A1)",
        "attention": "input x[900, 900] ~ zeros\nL = sum(self_attention(x, 900))",
        "index": "param w[3] ~ zeros\nL = w[99999999999999999999]",
        "slice": "param w[3] ~ zeros\nL = sum(w[::0])",
        "axis": "param w[3] ~ zeros\nL = sum(sum(w, axis=99))",
    }.items():
        yield _text("shape", name, source)
    values: dict[str, Any] = {
        "text": "1",
        "null": None,
        "object": {},
        "ragged": [[1], [1, 2]],
        "deep": [[[[[[1]]]]]],
        "long": [0] * 200_000,
        "true": True,
        "NaN": "NaN",
        "empty": [],
    }
    for name, value in values.items():
        yield _text("shape", f"value {name}", NEURON, values={"w": value})


def semantics() -> Iterator[Case]:
    """Graphs without a loss, with a cycle, with nothing to derive, with everything at its kink."""
    for name, source in {
        "no loss": "param w = 1",
        "vector loss": "param w = [1, 2]\nL = w",
        "cycle": "a = b\nb = a\nL = a",
        "itself": "a = a + 1\nL = a",
        "given again": "param w = 1\nw = 2\nL = w",
        "two losses": "param w = 1\nL = w\nminimize L\nminimize L",
        "no such loss": "param w = 1\nL = w\nminimize M",
        "constant": "const c = 1\nL = c",
        "unused": "param w = 1\nL = 3",
        "division by zero": "param w = 0\nL = 1/w",
        "log of zero": "param w = 0\nL = log(w)",
        "log of less": "param w = -1\nL = log(w)",
        "root of zero": "param w = 0\nL = sqrt(w)",
        "0^0": "param w = 0\nL = w^w",
        "inf - inf": "param w = 1e200\nL = exp(w) - exp(w)",
        "overflow": "param w = 1e200\nL = w^4",
        "kink": "param w = 0\nL = abs(w) + relu(w)",
        "tie": "param w = [1, 1, 1]\nL = max(w)",
        "seed": "seed 99999999999999999999\nparam w[2] ~ xavier\nL = sum(w)",
        "two seeds": "seed 1\nseed 2\nL = 1",
        "name of a function": "param sin = 1\nL = sin(sin)",
        "class number": "param z = [1, 2]\nL = cross_entropy(z, 7)",
        "class number less": "param z = [1, 2]\nL = cross_entropy(z, -1)",
        "dropout": "param w = [1, 2]\nL = sum(dropout(w, 2))",
        "negative deviation": "param w[2] ~ normal(0, -1)\nL = sum(w)",
    }.items():
        yield _text("graph", name, source)
    for call in (
        "derive",
        "steps",
        "graph",
        "paths",
        "derivation",
        "compare",
        "hessian",
        "check",
        "cost",
    ):
        for what in ("nothing", "w[9]", "", "L", "x" * 5000):
            given = {
                "paths": {"of": what},
                "derivation": {"of": what},
                "compare": {"of": what, "answer": "1"},
            }
            yield _text(
                "asked", f"{call} {what[:8]}", NEURON, call, **given.get(call, {"wrt": [what]})
            )
    for step in (-1, 10**6, 10**30, 1.5, "1"):
        yield _text("asked", f"step {step}", NEURON, "graph", step=step)


def exports() -> Iterator[Case]:
    """What is drawn and written: names and texts in SVG, DOT, TikZ, LaTeX and programs."""
    names = ("λ_x", "w__o_01", "hat", "end", "function", "int", "and", "begin", "amp", "html")
    for name in names:
        source = f"param {name} = 0.5\nL = {name}^2 # </svg>\\end{{document}}*/ '''\n"
        for form in ("svg", "dot", "tikz"):
            yield _text("drawn", f"{name} as {form}", source, "graph", format=form)
        for target in ("numpy", "pytorch", "c", "julia", "octave", "latex"):
            yield _text("written", f"{name} for {target}", source, "export", target=target)
    for target in ("", "../x", "numpy\0", "exe", "NUMPY", "🐍"):
        yield _text("written", f"target {target!r}", NEURON, "export", target=target)


def http() -> Iterator[Case]:
    """Bytes on the socket, bodies that are no JSON, addresses and states that are none."""
    post = b"POST /api/v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    sent = {
        "NaN": b'{"source": "L = 1", "values": {"w": NaN}}',
        "Infinity": b'{"source": Infinity}',
        "two keys": b'{"source": "L = 1", "source": "L = 2"}',
        "surrogate": b'{"source": "\\ud800"}',
        "digits": b'{"source": "L = 1", "values": {"w": ' + b"9" * 5000 + b"}}",
        "latin-1": b'{"source": "\xe4"}',
        "no JSON": b"hello",
        "empty": b"",
        "a list": b"[]",
        "a number": b"1",
        "null": b"null",
        "trailing": b'{"source": "L = 1"} x',
        "comment": b'{/*a*/"source": "L = 1"}',
        "unknown field": b'{"source": "L = 1", "x": 1}',
        "utf-16": '{"source": "L"}'.encode("utf-16"),
        "byte order mark": b"\xef\xbb\xbf" + b'{"source": "L = 1"}',
        "no source": b"{}",
        "source a list": b'{"source": []}',
        "proto": b'{"__proto__": {"x": 1}, "source": "L = 1"}',
        "many keys": b'{"source": "L = 1", "values": {'
        + b",".join(b'"k%d": 1' % i for i in range(20_000))
        + b"}}",
    }
    for name, body in sent.items():
        yield Case(f"body/{name}", "evaluate", body)
    length = b"Content-Length: %d\r\n\r\n"
    good = b'{"source": "param w = 1\\nL = w"}'
    close = b"Connection: close\r\n"
    raws = {
        "no request": b"hello\r\n\r\n",
        "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "version": b"GET / HTTP/9.9\r\n\r\n",
        "nul": b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
        "space before colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "folded": b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n" + close + b"\r\n",
        "no host": b"GET /api/v1/health HTTP/1.1\r\n" + close + b"\r\n",
        "two hosts": b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nHost: y\r\n" + close + b"\r\n",
        "host of markup": b"GET /api/v1/health HTTP/1.1\r\nHost: <b>\r\n" + close + b"\r\n",
        "length less": post + b"Content-Length: -1\r\n\r\n",
        "length of words": post + b"Content-Length: ten\r\n\r\n",
        "two lengths": post + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "length and chunks": post + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
        "bad chunk": post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "huge chunk": post + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        "huge length": post + close + length % 4_000_000_000,
        "header of 20 kB": b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nA: "
        + b"a" * 20_000
        + b"\r\n"
        + close
        + b"\r\n",
        "many headers": b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n"
        + b"".join(b"A%d: b\r\n" % i for i in range(3_000))
        + close
        + b"\r\n",
        "address of 20 kB": b"GET /api/v1/graph.svg?d="
        + b"a" * 20_000
        + b" HTTP/1.1\r\nHost: x\r\n"
        + close
        + b"\r\n",
        "gzip": post + b"Content-Encoding: gzip\r\n" + close + length % len(good) + good,
        "wrong type": post.replace(b"application/json", b"text/xml")
        + close
        + length % len(good)
        + good,
        "no type": post.replace(b"Content-Type: application/json\r\n", b"")
        + close
        + length % len(good)
        + good,
        "charset": post.replace(b"json\r", b"json; charset=utf-7\r")
        + close
        + length % len(good)
        + good,
        "method": b"BREW / HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n",
        "trace": b"TRACE / HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n",
        "connect": b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n",
        "put": b"PUT /api/v1/evaluate HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n",
        "absolute": b"GET http://other/api/v1/health HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n",
        "star": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n",
        "splitting": b"GET /%0d%0aSet-Cookie:a=b HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n",
        "forwarded": b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: <b>, ::\r\n"
        + close
        + b"\r\n",
        "good": post + close + length % len(good) + good,
    }
    for name, raw in raws.items():
        yield Case(f"http/{name}", raw=raw)
    for name, path in {
        "dots": "/static/../../etc/passwd",
        "coded dots": "/static/x/%2e%2e/%2e%2e/etc/passwd",
        "coded slash": "/static/x/..%2f..%2fetc%2fpasswd",
        "backslash": "/static/x/..\\..\\x",
        "double slash": "//evil.example/",
        "nul": "/static/x/%00",
        "invalid utf-8": "/%ff%fe",
        "theme": "/api/v1/graph.svg?source=L%3D1&theme=x",
        "no state": "/api/v1/graph.svg",
        "redirect": "/?source=%0d%0aLocation:%20x",
        "many parameters": "/?" + "&".join(f"a{i}=1" for i in range(1_000)),
        "favicon": "/favicon.ico",
    }.items():
        yield Case(f"address/{name}", path)
    states = {
        "no base64": "!!!",
        "no zlib": base64.urlsafe_b64encode(b"hello").decode().rstrip("="),
        "cut": share_link.encode({"source": NEURON})[:-9],
        "bomb": base64.urlsafe_b64encode(
            zlib.compress(b'{"source": "' + b" " * 10_000_000 + b'"}', 9)
        )
        .decode()
        .rstrip("="),
        "list": _packed([]),
        "number": _packed(1),
        "no source": _packed({}),
        "source a number": _packed({"source": 1}),
        "step": _packed({"source": NEURON, "step": -5}),
        "zoom": _packed({"source": NEURON, "zoom": "<b>"}),
        "field": _packed({"source": NEURON, "x": 1}),
    }
    for name, state in states.items():
        yield Case(f"state/{name}", f"/api/v1/graph.svg?d={state}")
        yield Case(f"state/page, {name}", f"/?d={state}")


def _packed(data: Any) -> str:
    packed = zlib.compress(json.dumps(data).encode())
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def cases() -> list[Case]:
    """All of them, in an order in which neighbours are of one kind."""
    groups = (
        *(lexing, nesting, injection, blow_up, shapes, semantics, exports, http),
        *(calls.sweeps, calls.words, calls.grows, calls.raw),
        *(more.doubling, more.digits, more.large, more.framing),
    )
    return [case for group in groups for case in group()]
