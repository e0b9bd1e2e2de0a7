r"""A text in LaTeX as formulas: environments opened, lines divided, commands as our printers write.

The boxes of formula/set_latex know the commands that this project writes; what others write for the
same is replaced by these first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from backstep.errors import Diagnostic, PastedError, Span
from backstep.formula.boxes import Box
from backstep.formula.set_latex import boxes

_BOLD = r"boldsymbol|bm|pmb|mathbf|symbf|vec"
_STYLES = (
    r"boldsymbol|bm|pmb|mathbb|mathcal|mathscr|mathfrak|mathit|mathsf|mathtt|mathnormal|textbf|textrm|"
    r"textit|textsf|textnormal|operatorname\*|rm"
)
_ORDINARY = r"if|otherwise|else|where|with|for|and|when|or|so|then"
_SAME: tuple[tuple[str, str], ...] = (
    (r"(?<!\\)%.*", ""),
    (r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
    (r"\\frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}"),
    (r"\\frac\s*(\d)\s*\{", r"\\frac{\1}{"),
    (r"\\widehat(?![A-Za-z])", r"\\hat"),
    (r"\\widetilde(?![A-Za-z])", r"\\tilde"),
    (r"\\overline(?![A-Za-z])", r"\\bar"),
    (rf"\\(?:{_BOLD})\s*(\\[A-Za-z]+|[A-Za-z0-9])(?![A-Za-z])", r"{\1}"),
    (rf"\\(?:{_BOLD})\s*\{{\s*(\\?[A-Za-z]+)\s*\}}", r"{\1}"),
    (rf"\\(?:{_STYLES})(?=\s*\{{)", r"\\mathrm"),
    (r"\\(?:mathcal|mathscr|mathrm|mathbb)\s+([A-Za-z])", r"\\mathrm{\1}"),
    (rf"\\text\s*\{{\s*(?!(?:{_ORDINARY})\s*\}})([A-Za-z]\w*)\s*\}}", r"\\mathrm{\1}"),
    (r"\\ell(?![A-Za-z])", "l"),
    (r"\\(?:[bB]ig{1,2}[lrm]?)(?![A-Za-z])\s*", ""),
    (r"\\[lr]Vert(?![A-Za-z])", r"\\|"),
    (r"\\[lr]vert(?![A-Za-z])", "|"),
    (r"\\(?:ast|star)(?![A-Za-z])", "*"),
    (r"\\(?:circ|bullet)(?![A-Za-z])", r"\\odot"),
    (r"\\div(?![A-Za-z])", "/"),
    (r"\\(?:intercal|mathrm\s*\{T\}|sf\s*T)(?![A-Za-z])", r"\\top"),
    (r"\\(?:coloneqq|triangleq|equiv|doteq|leftarrow|gets)(?![A-Za-z])|:=", "="),
    (r"\\(?:nonumber|notag|displaystyle|limits|nolimits|hspace\{[^{}]*\})(?![A-Za-z])", " "),
    (r"\\(?:label|tag)\s*\{[^{}]*\}", " "),
    (r"(?<!\\)\\[,;:!> ]|~", " "),
    (r"\\langle(?![A-Za-z])", "⟨"),
    (r"\\rangle(?![A-Za-z])", "⟩"),
    (r"\\(?:left|right)\s*(?=[⟨⟩|])", ""),
    (r"\\(?:left|right)\s*\\\|", r"\\|"),
    (r"\\(?:left|right)\s*\.", ""),
    (r"\\(?:arg\s*\\?min|min)\s*_\s*(?:\{[^{}]*\}|\w|\\[a-z]+)(?!\s*[({])", " "),
    (r"\{pmatrix\}", "{bmatrix}"),
)
_ENVIRONMENT = re.compile(
    r"\\(begin|end)\s*\{(?:align|aligned|alignat|equation|gather|gathered|multline|split|eqnarray|"
    r"displaymath|math|flalign)\*?\}(?:\{\d+\})?"
)
_BETWEEN = re.compile(
    r"[,;]?\s*\\q?quad(?![A-Za-z])|[,;]?\s*\\text\s*\{\s*(?:where|with|and|for)\s*\}"
    r"|,\s*(?=(?:\\?\w+|\{)[^,=]*\\in(?![A-Za-z]))"
)
"""What stands between two formulas of one line."""
_TOKEN = re.compile(r"\\begin\{\w+\*?\}|\\end\{\w+\*?\}|\\\\(?:\[[^\]]*\])?|\\.|[{}]|.|\n", re.S)


@dataclass(frozen=True, slots=True)
class Equation:
    """A formula as boxes, with the line of the text that it begins on."""

    box: Box
    line: int


def bold(text: str) -> frozenset[str]:
    """The letters that a text sets in bold, or with an arrow: vectors and matrices."""
    found = re.findall(rf"\\(?:{_BOLD})\s*\{{?\s*\\?([A-Za-z]+)", text)
    return frozenset(found)


_OTHERWISE: tuple[tuple[re.Pattern[str], str, str | None], ...] = (
    (
        re.compile(
            r"\\(?:mathbb|mathrm|mathbf|operatorname)\s*\{?\s*E\s*\}?\s*(?:_|\\left|\\[bB]ig|[\[({])"
        ),
        "an expectation has no word in the language",
        r"write the mean of samples, \frac{1}{n} \sum_{i=1}^{n}",
    ),
    (
        re.compile(
            r"\\(?:arg\s*\\?max|operatorname\*?\s*\{\s*arg\s*\\?,?\s*max\s*\}|argmax)(?![A-Za-z])"
        ),
        "what is to be as large as possible is no loss",
        "write the loss, which is to be small: the formula with its sign turned",
    ),
    (
        re.compile(r"\\max\s*_"),
        "a maximum over what stands below it is not read",
        r"write \max(a, b) of two values, or the loss that is to be small",
    ),
    (
        re.compile(r"\\min\s*_\s*\{?\s*[ijklmn]\b"),
        "a minimum over an index is not read",
        r"write \min(a, b) of two values",
    ),
)
"""What would be another formula if its sign were passed over: said instead."""


def _refuse_otherwise(text: str) -> None:
    for pattern, message, hint in _OTHERWISE:
        found = pattern.search(text)
        if found is not None:
            line = text.count("\n", 0, found.start()) + 1
            raise PastedError(Diagnostic("not_read", message, hint, Span(line, 1, line, 1)))


def equations(text: str) -> list[Equation]:
    """The formulas of a text in their order. Raises PastedError for LaTeX that is not known."""
    _refuse_otherwise(text)
    found: list[Equation] = []
    for written, line in _lines(text):
        for part in _parts(written):
            made = boxes(part)
            if made is None:
                message = f"LaTeX that is not read: {_command(part)}"
                raise PastedError(Diagnostic("not_latex", message, None, Span(line, 1, line, 1)))
            found.append(Equation(made, line))
    return found


_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def _scripts(written: str) -> str:
    """Digits that are raised or lowered as characters, as LaTeX has them: w² is w^{2}."""
    made = re.sub("[⁰¹²³⁴-⁹]+", lambda found: f"^{{{found[0].translate(_RAISED)}}}", written)
    return re.sub("[₀-₉]+", lambda found: f"_{{{found[0].translate(_LOWERED)}}}", made)


def _parts(written: str) -> list[str]:
    """A line without what lines it up, and declarations behind a formula as lines of their own."""
    plain = _scripts(written.strip())
    for sign in ("$$", "$", r"\[", r"\]", r"\(", r"\)"):
        plain = plain.replace(sign, " ")
    plain = plain.strip().rstrip(".,;").strip()
    plain = re.sub(r"\\\|(.+?)\\\|", r"\\left\\|\1\\right\\|", plain)
    pieces: list[str] = []
    for piece in _BETWEEN.split(plain):
        if pieces and not re.search(r"=|\\in(?![A-Za-z])", piece):
            pieces[-1] += f" {piece}"
        elif piece.strip():
            pieces.append(piece)
    return [piece.strip().rstrip(",").strip() for piece in pieces]


def _command(text: str) -> str:
    """The first unknown command of a text, for the message."""
    commands: list[str] = re.findall(r"\\[A-Za-z]+", text)
    for command in commands:
        probe = {r"\begin": r"\begin{bmatrix}1\end{bmatrix}", r"\frac": r"\frac{1}{2}"}
        if command in (r"\end", r"\right"):
            continue
        tried = probe.get(command, f"{command}{{x}}{{x}}")
        if command == r"\left":
            tried = r"\left( x \right)"
        if boxes(tried) is None and boxes(command) is None:
            return command
    return text if len(text) <= 60 else text[:60] + "…"


def _lines(text: str) -> list[tuple[str, int]]:
    """The lines between `\\\\`, outside matrices and cases, and where each begins."""
    plain = _ENVIRONMENT.sub(lambda found: "\\\\" if found[1] == "end" else " ", text)
    for pattern, written in _SAME:
        plain = re.sub(pattern, written, plain)
    found: list[tuple[str, int]] = []
    depth, line, begun, current = 0, 1, 1, ""
    for token in _TOKEN.findall(plain):
        depth += token.startswith(r"\begin") - token.startswith(r"\end")
        depth += (token == "{") - (token == "}")
        separates = token.startswith("\\\\") or (token == "\n" and plain.count("\\\\") == 0)
        if separates and depth <= 0 and (token != "\n" or _whole(current)):
            found.append((current, begun))
            current = ""
        else:
            current += " " if token == "&" and depth <= 0 else token
        line += token.count("\n")
        if not current.strip():
            begun = line
    found.append((current, begun))
    return [(each, place) for each, place in found if each.strip(" \n\t&$.,;[]\\")]


def _whole(text: str) -> bool:
    """Whether a line is a formula of its own, and not the first half of one."""
    return "=" in text and not text.rstrip().endswith(("=", "+", "-", "*", "/", "("))
