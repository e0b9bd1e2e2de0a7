"""Signs as a board, LaTeX or MATLAB has them: `|x|`, `√x`, `½`, `x⁻¹`, `[1, 2; 3, 4]`, `\\frac`.

A statement's text is rewritten until every character of it is one of the language's. Whether what
comes out is right is seen by reading it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from app.errors import Edit, Span
from app.lang import names
from app.lang.fixes.edits import applied
from app.lang.fixes.statement import Candidate, Situation
from app.lang.tokens import scan

_MOST_ROUNDS = 24
_COMMENT = re.compile(r"(?m)#.*$")
_OPERAND = r"[^\W\d]\w*(?:\.T\b)?|\d+\.?\d*|\.\d+"
_BEFORE_OPERAND = re.compile(rf"\s*(?:{_OPERAND}|\()")
_STEM = re.compile(r"√\s*(?=\()")
_ROOT = re.compile(rf"√\s*({_OPERAND})")
_TOTAL = re.compile(rf"∑\s*((?:{_OPERAND})(?:\^\d+)?(?:\([^()]*\)|\[[^\[\]]*\])?|\([^()]*\))")
_TOTAL_OF_CALL = re.compile(r"∑\s*(?=\()")
_INNER = re.compile(r"[⟨〈]([^⟨⟩〈〉,]+),([^⟨⟩〈〉,]+)[⟩〉]")
_GROUP = re.compile(r"\^\s*\{([^{}]*)\}(?=(\w?))")
_ARGUMENT = re.compile(r"([^\W\d_])\{([^{}]*)\}")
_TERNARY = re.compile(r"([^=\n]*=\s*)([^?\n]+?)\s*\?\s*([^:\n]+?)\s*:\s*([^:?\n]+?)\s*")
_INDEX = re.compile(r"_\{(\w+)\}")
_SET = re.compile(r"\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_CALLED = re.compile(r"\\(sqrt|exp|log|tanh|sigmoid)\s*\{([^{}]*)\}")
_SIZED = re.compile(r"\\(?:left|right|big|Big|bigl|bigr)(?=[()\[\]|])")
_SIGN = re.compile(r"\\(cdot|times|odot|circ|ast|div|leq|geq|le|ge|neq)(?![A-Za-z])\s*")
_SIGNS = {"cdot": "·", "times": "×", "div": "/", "leq": "<=", "le": "<=", "geq": ">="}
_SIGNS |= {"ge": ">=", "neq": "!=", "odot": "*", "circ": "*", "ast": "*"}
_WORD = re.compile(r"\\([A-Za-z]+)")
_MEASURED = {"‖": "norm", "∥": "norm", "||": "norm", "|": "abs"}


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement in the characters of the language, where it holds others."""
    if at.fault.code != "unknown_character":
        return
    old = "\n".join(at.line.texts)
    if _COMMENT.search(old) and any(sign in old.partition("#")[2] for sign in "|;{"):
        return
    first, last = at.line.number, at.line.number + len(at.line.texts) - 1
    whole = Span(first, 1, last, len(at.line.texts[-1]) + 1)
    seen = {old}
    for rows in (_matrix_products, _joined_rows, _rows):
        text = _written(old, rows)
        if text is not None and text not in seen:
            seen.add(text)
            split = text.count("\n") > old.count("\n")
            title = "Write one statement a line" if split else None
            yield at.edited(Edit.at(whole, text), sure=True, title=title)


def _written(text: str, rows: Callable[[str], str]) -> str | None:
    """The text in our characters; None where some are left."""
    for rule in (*_RULES, rows):
        text = rule(text)
    for _ in range(_MOST_ROUNDS):
        lines = text.split("\n")
        faults = [fault for n, line in enumerate(lines, 1) for fault in scan(line, n).faults]
        if not faults:
            return text
        edits = [edit for fault in faults for fix in fault.fixes[:1] for edit in fix.edits]
        if not edits:
            return None
        text = applied(text, edits)
    return None


def _latex(text: str) -> str:
    """`\\frac{x}{2}`, `\\sigma(x)`, `e^{-x}`, `w_{12}`; `{1, 2}` is a list."""
    if text.count("$") == 2:
        text = text.replace("$", "")
    text = _SIZED.sub("", text)
    for _ in range(_MOST_ROUNDS):
        made = _FRACTION.sub(lambda m: f"({_bare(m[1])}/{_bare(m[2])})", text)
        made = _CALLED.sub(r"\1(\2)", made)
        made = _ARGUMENT.sub(r"\1(\2)", made)
        made = _GROUP.sub(lambda m: f"^{_bare(m[1])}{' ' if m[2] else ''}", made)
        made = _INDEX.sub(r"_\1", made)
        if made == text:
            break
        text = made
    text = _SIGN.sub(lambda m: f" {_SIGNS[m[1]]} ", text)
    text = _WORD.sub(r"\1", text)
    return _SET.sub(lambda m: f"[{m[1]}]", text)


def _bare(formula: str) -> str:
    """A formula in parentheses, where it is more than a name or a number."""
    formula = formula.strip()
    return formula if re.fullmatch(_OPERAND, formula) else f"({formula})"


