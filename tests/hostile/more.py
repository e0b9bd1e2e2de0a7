"""Still more hostile inputs: odd digits and broken LaTeX, loops that double, JSON that is large
and small, and raw requests that are framed in two ways. See `corpus`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.hostile.case import Case

TEXT = "input x = 2\ntarget y = 1\nparam w = 0.5\nu = sigmoid(w*x)\nL = (u - y)^2\n"
STEPS = {
    "powers of itself": "h^h",
    "quotients of itself": "h/(1 + h/(1 + h))",
    "roots": "sqrt(h + sqrt(h + w))",
    "sines": "sin(h)*cos(h)",
    "squares": "h*h + h",
    "logarithms": "log(1 + exp(h))*h",
    "larger ones": "max(h, sin(h))",
}


def doubling() -> Iterator[Case]:
    """Loops each pass of which reads the last one several times, in every form."""
    for name, step in STEPS.items():
        source = f"param w = 0.5\nh = w\nfor i in range(8):\n    h = {step}\nL = h"
        for call, more in {
            "derive": {"form": "matrix"},
            "derivation": {"of": "w"},
            "jacobian": {"of": "h", "wrt": "w"},
            "paths": {"of": "w"},
        }.items():
            yield Case(f"doubling/{name}, {call}", call, {"source": source, **more})
    softmax = "param v[6] ~ normal(0, 1)\nh = v\nfor i in range(12):\n    h = softmax(h)\nL = h[0]"
    asked = {"source": softmax, "of": "h", "wrt": "v"}
    yield Case("doubling/softmax, jacobian", "jacobian", asked)


def digits() -> Iterator[Case]:
    """Digits that are none to a reader of numbers, what lacks a part, what is out of its place."""
    for character in "²₁①٣½Ⅷᵀ⟩\u202e":
        for frame in ("{}", "w{}", "w_{{{}}}", "\\frac{{w}}{{{}}}", "w^{{{}}}"):
            text = frame.format(character)
            name = f"{frame.replace('{}', 'c')} {ord(character):x}"
            pasted = {"from": "latex", "text": f"L = {text}"}
            yield Case(f"digits/pasted {name}", "import", pasted)
            answer = {"source": TEXT, "of": "w", "answer": text}
            yield Case(f"digits/typed {name}", "compare", answer)
        yield Case(
            f"digits/text {ord(character):x}", "evaluate", {"source": f"{TEXT}q = {character}"}
        )
    for number, text in enumerate(("return 1", "break", "while True:\n    return")):
        yield Case(f"digits/misplaced {number}", "import", {"from": "python", "text": text})
    for number, text in enumerate(("w=", "\\frac{w}{}", "\\frac{}{}", "w \\approx", "\\rangle w")):
        yield Case(f"digits/broken {number} pasted", "import", {"from": "latex", "text": text})
        yield Case(f"digits/broken {number}", "evaluate", {"source": f"{TEXT}q = {text}"})


def large() -> Iterator[Case]:
    """JSON that is small to write and much to hold, in calls that read it apart."""
    start = '{"source": "param w = 1\\nL = w", "values": {"w": '
    bodies = {
        "empty lists": start + "[" + ",".join(["[]"] * 200_000) + "]}}",
        "empty objects": start + "[" + ",".join(["{}"] * 200_000) + "]}}",
        "empty texts": start + "[" + ",".join(['""'] * 200_000) + "]}}",
        "digits": start + "9" * 1_000_000 + "}}",
        "decimals": start + "0." + "1" * 1_000_000 + "}}",
        "an exponent": start + "1e" + "0" * 1_000_000 + "1}}",
        "one key": '{"' + "k" * 1_000_000 + '": 1}',
        "one key often": "{" + ",".join(['"k": 1'] * 100_000) + "}",
        "a key twice inside": start + '{"a": {"b": 1, "b": 2}}}}',
        "spaces": start + "1}" + " " * 2_000_000 + "}",
        "a key that is half": '{"source": "L = 1", "values": {"\\udc00": 1}}',
        "a raw nul": '{"source": "param w = 1\x00"}',
    }
    for name, body in bodies.items():
        for call in ("evaluate", "train"):
            yield Case(f"large/{name}, {call}", call, body.encode())


def framing() -> Iterator[Case]:
    """Requests whose length is said in two ways, or in none that is known."""
    good = json.dumps({"source": TEXT}).encode()
    post = (
        b"POST /api/v1/evaluate HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\n"
    )
    get = b"GET /api/v1/health HTTP/1.1\r\nConnection: close\r\n"
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    for name, sent in {
        "a length with a sign": post + b"Content-Length: +5\r\n\r\nabcde",
        "lengths in a list": post + b"Content-Length: 5, 5\r\n\r\nabcde",
        "a length of thirty digits": post + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nabcde",
        "a length in hexadecimal": post + b"Content-Length: 0x5\r\n\r\nabcde",
        "a length in other digits": post + b"Content-Length: \xd9\xa3\r\n\r\nabc",
        "another coding": post + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "a coding that is none": post + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "a long extension": post + chunked + b"1;" + b"a" * 100_000 + b"\r\n{\r\n0\r\n\r\n",
        "many trailers": post + chunked + b"0\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
        "chunks of one byte": post
        + chunked
        + b"".join(b"1\r\n%c\r\n" % byte for byte in good)
        + b"0\r\n\r\n",
        "lines without returns": b"GET /api/v1/health HTTP/1.1\nHost: x\nConnection: close\n\n",
        "a return in a header": get + b"Host: x\r\nA: b\rc\r\n\r\n",
        "a nul in a header": get + b"Host: x\r\nA: b\0c\r\n\r\n",
        "a header without a name": get + b"Host: x\r\n: c\r\n\r\n",
        "a host that is no text": get + b"Host: \xff\xfe\r\n\r\n",
        "a host with a user": get + b"Host: a@b\r\n\r\n",
        "a host with a large port": get + b"Host: x:99999999\r\n\r\n",
        "an empty host": get + b"Host: \r\n\r\n",
        "the preface of another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "a broken address": b"GET http://[::1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "ranges": get + b"Host: x\r\nRange: bytes=0-0" + b",0-0" * 500 + b"\r\n\r\n",
        "many forwarders": get
        + b"Host: x\r\nX-Forwarded-For: 1.1.1.1"
        + b",::1" * 900
        + b"\r\n\r\n",
    }.items():
        yield Case(f"framing/{name}", raw=sent)
    for name, address in {
        "long": "f" * 5000,
        "nul": "%00",
        "unknown": "0" * 32,
        "far": "0" * 32 + "?from=9999999999999999999",
        "negative": "0" * 32 + "?from=-1",
        "digits": "0" * 32 + "?from=%D9%A3",
    }.items():
        yield Case(f"training/{name}", f"/api/v1/train/{address}")
