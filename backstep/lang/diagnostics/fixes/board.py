r"""Notation of a board, LaTeX or MATLAB: `|x|`, `√x`, `½`, `x⁻¹`, `[1, 2; 3, 4]`, `\frac`.

A statement's text is rewritten until every character of it is one of the language's. Whether the
result is right is checked by reading it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.edits import applied
from backstep.lang.diagnostics.fixes.latex import from_latex
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation
from backstep.lang.syntax import names
from backstep.lang.syntax.tokens import RAISED, raised, scan

_MOST_ROUNDS = 24
_COMMENT = re.compile(r"(?m)#.*$")
_OPERAND = r"[^\W\d]\w*(?:\.T\b)?|\d+\.?\d*|\.\d+"
_BEFORE_OPERAND = re.compile(rf"\s*(?:{_OPERAND}|\()")
_STEM = re.compile(r"√\s*(?=\()")
_ROOT = re.compile(rf"√\s*({_OPERAND})")
_ROUND = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_FACTOR = rf"(?:(?:{_OPERAND})(?:{_ROUND}|\[[^\[\]]*\])?|{_ROUND})(?:\^-?(?:\w+|{_ROUND}))?"
_OVER = re.compile(
    r"([∑∏])\s*(?:_\{?(\w(?:,?\s?[ijkl](?=\W))?)(?:=[01])?\}?|([ᵢⱼₖ]))"
    r"(?:\s*\^(?:\{[A-Za-z]\}|[A-Za-z]))?(?!\s*\^)[ \t]*"
)
"""A sum over an index: the index; its bounds add nothing if it runs over all elements."""
_BOUNDED = re.compile(
    r"([∑∏Σ]|\\sum|\\prod)\s*_\s*\{\s*(\w)\s*=\s*(\d+)\s*\}\s*\^\s*\{?\s*(\d+)\s*\}?\s*"
)
_ENDS = "+-−,;=<>≤≥≠\n"
_BARS = re.compile(r"\|\||[|‖∥]")
_CLOSES = dict(zip(")]}⟩〉", "([{⟨〈", strict=True))
_CUBE = re.compile(rf"∛\s*({_FACTOR})")
_OUTER = re.compile(rf"({_FACTOR})\s*⊗\s*({_FACTOR})")
_INNER = re.compile(r"[⟨〈]([^⟨⟩〈〉,]+),([^⟨⟩〈〉,]+)[⟩〉]")
_TERNARY = re.compile(r"([^=\n]*=\s*)([^?\n]+?)\s*\?\s*([^:\n]+?)\s*:\s*([^:?\n]+?)\s*")
_INSIDE = r"(?:‖|∥|\|\|)(?P<inner>[^‖∥|]+)(?:‖|∥|\|\|)"
_KIND = re.compile(rf"{_INSIDE}_\{{?(?P<kind>[12F])\}}?")
_KIND_BEHIND = re.compile(rf"{_INSIDE}(?P<power>\^\d+|[²³])?(?P<kind>[₁₂])")
_MEASURED = {"‖": "norm", "∥": "norm", "||": "norm", "|": "abs"}


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement in the characters of the language, if it holds others."""
    if at.fault.code != "unknown_character":
        return
    old = "\n".join(at.line.texts)
    if _COMMENT.search(old) and any(sign in old.partition("#")[2] for sign in "|;{"):
        return
    first, last = at.line.number, at.line.number + len(at.line.texts) - 1
    whole = Span(first, 1, last, len(at.line.texts[-1]) + 1)
    seen = {old}
    for rule in (_matrix_products, joined_rows, rows):
        text = in_our_signs(bounded(at, old), rule)
        if text is not None and text not in seen and not turns_a_scalar(at, text):
            seen.add(text)
            split = text.count("\n") > old.count("\n")
            title = "Write one statement a line" if split else None
            yield at.edited(Edit.at(whole, text), sure=True, title=title)


def turns_a_scalar(at: Situation, text: str) -> bool:
    """Whether the `y'` of a scalar, which is a derivative, was taken for a transpose."""
    turned = re.findall(r"(?<![\w.])([^\W\d]\w*)\.T\b", text)
    return any(at.known.shapes.get(name) == () for name in turned)


def in_our_signs(text: str, lists: Callable[[str], str]) -> str | None:
    """The text in our characters, its matrices rewritten by `lists`; None if others are left."""
    for rule in (*_RULES, lists, _primes):
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


