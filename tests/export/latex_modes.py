"""A strict reader of the LaTeX documents that are exported: what stands in which mode."""

from __future__ import annotations

import re
import unicodedata

_TOKENS = re.compile(r"\\[A-Za-z]+\*?|\\?.|\n", re.DOTALL)
_OF_TEXT = frozenset(
    r"""\begin \end \section* \subsection* \maketitle \mbox \texttt \textbf \textsf \textrm \textit
    \small \tiny \normalsize \par \medskip \centering \hline \node \path \draw \definecolor
    \color \textcolor \useasboundingbox \ensuremath \textbackslash \textasciicircum
    \textasciitilde \textless \textgreater \textbar \textquotedbl \textquotesingle
    \textasciigrave \dots""".split()  # noqa: SIM905
)
"""The commands that exported documents have outside mathematics."""
_TO_TEXT = frozenset({r"\text", r"\mbox", r"\textbf", r"\textsf", r"\texttt", r"\textrm"})
_MATHEMATICS = frozenset({"align*", "align", "equation*", "cases", "matrix", "pmatrix", "bmatrix"})


def faults(document: str) -> list[str]:
    """What pdflatex would reject or not show: commands of mathematics in text, and characters that
    its fonts have not; groups and modes that do not end."""
    body = document.partition(r"\begin{document}")[2] or document
    modes = ["text"]
    found: list[str] = []
    tokens = _TOKENS.findall(body)
    opens = ""
    environments: list[str] = []
    for place, token in enumerate(tokens):
        around = "".join(tokens[max(0, place - 15) : place + 10]).replace("\n", " ")
        mathematics = modes[-1] == "mathematics"
        if not token.isascii() and not _in_fonts(token):
            found.append(f"{token!r} at {around}")
        elif token == "{":
            modes.append(opens or modes[-1])
        elif token == "}":
            if len(modes) == 1:
                found.append(f"a group ends that has not begun at {around}")
            else:
                modes.pop()
        elif token == "$":
            modes[-1] = "text" if mathematics else "mathematics"
        elif token in (r"\begin", r"\end"):
            name = re.match(r"\{([^}]*)\}", "".join(tokens[place + 1 : place + 30]))
            said = name[1] if name else ""
            if token == r"\begin":
                environments.append(said)
                modes.append("mathematics" if said in _MATHEMATICS else modes[-1])
            elif said == "document" and not environments:
                break
            elif not environments or environments.pop() != said:
                found.append(f"an environment ends that has not begun at {around}")
            else:
                modes.pop()
        elif not mathematics and (token in "^_" or _is_foreign(token)):
            found.append(f"{token} in text at {around}")
        opens = ""
        if token in _TO_TEXT:
            opens = "text"
        elif token == r"\ensuremath":
            opens = "mathematics"
    if modes != ["text"]:
        found.append("a group or a formula does not end")
    return found


def _is_foreign(token: str) -> bool:
    return token.startswith("\\") and token[1:2].isalpha() and token not in _OF_TEXT


def _in_fonts(character: str) -> bool:
    plain = unicodedata.normalize("NFD", character)[0]
    return (plain.isascii() and plain.isalpha()) or character in "ßøØæÆœŒłŁ"
