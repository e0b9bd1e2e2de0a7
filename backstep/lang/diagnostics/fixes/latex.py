r"""LaTeX pasted into a statement, in the characters of a board: `\frac{x}{2}`, `W^{\top}`.

What has no equivalent here keeps its backslash, so that nothing is offered for it.
"""

from __future__ import annotations

import re

_MOST_ROUNDS = 24
_OPERAND = r"[^\W\d]\w*(?:\.T\b)?|\d+\.?\d*|\.\d+"
_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))(?!\d)")
_ROOT = re.compile(r"\\sqrt\s*\{([^{}]*)\}")
_STYLED = re.compile(
    r"\\(?:math(?:rm|bf|it|sf|cal|bb|tt|frak|scr|normal)|text(?:rm|bf|it|normal)?|operatorname\*?"
    r"|boldsymbol|bm|vec|underline|displaystyle)\s*\{\s*([^{}]*?)\s*\}"
)
_ACCENTED = re.compile(r"\\(?:wide)?(hat|tilde|bar|overline)\s*(?:\{\s*(\w+)\s*\}|\s([^\W\d_]))")
_CALLED = re.compile(r"\\(exp|log|ln|tanh|sin|cos|sigmoid)\s*\{([^{}]*)\}")
_ARGUMENT = re.compile(r"(\\?)([^\W_]+)\{([^{}]*)\}")
_TURNED = re.compile(
    r"\s*\^\s*(?:\{\s*(?:\\(?:top|intercal|mathsf\s*T|mathrm\s*T)|T|⊤)\s*\}"
    r"|\\(?:top|intercal)(?![A-Za-z]))"
)
_GROUP = re.compile(r"\^\s*\{([^{}]*)\}(?=(\w?))")
_INDEX = re.compile(r"_\{\s*([\w,]+)\s*\}")
_SIZED = re.compile(r"\\(?:left|right|[bB]ig{1,2}[lrm]?)\s*(?=[()\[\]|‖.])")
_MEASURES = {
    r"\\\||\\[lr]?Vert(?![A-Za-z])": "‖",
    r"\\[lr]?vert(?![A-Za-z])": "|",
    r"\\langle(?![A-Za-z])": "⟨",
    r"\\rangle(?![A-Za-z])": "⟩",
    r"\\\{": "{",
    r"\\\}": "}",
    # Between two spaces a backslash is MATLAB's way to solve a system, and no space.
    r"(?<![ \t])\\ |\\(?:[,;:!]|(?:quad|qquad|limits)(?![A-Za-z]))": " ",
}
_SIGN = re.compile(r"[ \t]*\\(cdot|times|odot|circ|ast|div|leq|geq|le|ge|neq|ne)(?![A-Za-z])[ \t]*")
_SIGNS = {"cdot": "·", "times": "×", "div": "/", "leq": "<=", "le": "<=", "geq": ">="}
_SIGNS |= {"ge": ">=", "neq": "!=", "ne": "!=", "odot": "*", "circ": "*", "ast": "*"}
_TOTALS = re.compile(r"\\(sum|prod)(?![A-Za-z])")
_OVER = re.compile(
    r"\\(sum|prod)\s*_\s*(?:\{\s*(\w)\s*(?:=\s*[01]\s*)?\}|(\w))"
    r"(?:\s*\^\s*(?:\{\s*[A-Za-z]\s*\}|[A-Za-z]))?\s*"
)
"""A sum over all values of an index."""
_CASES = re.compile(r"\\begin\s*\{cases\}(.*?)\\end\s*\{cases\}", re.S)
_MATRIX = re.compile(r"\\begin\s*\{([pbvB]?)matrix\}(.*?)\\end\s*\{\1matrix\}", re.S)
_LOG_OF = re.compile(r"\\log_\{?(\d+)\}?\s*\(?\s*([^\W\d]\w*)\s*\)?")
_WORD = re.compile(r"\\([A-Za-z]+)(_?)")
_SET = re.compile(r"\{([^{}]*)\}")
_WITHOUT = frozenset({"nabla", "partial", "int", "lim", "infty", "in", "binom", "begin", "end"})
"""Commands that are neither a name nor a function."""


def bare(formula: str) -> str:
    """A formula in parentheses, unless it is a name or a number."""
    formula = formula.strip()
    return formula if re.fullmatch(_OPERAND, formula) else f"({formula})"


