"""Formulas in words: `x squared`, `the square root of x`, `a times b`, `x |> relu`, `loss: x^2`.

A word is read as an operation only if it is no name of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation

_NAME = r"[^\W\d]\w*"
_ROUND = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_FACTOR = rf"(?:{_NAME}(?:{_ROUND}|\[[^\[\]]*\])?|\d+\.?\d*|{_ROUND})"
_THE = r"(?:the\s+)?"
_FUNCTIONS = {
    "square": "({0})^2",
    "square root": "sqrt({0})",
    "cube": "({0})^3",
    "sum": "sum({0})",
    "mean": "mean({0})",
    "average": "mean({0})",
    "product": "prod({0})",
    "norm": "norm({0})",
    "length": "norm({0})",
    "absolute value": "abs({0})",
    "log": "log({0})",
    "logarithm": "log({0})",
    "natural log": "log({0})",
    "exponential": "exp({0})",
    "sigmoid": "sigmoid({0})",
    "tanh": "tanh({0})",
    "relu": "relu({0})",
    "sine": "sin({0})",
    "cosine": "cos({0})",
    "softmax": "softmax({0})",
}
_OF = re.compile(
    rf"\b{_THE}({'|'.join(sorted(_FUNCTIONS, key=len, reverse=True))})\s+of\s+{_THE}({_FACTOR})"
)
_POWERS = {"squared": "2", "cubed": "3"}
_RAISED = re.compile(rf"({_FACTOR})\s+(squared|cubed)\b")
_TO_THE = re.compile(rf"({_FACTOR})\s+(?:raised\s+)?to\s+the\s+(?:power\s+(?:of\s+)?)?({_FACTOR})")
_SIGNS = {
    "times": "*",
    "multiplied by": "*",
    "plus": "+",
    "minus": "-",
    "over": "/",
    "divided by": "/",
    "dot": "·",
    "equals": "=",
}
_SIGN = re.compile(rf"(?<=[\w)\]])\s+({'|'.join(_SIGNS)})\s+(?=[\w(\-])")
_PIPED = re.compile(rf"({_FACTOR})\s*\|>\s*({_NAME}(?:\.{_NAME})*)(?!\s*[\w.(])")
_LABELLED = re.compile(rf"^(\s*)({_NAME})\s*:\s+(?=[^\s:=])(.+)$")
_BRAKET = re.compile(rf"[<⟨]\s*({_NAME})\s*\|\s*({_NAME})\s*[>⟩]")
_POINT = re.compile(rf"(?<![\w.])({_NAME})\s+\.\s+({_NAME})(?![\w.(])")
_LOOSE = re.compile(r"\b(?:plus|minus)\b|[-+]")
_TIGHT = re.compile(r"\b(?:squared|cubed|over|divided\s+by|to\s+the|of)\b(?!\s*(?:the\s+)?\()")
_MOST_ROUNDS = 12


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement with its words as signs."""
    if len(at.line.texts) != 1 or at.known.formula:
        return
    code = at.line.texts[0].partition("#")[0].rstrip()
    loose = _LOOSE.search(code) or re.search(
        r"\bof\b(?!\s*(?:the\s+)?\().*\b(?:squared|cubed|times)\b", code
    )
    if loose and _TIGHT.search(code):
        return  # the extent of a power or a bar is ambiguous
    made = code
    for _ in range(_MOST_ROUNDS):
        further = _round(at, made)
        if further == made:
            break
        made = further
    if made != code:
        number = at.line.number
        yield at.edited(Edit.at(Span(number, 1, number, len(code) + 1), made), sure=True)


def _round(at: Situation, text: str) -> str:
    def free(*words: str) -> bool:
        return not any(at.is_value(each) for word in words for each in word.split())

    def function(match: re.Match[str]) -> str:
        if not free(match[1], "of"):
            return match[0]
        inner = match[2]
        bare = inner[1:-1] if inner.startswith("(") else inner
        form = _FUNCTIONS[match[1]]
        powered = form.startswith("(") and re.fullmatch(r"\w+|\w+\(.*\)", inner)
        return form.replace("({0})", "{0}").format(inner) if powered else form.format(bare)

    text = _OF.sub(function, text)
    text = _RAISED.sub(lambda m: f"{m[1]}^{_POWERS[m[2]]}" if free(m[2]) else m[0], text)
    text = _TO_THE.sub(lambda m: f"{m[1]}^{m[2]}" if free("to", "the") else m[0], text)
    text = _SIGN.sub(lambda m: f" {_SIGNS[m[1]]} " if free(m[1]) else m[0], text)
    text = _PIPED.sub(r"\2(\1)", text)
    text = _BRAKET.sub(r"dot(\1, \2)", text)
    text = _POINT.sub(lambda m: _inner(at, m), text)
    text = re.sub(r"(?<=[=(])\s*@\.\s+", " ", text)
    labelled = _LABELLED.match(text)
    if labelled is not None and "=" not in text.partition(":")[0]:
        text = f"{labelled[1]}{labelled[2]} = {labelled[3]}"
    return text


def _inner(at: Situation, match: re.Match[str]) -> str:
    """`w . x` with two vectors that have a value."""
    sizes = [at.known.shapes.get(each) for each in match.groups()]
    vectors = all(size is not None and len(size) == 1 for size in sizes)
    return f"dot({match[1]}, {match[2]})" if vectors else match[0]
