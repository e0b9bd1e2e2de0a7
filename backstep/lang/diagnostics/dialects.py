"""A formula as SymPy or a board writes it, in the language's own words.

The result is read as any other text; whether it is what was meant is for others to judge.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from fractions import Fraction

from backstep.lang.spelling import whole_text
from backstep.limits import LIMITS

LONGEST = 4 * LIMITS.source_bytes
"""Bytes of a formula once its cases, and the derivatives in it, are written out: what two
conditions choose stands twice.
"""

_CALL = re.compile(r"\b(Piecewise|Max|Min|Heaviside|KroneckerDelta|erfc|floor|ceiling|Abs|Eq|Ne)\(")
_RELATIONS = {"Eq": "==", "Ne": "!="}
_SIGNS = {"−": "-", "·": "*", "⋅": "*", "⊙": "*", "∘": "*", "σ(": "sigmoid("}
_FRACTIONS = {"½": "(1/2)", "⅓": "(1/3)", "⅔": "(2/3)", "¼": "(1/4)", "¾": "(3/4)", "⅙": "(1/6)"}
_VERSION = r"⁽[⁰¹²³⁴⁵⁶⁷⁸⁹]+⁾"
_POWER = re.compile(rf"({_VERSION})|([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_LONG = re.compile(rf"(?<![\d.])\d{{{LIMITS.literal_characters + 1},1000}}(?![\d.])")
_LOWER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_JOINED = re.compile(r"(?<=[\w)\].T]) (?=[\w(\[])")


class _Unreadable(Exception):
    """The text is not in SymPy's notation."""


def from_sympy(text: str) -> str | None:
    """A formula printed by SymPy, its cases as `where`; None if it has no form in the language."""
    try:
        found = _calls(text)
    except (_Unreadable, RecursionError):
        return None
    return _shortened(found)


def from_board(text: str, names: Mapping[str, str]) -> str:
    """A formula in the characters of a board: (u − y)·u², Wᵀ g. `names` are names as displayed."""
    text = with_names(text.replace("ᵀ", ".T"), names)
    for written, typed in {**_SIGNS, **_FRACTIONS}.items():
        text = text.replace(written, typed)
    text = _POWER.sub(lambda match: match[1] or f"^{match[2].translate(_LOWER)}", text)
    return _JOINED.sub(" @ ", text)


def with_names(text: str, names: Mapping[str, str]) -> str:
    """A formula with names as the text has them, in place of names as they are displayed."""
    shown = sorted((each for each in names if each != names[each]), key=len, reverse=True)
    if shown:
        any_name = "|".join(map(re.escape, shown))
        text = re.sub(
            rf"(?<!\w)(?:{any_name})(?![^\W⁰¹²³⁴⁵⁶⁷⁸⁹])", lambda match: names[match[0]], text
        )
    return text


def _calls(text: str) -> str:
    match = _CALL.search(text)
    if match is None:
        return text
    end = _closing(text, match.end() - 1)
    said = _call(match[1], list(_parts(text[match.end() : end])))
    if len(said) + len(text) > LONGEST:
        raise _Unreadable
    return text[: match.start()] + said + _calls(text[end + 1 :])


def _call(name: str, parts: list[str]) -> str:
    inner = [_calls(part) for part in parts] if name != "Piecewise" else parts
    match name, inner:
        case "Piecewise", _:
            return _cases([_pair(part) for part in parts])
        case "Max" | "Min", [_]:
            return f"({inner[0]})"
        case "Max" | "Min", [first, second]:
            return f"{'maximum' if name == 'Max' else 'minimum'}({first}, {second})"
        case "Max" | "Min", _:
            return f"{name.lower()}(stack({', '.join(inner)}))"
        case "Heaviside", [x, tied]:
            return f"where(({x}) > 0, 1, where(({x}) == 0, {tied}, 0))"
        case "Heaviside", [x]:
            return f"((1 + sign({x}))/2)"
        case "KroneckerDelta", [one, other]:
            return f"where({one} == {other}, 1, 0)"
        case "floor", [x]:
            return f"(round({x}) - step(round({x}) - ({x})))"
        case "ceiling", [x]:
            return f"(round({x}) + step({x} - round({x})))"
        case "erfc", [x]:
            return f"(2*normal_cdf(-sqrt(2)*({x})))"
        case "Abs", [x]:
            return f"abs({x})"
        case _:
            raise _Unreadable


def _cases(pairs: list[tuple[str, str]]) -> str:
    if not pairs:
        raise _Unreadable
    (value, condition), *rest = pairs
    if condition == "True":
        return f"({_calls(value)})"
    return _choice(condition, _calls(value), _cases(rest))


def _choice(condition: str, there: str, elsewhere: str) -> str:
    """A choice as `where`, by one comparison or by several joined by 'or' and 'and'."""
    if len(there) + len(elsewhere) > LONGEST:
        raise _Unreadable
    condition = _unbracketed(condition)
    for sign in "|&":
        first, *rest = _parts(condition, sign)
        if rest:
            other = f" {sign} ".join(rest)
            if sign == "|":
                return _choice(first, there, _choice(other, there, elsewhere))
            return _choice(first, _choice(other, there, elsewhere), elsewhere)
    match = _CALL.match(condition)
    if match is not None and match[1] in _RELATIONS and condition.endswith(")"):
        sides = [_calls(part) for part in _parts(condition[match.end() : -1])]
        if len(sides) != 2:
            raise _Unreadable
        condition = f" {_RELATIONS[match[1]]} ".join(sides)
    else:
        condition = _calls(condition)
    return f"where({condition}, {there}, {elsewhere})"


def _unbracketed(text: str) -> str:
    text = text.strip()
    while text.startswith("(") and _closing(text, 0) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _pair(text: str) -> tuple[str, str]:
    """The value and the condition of a case, `(value, condition)`."""
    parts = list(_parts(text.strip()[1:-1]))
    if len(parts) != 2 or not text.strip().startswith("("):
        raise _Unreadable
    return parts[0], parts[1].strip()


def _parts(text: str, between: str = ",") -> Iterator[str]:
    """The parts between commas outside brackets."""
    depth = start = 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == between and depth == 0:
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()


def _closing(text: str, opening: int) -> int:
    depth = 0
    for place in range(opening, len(text)):
        depth += (text[place] in "([") - (text[place] in ")]")
        if depth == 0:
            return place
    raise _Unreadable


def _shortened(text: str) -> str:
    """Integers with more digits than allowed, spelled with powers of ten.

    Past a float64's range all are divided by one power of ten instead: they occur in quotients,
    whose value that changes by rounding alone.
    """
    found = _LONG.findall(text)
    if not found:
        return text
    if max(map(int, found)) <= sys.float_info.max:
        return _LONG.sub(lambda match: whole_text(int(match[0])), text)
    ten = 10 ** (max(map(len, found)) - 1)
    return _LONG.sub(lambda match: repr(float(Fraction(int(match[0]), ten))), text)
