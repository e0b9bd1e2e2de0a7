"""Numbers as text of a target: floats that read back exactly, arrays as nested lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod

from backstep.ops.row import Array

_WIDTH = 98


def shortest(value: float, nan: str, infinity: str) -> str:
    """The fewest digits that read back as the same float."""
    if value != value:
        return nan
    if value in (float("inf"), float("-inf")):
        return infinity if value > 0 else "-" + infinity
    return repr(value)


def seventeen(value: float, nan: str, infinity: str) -> str:
    """Seventeen digits, with a point or an exponent, so that it is not an integer."""
    if value != value or value in (float("inf"), float("-inf")):
        return shortest(value, nan, infinity)
    text = f"{value:.17g}"
    return text if "." in text or "e" in text else text + ".0"


def listed(
    value: Array,
    write: Callable[[float], str],
    indent: int,
    brackets: tuple[str, str] = ("[", "]"),
) -> str:
    """An array as nested lists, broken into lines that begin `indent` characters in."""
    if value.ndim == 0:
        return write(float(value))
    opened, closed = brackets
    texts = [write(each) for each in value.ravel().tolist()]
    # At the start of a list of so many numbers an inner list of each smaller size starts, too.
    spans = [prod(value.shape[axis:]) for axis in range(value.ndim)]
    for span in reversed(spans):
        for start in range(0, len(texts), span):
            texts[start] = opened + texts[start]
            texts[start + span - 1] += closed
    return filled(texts, " " * (indent + 1))


def filled(texts: Iterable[str], pad: str) -> str:
    """Texts with commas between them, wrapped into lines."""
    lines: list[str] = []
    line = ""
    for text in texts:
        if not line:
            line = text
        elif len(pad) + len(line) + 2 + len(text) > _WIDTH:
            lines.append(line + ",")
            line = text
        else:
            line += ", " + text
    return f"\n{pad}".join([*lines, line])