def _measures(text: str) -> str:
    """`|x|` and `‖x‖` as calls; signs without a partner are left."""
    kinds = [_KIND.sub(_measured_by, text), _KIND_BEHIND.sub(_measured_by, text)]
    text = next((made for made in kinds if made != text), text)
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


def _measured_by(match: re.Match[str]) -> str:
    """`‖w‖₂` and `‖w‖_F` are `norm`; `‖w‖₁` is the sum of absolute values."""
    named = match.groupdict()
    kind = unicodedata.normalize("NFKC", named["kind"])
    if kind == "1":
        return f"sum(abs({named['inner']})){named.get('power') or ''}"
    return f"‖{named['inner']}‖{named.get('power') or ''}"


def _roots(text: str) -> str:
    """`√x`, `√(x + 1)`, `∛x`."""
    return _CUBE.sub(r"\1^(1/3)", _ROOT.sub(r"sqrt(\1)", _STEM.sub("sqrt", text)))


def _outer_products(text: str) -> str:
    return _OUTER.sub(r"outer(\1, \2)", text)


def totals(text: str) -> str:
    """`∑x`, `∑(x^2)`, `∑ w*x + 1`, `∑(x − m)²` → `sum(x)`, `sum(x^2)`, `sum(w*x) + 1`,
    `sum((x − m)²)`: what is added up is the product that follows.
    """
    text = _over_an_index(text)
    for match in reversed(list(re.finditer(r"([∑∏])\s*", text))):
        first = match.end()
        body = text[first : _product_end(text, first)].rstrip()
        if not body:
            continue
        name = "sum" if match[1] == "∑" else "prod"
        whole = re.fullmatch(_ROUND, body) is not None
        made = f"{name}{body}" if whole else f"{name}({body})"
        text = text[: match.start()] + made + text[first + len(body) :]
    return text


def _product_end(text: str, start: int) -> int:
    """Where the product that starts at a place ends: before a + or − outside brackets and bars."""
    around = _BARS.findall(text[:start])
    opened: list[str] = []
    for match in re.compile(rf"{_BARS.pattern}|.|\n").finditer(text, start):
        sign, before = match[0], text[start : match.start()].rstrip()
        if _BARS.fullmatch(sign):
            if opened[-1:] == [sign]:
                opened.pop()
            elif not opened and around.count(sign) % 2:
                return match.start()
            else:
                opened.append(sign)
        elif sign in _CLOSES.values():
            opened.append(sign)
        elif sign in _CLOSES:
            if opened[-1:] != [_CLOSES[sign]]:
                return match.start()
            opened.pop()
        elif not opened and sign in _ENDS:
            # After an operator a sign is a factor's own, as in `x^-1`, and in 1e-3 its exponent's.
            own = not before or before[-1] in "^*/·⋅×⊙@" or re.search(r"\de$", before)
            if sign == "\n" or not own:
                return match.start()
    return len(text)


def _over_an_index(text: str) -> str:
    """`∑_i w_i x_i` → `∑ w*x`: a sum over the one index that everything after it has."""
    match = _OVER.search(text)
    if match is None or len(_OVER.findall(text)) > 1:
        return text
    index = match[2] or unicodedata.normalize("NFKC", match[3])
    lowered = {"i": "ᵢ", "j": "ⱼ", "k": "ₖ"}.get(index, index)
    rest = text[match.end() :]
    after = r"(?![^\W²³¹⁰⁴-⁹])"
    letters = [letter for letter in index if letter not in ", "]
    typed = ",?\\s?".join(letters)
    indexed = re.compile(rf"(?<=[^\W_])(?:_\{{?{typed}\}}?|{lowered}){after}")
    plain, count = indexed.subn("", rest)
    if not count or any(re.search(rf"(?<![^\W_]){each}(?!\w)", plain) for each in letters):
        return text
    product = re.sub(r"(?<=[\w)\]])[ \t]+(?=[^\W\d])", "*", plain)
    return f"{text[: match.start()]}{match[1]} {product}"


def bounded(at: Situation, text: str) -> str:
    """`∑_{i=1}^{3} x_i` without its bounds, if they are those of every name after it."""

    def over(match: re.Match[str]) -> str:
        index, first, last = match[2], int(match[3]), int(match[4])
        lowered = {"i": "ᵢ", "j": "ⱼ", "k": "ₖ"}.get(index, index)
        rest = text[match.end() :]
        named = re.findall(rf"([^\W\d]\w*?)(?:_\{{?{index}\}}?(?!\w)|{lowered})", rest)
        sizes = {at.known.shapes.get(name, ())[:1] for name in named}
        return f"{match[1]}_{index} " if sizes == {(last - first + 1,)} and first < 2 else match[0]

    return _BOUNDED.sub(over, text)


