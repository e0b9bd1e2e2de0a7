"""LaTeX as this project writes it → MathML, for pages that run no script. Knows no other LaTeX.

What it does not know it does not guess at: `mathml` is None then, and the LaTeX itself is shown.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

_LONGEST = 4000
TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)

GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ϵ",
    "varepsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "vartheta": "ϑ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ",
    "phi": "ϕ",
    "varphi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Upsilon": "Υ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
    "ell": "ℓ",
}
SIGNS = {
    "partial": "∂",
    "cdot": "·",
    "odot": "⊙",
    "otimes": "⊗",
    "times": "×",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "ne": "≠",
    "neq": "≠",
    "lt": "<",
    "gt": ">",
    "top": "⊤",
    "infty": "∞",
    "sum": "∑",
    "prod": "∏",
    "to": "→",
    "leftarrow": "←",
    "in": "∈",
    "ldots": "…",
    "dots": "…",
    "cdots": "⋯",
    "mid": "|",
    "wedge": "∧",
    "vee": "∨",
    "neg": "¬",
    "pm": "±",
    "approx": "≈",
    "lfloor": "⌊",
    "rfloor": "⌋",
    "lceil": "⌈",
    "rceil": "⌉",
    "lVert": "‖",
    "rVert": "‖",
    "|": "‖",
    "{": "{",
    "}": "}",
}
FUNCTIONS = frozenset(
    (
        "log",
        "ln",
        "exp",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "arcsin",
        "arccos",
        "arctan",
        "max",
        "min",
        "arg",
        "det",
        "lim",
    )
)
_SPACES = {",": "0.167em", ":": "0.222em", ";": "0.278em", " ": "0.25em", "quad": "1em", "!": "0"}
_ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~", "dot": "˙", "vec": "→", "overline": "¯"}
_COLOURS = {"fv": "value", "bp": "partial"}
_BRACKETS = {
    "bmatrix": ("[", "]"),
    "pmatrix": ("(", ")"),
    "vmatrix": ("|", "|"),
    "cases": ("{", "."),
    "matrix": (".", "."),
}
_SILENT = frozenset({"displaystyle", "limits", "nolimits", "big", "Big"})


class _Unknown(Exception):
    """A command this does not know, or a text that breaks off."""


@lru_cache(maxsize=2048)
def mathml(latex: str, display: bool = False) -> str | None:
    """The formula as a `math` element; None where it has what this does not know."""
    if len(latex) > _LONGEST:
        return None
    try:
        body = _Reader(TOKEN.findall(latex)).whole()
    except (_Unknown, RecursionError):
        return None
    shown = ' display="block"' if display else ""
    return f"<math{shown}>{body}</math>"


class _Reader:
    """Reads tokens from the left; each method leaves the place after what it read."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> str:
        body = self._row(())
        if self._at < len(self._tokens):
            raise _Unknown
        return body

    def _peek(self) -> str | None:
        while self._at < len(self._tokens) and self._tokens[self._at].isspace():
            self._at += 1
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> str:
        token = self._peek()
        if token is None:
            raise _Unknown
        self._at += 1
        return token

    def _row(self, ends: tuple[str, ...]) -> str:
        """Everything up to one of `ends`, which stays; with no ends, to the last token."""
        parts: list[str] = []
        while (token := self._peek()) is not None and token not in ends:
            if token in ("}", "&", r"\\", r"\right", r"\end"):
                break
            parts.append(self._scripted())
        return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"

    def _scripted(self) -> str:
        """An atom with what is raised and lowered at it."""
        start = self._peek()
        base = "<mrow></mrow>" if start in ("^", "_") else self._atom()
        lowered = raised = None
        while (token := self._peek()) in ("^", "_", "'"):
            self._at += 1
            if token == "'":
                raised = "<mo>′</mo>"
            elif token == "_":
                lowered = self._argument()
            else:
                raised = self._argument()
        under = start in (r"\sum", r"\prod", r"\underbrace", r"\max", r"\min")
        if lowered is not None and raised is not None:
            tag = "munderover" if under else "msubsup"
            return f"<{tag}>{base}{lowered}{raised}</{tag}>"
        if lowered is not None:
            return f"<munder>{base}{lowered}</munder>" if under else f"<msub>{base}{lowered}</msub>"
        return base if raised is None else f"<msup>{base}{raised}</msup>"

    def _argument(self) -> str:
        """A group in braces as one element, or the one token that stands without."""
        if self._peek() != "{":
            return self._atom()
        self._at += 1
        body = self._row(("}",))
        self._expect("}")
        return body

    def _expect(self, wanted: str) -> None:
        if self._take() != wanted:
            raise _Unknown

    def _raw(self) -> str:
        """The text of a group as it stands, its escapes undone."""
        self._expect("{")
        depth = 1
        found: list[str] = []
        while True:
            if self._at >= len(self._tokens):
                raise _Unknown
            token = self._tokens[self._at]
            self._at += 1
            depth += {"{": 1, "}": -1}.get(token, 0)
            if depth == 0:
                return "".join(found)
            found.append(token[1] if re.fullmatch(r"\\[^A-Za-z]", token) else token)

    def _atom(self) -> str:
        token = self._take()
        if token == "{":
            self._at -= 1
            return self._argument()
        if token.startswith("\\"):
            return self._command(token[1:])
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if token.isalpha():
            return f"<mi>{escape(token)}</mi>"
        if token in "}&^_":
            raise _Unknown
        # Upright brackets that are no pair of \left and \right keep their size.
        fixed = ' stretchy="false"' if token in "()[]|" else ""
        return f"<mo{fixed}>{'−' if token == '-' else escape(token)}</mo>"

    def _command(self, name: str) -> str:
        if name in GREEK:
            return f"<mi>{GREEK[name]}</mi>"
        if name in SIGNS:
            return f"<mo>{escape(SIGNS[name])}</mo>"
        if name in FUNCTIONS:
            return f"<mi>{name}</mi>"
        if name in _SPACES:
            return f'<mspace width="{_SPACES[name]}"></mspace>'
        if name in _SILENT:
            return ""
        if name in _COLOURS:
            return f'<mrow class="{_COLOURS[name]}">{self._argument()}</mrow>'
        if name in _ACCENTS:
            return f'<mover accent="true">{self._argument()}<mo>{_ACCENTS[name]}</mo></mover>'
        if name in ("text", "mathrm", "operatorname", "mathbf", "textbf"):
            return self._letters(name)
        return self._built(name)

    def _letters(self, name: str) -> str:
        text = escape(self._raw())
        if name == "text":
            return f"<mtext>{text}</mtext>"
        weight = ' class="bold"' if name in ("mathbf", "textbf") else ""
        # A word in `mi` stands upright; a single letter would lean.
        upright = ' mathvariant="normal"' if len(text) == 1 else ""
        return f"<mi{weight}{upright}>{text}</mi>"

    def _built(self, name: str) -> str:
        if name in ("frac", "dfrac", "tfrac"):
            return f"<mfrac>{self._argument()}{self._argument()}</mfrac>"
        if name == "sqrt":
            return f"<msqrt>{self._argument()}</msqrt>"
        if name == "underbrace":
            return f"<munder>{self._argument()}<mo>⏟</mo></munder>"
        if name == "underset":
            below, body = self._argument(), self._argument()
            return f"<munder>{body}{below}</munder>"
        if name == "left":
            opening = self._delimiter()
            body = self._row((r"\right",))
            self._expect(r"\right")
            return f"<mrow>{opening}{body}{self._delimiter()}</mrow>"
        if name == "begin":
            return self._table(self._raw())
        raise _Unknown

    def _delimiter(self) -> str:
        token = self._take()
        sign = SIGNS.get(token[1:], "") if token.startswith("\\") else token
        if not sign:
            raise _Unknown
        return _fence(sign)

    def _table(self, kind: str) -> str:
        if kind not in _BRACKETS:
            raise _Unknown
        rows: list[list[str]] = [[]]
        while True:
            rows[-1].append(f"<mtd>{self._row(())}</mtd>")
            token = self._take()
            if token == r"\\":
                if self._peek() != r"\end":
                    rows.append([])
                    continue
                token = self._take()
            if token == r"\end":
                break
            if token != "&":
                raise _Unknown
        if self._raw() != kind:
            raise _Unknown
        lines = "".join(f"<mtr>{''.join(cells)}</mtr>" for cells in rows)
        opening, closing = _BRACKETS[kind]
        return f"<mrow>{_fence(opening)}<mtable>{lines}</mtable>{_fence(closing)}</mrow>"


def _fence(sign: str) -> str:
    return "" if sign == "." else f'<mo stretchy="true">{escape(sign)}</mo>'