def from_latex(text: str) -> str:
    r"""`\frac{x}{2}`, `\sigma(x)`, `e^{-x}`, `w_{12}`, `W^{\top}`; `{1, 2}` is a list."""
    if text.count("$") in (2, 4):
        text = text.replace("$", "")
    if "\\" in text:
        text = re.sub(r"\s*\\\\\s*$", "", text)
    text = text.replace("&=", "=").replace(r"\_", "_")
    text = _OVER.sub(lambda m: f"{'∑' if m[1] == 'sum' else '∏'}_{m[2] or m[3]} ", text)
    text = re.sub(r"\\left\s*\.|\\right\s*\.", "", text)
    text = _CASES.sub(_choice, text)
    text = _MATRIX.sub(_rows, text)
    whole = re.fullmatch(r"(\s*)\\[(\[]\s*(.*?)\s*\\[)\]]\s*", text)
    text = f"{whole[1]}{whole[2]}" if whole else text
    text = re.sub(r"\s*\\(?:label|tag|nonumber|notag)(?:\{[^{}]*\})?", "", text)
    text = re.sub(r"\\sqrt\s*\[\s*(\d+)\s*\]\s*\{([^{}]*)\}", r"(\2)^(1/\1)", text)
    text = _LOG_OF.sub(r"(log(\2)/log(\1))", text)
    for sign, plain in _MEASURES.items():
        text = re.sub(sign, plain, text)
    text = _TURNED.sub(".T", _SIZED.sub("", text))
    for _ in range(_MOST_ROUNDS):
        made = _STYLED.sub(r"\1", re.sub(rf"(?<=\w)(?={_STYLED.pattern})", " ", text))
        made = _ACCENTED.sub(_accented, made)
        made = _ROOT.sub(lambda m: f"sqrt({m[1].strip()})", made)
        made = _CALLED.sub(r"\1(\2)", made)
        made = _FRACTION.sub(_fraction, made)
        made = _GROUP.sub(lambda m: f"^{bare(m[1])}{' ' if m[2] else ''}", made)
        made = _INDEX.sub(lambda m: f"_{m[1].replace(',', '')}", made)
        if made == text:
            break
        text = made
    text = _ARGUMENT.sub(lambda m: m[0] if m[1] else f"{m[2]}({m[3]})", text)
    text = _SIGN.sub(lambda m: f" {_SIGNS[m[1]]} ", text)
    text = _TOTALS.sub(lambda m: "∑" if m[1] == "sum" else "∏", text)
    text = _WORD.sub(_word, text)
    return _SET.sub(lambda m: f"[{m[1]}]", text)


def _choice(match: re.Match[str]) -> str:
    r"""`\begin{cases} x & x > 0 \\ 0 & x \le 0 \end{cases}` → `where(x > 0, x, 0)`."""
    cases = [each.partition("&") for each in re.split(r"\\\\", match[1]) if each.strip()]
    if len(cases) < 2 or not all(sign for _, sign, _ in cases):
        return match[0]
    said = [
        (
            value.strip(" ,"),
            re.sub(r"\\(?:text|mbox)\s*\{([^{}]*)\}|\bif\b", r"\1", condition).strip(" ,."),
        )
        for value, _, condition in cases
    ]
    formula = said[-1][0]
    for value, condition in reversed(said[:-1]):
        condition = re.sub(r"^if\b", "", condition).strip()
        formula = f"where({condition}, {value}, {formula})"
    return formula


def _rows(match: re.Match[str]) -> str:
    r"""`\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}` → `[[1, 2], [3, 4]]`; a column is flat."""
    rows = [row.split("&") for row in re.split(r"\\\\", match[2]) if row.strip()]
    listed = [[each.strip() for each in row] for row in rows]
    if all(len(row) == 1 for row in listed):
        return "[" + ", ".join(row[0] for row in listed) + "]"
    inner = [f"[{', '.join(row)}]" for row in listed]
    return inner[0] if len(inner) == 1 else f"[{', '.join(inner)}]"


def _fraction(match: re.Match[str]) -> str:
    above, below = (bare(match[n] or match[n + 1] or "") for n in (1, 3))
    return f"({above}/{below})"


def _accented(match: re.Match[str]) -> str:
    r"""`\hat{y}` → `yhat`, which is shown as ŷ."""
    accent = "bar" if match[1] == "overline" else match[1]
    return f"{match[2] or match[3]}{accent}"


def _word(match: re.Match[str]) -> str:
    if match[1] in _WITHOUT:
        return match[0]
    return match[1] + match[2]