def _inner_products(text: str) -> str:
    return _INNER.sub(lambda m: f"dot({m[1].strip()}, {m[2].strip()})", text)


def _fractions(text: str) -> str:
    """`½x` → `1/2*x`; in an exponent or a divisor it is put in parentheses; `2½` stays."""
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
    """`x⁻¹`, `x²y`, `e⁻ˣ`: a run of superscript characters is one exponent."""

    def exponent(match: re.Match[str]) -> str:
        written = raised(match[0])
        if written is None:
            return match[0]
        follows = text[match.end() : match.end() + 1]
        return f"^{written}" + (" " if names.in_name(follows or " ") else "")

    return re.sub(rf"(?<=[\w)\]‖|])[{RAISED}]+", exponent, text)


def _choices(text: str) -> str:
    """`L = x > 0 ? a : b` → `L = where(x > 0, a, b)`."""
    match = _TERNARY.fullmatch(text)
    return f"{match[1]}where({match[2]}, {match[3]}, {match[4]})" if match else text


_BRANCHES = re.compile(
    r"(\s*)if\s*\((.+)\)\s*\{\s*(\w+)\s*=\s*([^{}=;]+?);?\s*\}"
    r"\s*else\s*\{\s*(\w+)\s*=\s*([^{}=;]+?);?\s*\}\s*"
)


def _branches(text: str) -> str:
    """`if (x > 0) { L = a } else { L = b }` → `L = where(x > 0, a, b)`."""
    match = _BRANCHES.fullmatch(text)
    if match is None or match[3] != match[5]:
        return text
    return f"{match[1]}{match[3]} = where({match[2]}, {match[4]}, {match[6]})"


def _statements(text: str) -> str:
    """`x = 1; y = 2` on two lines; a `;` at the end is removed."""
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


def rows(text: str) -> str:
    """`[1, 2; 3, 4]` → `[[1, 2], [3, 4]]`; in an index `;` becomes a comma."""

    def matrix(match: re.Match[str]) -> str:
        before = text[: match.start()].rstrip()[-1:]
        if before in (")", "]") or before.isalnum() or before == "_":
            return match[0].replace(";", ",")
        parts = [row.strip() for row in match[1].strip().rstrip(";").split(";")]
        inner = [row if "," in row else re.sub(r"\s+(?=[-+]?[\w.(])", ", ", row) for row in parts]
        return "[" + ", ".join(f"[{row}]" for row in inner) + "]"

    return _MATRIX.sub(matrix, text)


def rows_of_columns(text: str) -> str:
    """`[1; 2]` → `[[1], [2]]`, and `[1, 2]` → `[[1, 2]]`: every list of numbers is a matrix."""
    lists = re.compile(r"(?<![\w)\]\[])\[([^\[\];]+)\](?!\])")
    return rows(lists.sub(lambda m: f"[{m[1]};]", text))


def joined_rows(text: str) -> str:
    """`[1; 2; 3]` → `[1, 2, 3]`: a column of numbers is a vector."""

    def column(match: re.Match[str]) -> str:
        parts = [row.strip() for row in match[1].strip().rstrip(";").split(";")]
        single = all(row and not re.search(r"[,\s]", row) for row in parts)
        return f"[{', '.join(parts)}]" if single else match[0]

    return rows(_MATRIX.sub(column, text))


def _matrix_products(text: str) -> str:
    """`v'*W*v`: if a prime transposes, a star is the matrix product."""
    if not re.search(r"[\w)\]]['’]\s*\*(?!\*)", text):
        return joined_rows(text)
    return joined_rows(re.sub(r"(?<![*.])\s*\*(?!\*)\s*", " @ ", text))


def _primes(text: str) -> str:
    """`v'` as `v.T`, unless a quotation opens before it."""
    if re.search(r"(?<![\w)\]])['’]", text):
        return text
    return re.sub(r"(?<=[\w)\]])['’](?![\w'’(])", ".T", text)


_RULES: tuple[Callable[[str], str], ...] = (
    _branches,
    from_latex,
    _choices,
    _statements,
    _inner_products,
    _fractions,
    _measures,
    _powers,
    _roots,
    totals,
    _outer_products,
)
