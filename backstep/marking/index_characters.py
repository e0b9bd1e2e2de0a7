"""What is typed around an index, in plain characters: lowered letters, environments, quotients."""

from __future__ import annotations

import re
from collections.abc import Mapping

from backstep.lang.diagnostics.fixes.latex import from_latex

LETTERS = str.maketrans("ᵢⱼₖₗₘₙ", "ijklmn")
_LOWERED = re.compile(r"(?<=[^\W\d_ᵢⱼₖₗₘₙ])_?([ᵢⱼₖₗₘₙ]+)")
_BRACED = re.compile(r"(?<=\w)_\{\s*([a-z](?:\s*,?\s*[a-z])*)\s*\}")
_ENVIRONMENT = re.compile(
    r"\\(?:begin|end)\s*\{(?:align|aligned|equation|split|gather|gathered|multline)\*?\}"
    r"|\\\\(?:\[\w+\])?|&|\$|\\[\[\]]|\n"
)
_FRACTION = re.compile(
    r"\\[dt]?frac\s*\{\s*(?:\\partial|d|\\mathrm\{d\})\s*(?P<top>[^{}]*)\}"
    r"\s*\{\s*(?:\\partial|d|\\mathrm\{d\})\s*(?P<bottom>(?:[^{}]|\{[^{}]*\})+)\}"
)


def on_one_line(text: str) -> str:
    r"""An environment's lines and alignments as spaces: `\begin{aligned} … &= … \\ …`.

    Columns stay what they are.
    """
    if "\\" not in text and "$" not in text:
        return text
    return _ENVIRONMENT.sub(lambda match: " " * len(match[0]), text)


def plain_quotient(text: str) -> str:
    r"""`\frac{\partial L}{\partial W_{ij}}` and `\nabla_w L` in plain characters."""

    def quotient(match: re.Match[str]) -> str:
        top, bottom = (from_latex(match[each]).strip() for each in ("top", "bottom"))
        return f"∂{top}/∂{bottom}"

    return _FRACTION.sub(quotient, text.replace(r"\nabla", "∇"))


def without_index(name: str, known: Mapping[str, object]) -> tuple[str, tuple[str, ...]]:
    """The name and the labels of W_ij, W_{ij}, W[i,j]; no labels where it is a name itself."""
    name = _BRACED.sub(lambda match: "_" + re.sub(r"[\s,]", "", match[1]), thin(name.strip()))
    match = re.fullmatch(r"(.+?)(?:_([a-z]{1,4})|\[\s*([a-z](?:\s*,\s*[a-z])*)\s*\])", name)
    if name in known or match is None or any(each in known for each in match[2] or ""):
        return name, ()
    return match[1], tuple(re.sub(r"[\s,]", "", match[2] or match[3]))


def thin(text: str) -> str:
    """The text with `_i` for a lowered letter: xᵢ."""
    return _LOWERED.sub(lambda match: "_" + match[1].translate(LETTERS), text)