def _measures(text: str) -> str:
    """`|x|` and `‖x‖`; what can't be paired is left."""
    for sign, function in _MEASURED.items():
        parts = text.split(sign)
        if len(parts) == 1 or len(parts) % 2 == 0:
            continue
        made, opened = parts[0], 0
        for part in parts[1:]:
            # A sign opens where a value may start, and closes where one has ended.
            ended = re.search(r"[\w)\]⁰-⁹²³¹']\s*$", made.rpartition("\n")[2]) is not None
            if ended and opened:
                made += ")" + part
                opened -= 1
            else:
                made += ("*" if ended else "") + f"{function}(" + part
                opened += 1
        text = text if opened else made
    return text


def _roots(text: str) -> str:
    return _ROOT.sub(r"sqrt(\1)", _STEM.sub("sqrt", text))


def totals(text: str) -> str:
    """`∑x`, `∑(x^2)` → `sum(x)`, `sum(x^2)`."""
    return _TOTAL.sub(lambda m: f"sum({m[1]})", _TOTAL_OF_CALL.sub("sum", text))


def _inner_products(text: str) -> str:
    return _INNER.sub(lambda m: f"dot({m[1].strip()}, {m[2].strip()})", text)


def _fractions(text: str) -> str:
    """`½x` → `1/2*x`; in an exponent or a divisor it stands in parentheses; `2½` stays."""
    made = ""
    for place, character in enumerate(text):
        value = unicodedata.normalize("NFKC", character)
        parts = value.split("\u2044")
        if len(parts) != 2 or not all(part.isdecimal() for part in parts):
            made += character
            continue
        left, rest = made.rstrip(), text[place + 1 :]
        if left[-1:].isdigit():
            return text
        after = left[-1:] in ("/", "^", ")", "]") or left[-1:].isalnum()
        sign = "*" if left[-1:] in (")", "]") or left[-1:].isalnum() else ""
        written = f"{parts[0]}/{parts[1]}"
        made = left + sign if sign else made
        made += f"({written})" if after else written
        if _BEFORE_OPERAND.match(rest) or rest.lstrip()[:1] in ("√", "|", "‖"):
            made += "*"
    return re.sub(r"\*[ \t]+", "*", made) if made != text else text


def _powers(text: str) -> str:
    """`x⁻¹`, `x²y`: a run of raised characters is one exponent."""

    def exponent(match: re.Match[str]) -> str:
        raised = unicodedata.normalize("NFKC", match[0]).replace("\u2212", "-")
        if not re.fullmatch(r"[-+]?\w+", raised):
            return match[0]
        follows = text[match.end() : match.end() + 1]
        return f"^{raised}" + (" " if names.in_name(follows or " ") else "")

    return re.sub(r"(?<=[\w)\]])[⁺⁻⁰¹²³⁴-⁹ⁿ]+", exponent, text)


def _choices(text: str) -> str:
    """`L = x > 0 ? a : b` → `L = where(x > 0, a, b)`."""
    match = _TERNARY.fullmatch(text)
    return f"{match[1]}where({match[2]}, {match[3]}, {match[4]})" if match else text


def _statements(text: str) -> str:
    """`x = 1; y = 2` on two lines; a `;` at the end goes."""
    opened, made = "", ""
    indent = text[: len(text) - len(text.lstrip())]
    for place, character in enumerate(text):
        if character in "([{":
            opened += character
        elif character in ")]}":
            opened = opened[:-1]
        if character != ";" or opened:
            made += "," if character == ";" and opened[-1] == "(" else character
        elif text[place + 1 :].strip().partition("#")[0]:
            made = f"{made.rstrip()}\n{indent}"
    # What followed a sign now starts a line.
    return "\n".join(
        indent + line.strip() if number and ";" in text and "\n" not in text else line.rstrip(" ;")
        for number, line in enumerate(made.split("\n"))
    )


_MATRIX = re.compile(r"\[([^\[\]]*;[^\[\]]*)\]")


def _rows(text: str) -> str:
    """`[1, 2; 3, 4]` → `[[1, 2], [3, 4]]`; in an index it is a comma."""

    def matrix(match: re.Match[str]) -> str:
        before = text[: match.start()].rstrip()[-1:]
        if before in (")", "]") or before.isalnum() or before == "_":
            return match[0].replace(";", ",")
        rows = [row.strip() for row in match[1].strip().rstrip(";").split(";")]
        inner = [row if "," in row else re.sub(r"\s+(?=[-+]?[\w.(])", ", ", row) for row in rows]
        return "[" + ", ".join(f"[{row}]" for row in inner) + "]"

    return _MATRIX.sub(matrix, text)


def _joined_rows(text: str) -> str:
    """`[1; 2; 3]` → `[1, 2, 3]`: a column of numbers is a vector."""

    def column(match: re.Match[str]) -> str:
        rows = [row.strip() for row in match[1].strip().rstrip(";").split(";")]
        single = all(row and not re.search(r"[,\s]", row) for row in rows)
        return f"[{', '.join(rows)}]" if single else match[0]

    return _rows(_MATRIX.sub(column, text))


def _matrix_products(text: str) -> str:
    """`v'*W*v`: where a prime transposes, a star is the matrix product."""
    if not re.search(r"[\w)\]]['’]\s*\*(?!\*)", text):
        return _joined_rows(text)
    return _joined_rows(re.sub(r"(?<![*.])\s*\*(?!\*)\s*", " @ ", text))


_RULES: tuple[Callable[[str], str], ...] = (
    _latex,
    _choices,
    _statements,
    _inner_products,
    _fractions,
    _roots,
    _measures,
    totals,
    _powers,
)
